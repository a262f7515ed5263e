"""Putting a dump back, as an operator would after a loss."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connections

from tests.database import owner_connection, owner_settings
from tests.privacy.dumps import pg_dump_program


@contextmanager
def restored(alias: str, dump: str) -> Iterator[None]:
    """Meanwhile, the alias's database is a new one, made of the dump."""
    name = f"kaizo_restored_{uuid.uuid4().hex[:8]}"
    with owner_connection(alias) as owner, owner.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    _psql(alias, name, dump)
    before = connections[alias].settings_dict["NAME"]
    _point(alias, name)
    try:
        yield
    finally:
        _point(alias, before)
        with owner_connection(alias) as owner, owner.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _point(alias: str, name: str) -> None:
    connections[alias].close()
    connections[alias].settings_dict["NAME"] = name


def _psql(alias: str, name: str, dump: str) -> None:
    options = owner_settings(alias)
    program = Path(pg_dump_program()).with_name("psql")
    argv = [str(program), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", name]
    argv += ["-h", str(options["HOST"])] + (["-p", str(options["PORT"])] if options["PORT"] else [])
    done = subprocess.run(argv, input=dump, capture_output=True, text=True, check=False, timeout=50)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stderr

"""What `manage.py` needs before Django reads the settings."""

from __future__ import annotations

import base64
import os
import secrets
import sys
from collections.abc import Sequence

from kaizo.embedded.home import SERVERS, Home, given

OWNER_COMMANDS = frozenset({"migrate", "sqlmigrate", "showmigrations"})
# These read code only; they must run on a machine with nothing started.
OFFLINE_COMMANDS = frozenset(
    {
        *("", "help", "version", "--help", "-h", "--version"),
        *("check", "diffsettings", "findstatic", "collectstatic", "spectacular"),
        *("makemigrations", "makemessages", "compilemessages", "privacy_map"),
    }
)


def provide(argv: Sequence[str]) -> None:
    """Complete the environment for `manage.py ARGV`. Exits with one line if nothing is running.

    In this order: what is set already, the running instance of KAIZO_HOME, and for commands that
    need no database, placeholders.
    """
    command = argv[0] if argv else ""
    if command in OWNER_COMMANDS:
        os.environ.setdefault("KAIZO_DATABASE_ROLE", "owner")
    if any(given(name) for name in SERVERS):
        return
    home = Home.from_environment()
    found = home.published()
    if found is None and (command in OFFLINE_COMMANDS or "--help" in argv):
        found = placeholders()
    if found is None:
        sys.exit(f"Nothing runs with KAIZO_HOME={home.path}: start it with ./dev up")
    for name, value in found.items():
        if not given(name):
            os.environ[name] = value


def placeholders() -> dict[str, str]:
    """Settings that load and lead nowhere."""
    return {
        "DATABASE_URL": "postgres://kaizo_app@127.0.0.1:1/kaizo",
        "VAULT_DATABASE_URL": "postgres://kaizo_app@127.0.0.1:1/kaizo_vault",
        "REDIS_URL": "redis://127.0.0.1:1",
        "KAIZO_SECRET_KEY": secrets.token_urlsafe(50),
        "KAIZO_ROOT_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "KAIZO_EMBEDDED": "1",
    }

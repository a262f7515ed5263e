"""Databases of the test suite: migrated once as the owner, then copied per worker.

Tests themselves connect as the application's role, so that row-level security binds them exactly
as it binds the product.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dj_database_url
import psycopg2
from django.core.management import call_command
from django.db import connections

from kaizo.core.routers import labels_of

OWNER_URLS = {"default": "DATABASE_OWNER_URL", "vault": "VAULT_DATABASE_OWNER_URL"}
_LOCK = 7_202_611
_GRANTS = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO kaizo_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO kaizo_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO kaizo_app;
GRANT USAGE ON SCHEMA public TO kaizo_app;
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 170000 THEN
        EXECUTE 'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT MAINTAIN ON TABLES TO kaizo_app';
    END IF;
END $$;
"""


def owner_settings(alias: str) -> dict[str, Any]:
    return dict(dj_database_url.parse(os.environ[OWNER_URLS[alias]]))


@contextmanager
def owner_connection(alias: str, name: str | None = None) -> Iterator[Any]:
    """A plain connection as the owner, in autocommit, to `name` or to the maintenance database."""
    options = owner_settings(alias)
    connection = psycopg2.connect(
        host=options["HOST"] or None,
        port=options["PORT"] or None,
        user=options["USER"],
        password=options["PASSWORD"] or None,
        dbname=name or options["NAME"],
    )
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


def prepare(worker: str, run: str) -> None:
    """Point Django's connections at fresh copies of the migrated templates."""
    for alias in OWNER_URLS:
        template = f"kaizo_template_{alias}_{run}"
        with owner_connection(alias) as owner, owner.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
            if not cursor.fetchone():
                _make_template(alias, template)
            name = f"kaizo_test_{alias}_{run}_{worker}"
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def _make_template(alias: str, template: str) -> None:
    """Made under another name and renamed when done: a failed attempt leaves no half template."""
    making = f"{template}_making"
    with owner_connection(alias) as owner, owner.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{making}"')
        cursor.execute(f'CREATE DATABASE "{making}"')
    with owner_connection(alias, making) as owner, owner.cursor() as cursor:
        cursor.execute(_GRANTS)
    settings = connections[alias].settings_dict
    before = dict(settings)
    connections[alias].close()
    settings.update(owner_settings(alias), NAME=making)
    try:
        call_command("migrate", *labels_of(alias), database=alias, verbosity=0, skip_checks=True)
    finally:
        connections[alias].close()
        settings.update(before)
    with owner_connection(alias) as owner, owner.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{making}" RENAME TO "{template}"')

"""E011, E015 and W016: what only the live database tells."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.db import connections, models
from django.db.migrations.recorder import MigrationRecorder

_COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}

# Tables that carry an organisation, and what guards them. Partitions are reached through their
# parent, whose policies bind.
_GUARDS = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
       coalesce((SELECT string_agg(p.polcmd::text, '' ORDER BY p.polcmd)
                   FROM pg_policy p WHERE p.polrelid = c.oid), ''),
       EXISTS (SELECT 1 FROM pg_constraint k
                WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey))
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organisation_id'
 WHERE c.relkind IN ('r', 'p') AND NOT a.attisdropped
 ORDER BY c.relname
"""

# Foreign keys between two such tables that leave the organisation out.
_CROSSING = """
SELECT s.relname, k.conname
  FROM pg_constraint k
  JOIN pg_class s ON s.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = s.relnamespace AND n.nspname = current_schema()
  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'organisation_id'
  JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attname = 'organisation_id'
 WHERE k.contype = 'f' AND NOT (a.attnum = ANY (k.conkey) AND b.attnum = ANY (k.confkey))
 ORDER BY 1, 2
"""

_COLUMNS = """
SELECT c.relname, a.attname
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
 ORDER BY c.relname, a.attnum
"""

# Tables whose rows can be marked as frozen, and that no restrictive policy guards.
_MELTED = """
SELECT c.relname
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'restricted' AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p')
   AND NOT EXISTS (SELECT 1 FROM pg_policy p
                    WHERE p.polrelid = c.oid AND NOT p.polpermissive AND p.polcmd = '*')
 ORDER BY 1
"""


def messages(alias: str) -> Iterator[CheckMessage]:
    """What the catalogue of a PostgreSQL database says against its tables."""
    yield from _open_tables(alias)
    yield from _made_by_hand(alias)


def _open_tables(alias: str) -> Iterator[Error]:
    with connections[alias].cursor() as cursor:
        cursor.execute(_GUARDS)
        guards = cursor.fetchall()
        cursor.execute(_CROSSING)
        crossing = cursor.fetchall()
        cursor.execute(_MELTED)
        melted = cursor.fetchall()
    for table, enabled, forced, commands, keyed in guards:
        for fault in _faults(commands, enabled=enabled, forced=forced, keyed=keyed):
            yield _error(alias, table, fault)
    for table, constraint in crossing:
        yield _error(alias, table, f"its foreign key {constraint} leaves the organisation out")
    for (table,) in melted:
        yield Error(
            f"Frozen rows of the table {table} in {alias!r} can be seen for every purpose.",
            hint='Add EnableRestriction("Model") to the migration that adds the column.',
            id="privacy.E015",
        )


def _made_by_hand(alias: str) -> Iterator[CheckMessage]:
    """A warning, since a column that a coming migration drops is there a while longer."""
    found: list[type[models.Model]] = [
        *apps.get_models(include_auto_created=True), MigrationRecorder.Migration,
    ]  # fmt: skip
    known = {
        (model._meta.db_table, field.column)  # noqa: SLF001 - Django's documented Meta API
        for model in found
        for field in model._meta.concrete_fields  # noqa: SLF001 - as above
    }
    with connections[alias].cursor() as cursor:
        cursor.execute(_COLUMNS)
        unknown = [column for column in cursor.fetchall() if column not in known]
    for table, column in unknown:
        yield CheckWarning(
            f"The column {table}.{column} in {alias!r} belongs to no model: nobody has declared"
            " what it holds, and no erasure reaches it.",
            hint="Give it a model with a declaration, or drop it.",
            id="privacy.W016",
        )


def _faults(commands: str, *, enabled: bool, forced: bool, keyed: bool) -> Iterator[str]:
    if not (enabled and forced):
        yield "row-level security is not enabled and forced"
    for letter, command in _COMMANDS.items():
        if letter not in commands and "*" not in commands:
            yield f"it has no policy for {command}"
    if not keyed:
        yield "its primary key leaves the organisation out"


def _error(alias: str, table: str, fault: str) -> Error:
    return Error(
        f"The table {table} in {alias!r} is open to other organisations: {fault}.",
        hint='Add EnableTenancy("Model") to the migration that creates it.',
        id="privacy.E011",
    )

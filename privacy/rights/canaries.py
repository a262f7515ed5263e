"""Looks for an erased person where nobody has declared that there could be something.

The person's random ids are the canaries: they stand in every row about the person and mean nothing
to anybody else. Which columns could hold one is asked of the database's catalogue, not of the
declarations, so that a table made by hand or a forgotten key is found as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

from django.db import connection

from kaizo.core.tenancy import IN_SCOPE
from privacy.models import Subject
from privacy.paths import find_field
from privacy.registry import registry

_COLUMNS = """
SELECT c.relname, a.attname
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_attribute o ON o.attrelid = c.oid AND o.attname = 'organisation_id'
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.atttypid = 'uuid'::regtype
   AND has_column_privilege(c.oid, a.attnum, 'SELECT')
 ORDER BY c.relname, a.attname
"""


def find_canaries(subject_ids: Collection[UUID]) -> Iterator[tuple[str, int]]:
    """Columns that still hold one of the ids, with the number of rows. In the tenant's scope. Rows
    that stay by their declaration, and the person's own tombstone, are none."""
    stays = _declared_to_stay()
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        columns = [found for found in cursor.fetchall() if found not in stays]
    for table, column in columns:
        if rows := _count(table, column, subject_ids):
            yield f"{table}.{column}", rows


def _count(table: str, column: str, subject_ids: Collection[UUID]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM "{table}" WHERE {IN_SCOPE}'  # noqa: S608 - names out of the catalogue
            f' AND "{column}" = ANY(%s::uuid[])',
            [[str(each) for each in subject_ids]],
        )
        return int(cursor.fetchone()[0])


def _declared_to_stay() -> set[tuple[str, str | None]]:
    """Columns that name a person in rows which outlive them, each for a reason that is declared."""
    columns: set[tuple[str, str | None]] = {(Subject._meta.db_table, "id")}  # noqa: SLF001 - Django's documented Meta API
    for declaration in registry.declarations():
        for via in declaration.subject:
            if via.on_erase == "keep" and "__" not in via.path and via.path != "self":
                field = find_field(declaration.model, via.path)
                columns.add((declaration.model._meta.db_table, field.column))  # noqa: SLF001 - as above
    return columns

"""Taking the bytes of deleted rows out of the tables' files.

DELETE leaves them there until PostgreSQL vacuums the table. The application's role may do so by
the MAINTAIN privilege (PostgreSQL 17 and later); without it autovacuum does, later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.apps import apps
from django.db import connection

from kaizo.core import clock
from kaizo.core.logs import get_logger
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.organisations import organisation_ids
from privacy.rights.models import PlanStep

log = get_logger(__name__)
EVERY = timedelta(days=1)

_ALLOWED = """
SELECT relname FROM pg_class
 WHERE oid = to_regclass(%s)
   AND current_setting('server_version_num')::int >= 170000
   AND has_table_privilege(oid, 'MAINTAIN')
"""


def touched_tables() -> list[str]:
    """Tables of which erasures took rows away in the last day and an hour, of all organisations.
    Outside any scope."""
    since = clock.now() - EVERY - timedelta(hours=1)
    labels: set[str] = set()
    for organisation_id in organisation_ids():
        with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
            steps = PlanStep.objects.filter(
                verified_at__gte=since, changed__gt=0, action__in=["delete", "unlink"]
            )
            labels |= set(steps.values_list("label", flat=True))
    return sorted(apps.get_model(label)._meta.db_table for label in labels)  # noqa: SLF001 - Django's documented Meta API


def vacuum(tables: Iterable[str]) -> list[str]:
    """Vacuum these tables, those that the role may; returns which. Outside any transaction."""
    done = []
    with connection.cursor() as cursor:
        for table in tables:
            if not _may_vacuum(table):
                log.warning("vacuum_left_to_autovacuum", table=table)
                continue
            cursor.execute(f'VACUUM (SKIP_LOCKED) "{table}"')
            done.append(table)
    return done


def _may_vacuum(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_ALLOWED, [table])
        return cursor.fetchone() is not None

"""Data subjects: the rows that everything personal leads to."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from kaizo.core.tenancy import IN_SCOPE
from privacy.models import Subject, SubjectState

# Plain SQL: ingest adds a thousand people a page, and instances would cost more than the rows.
_INSERT = """
INSERT INTO privacy_subject (organisation_id, id, kind, state)
SELECT %s, id, %s, %s FROM unnest(%s::uuid[]) AS id
"""


def create_subjects(organisation_id: int, kind: str, subject_ids: Iterable[UUID]) -> None:
    """Add people under ids of the caller's making, in one statement. Inside the tenant's scope."""
    ids = [str(subject_id) for subject_id in subject_ids]
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [organisation_id, kind, SubjectState.ACTIVE.value, ids])


def frozen_subjects(subject_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the people who have had their data frozen. Inside the tenant's scope."""
    rows = Subject.objects.filter(pk__in=list(subject_ids), state=SubjectState.RESTRICTED)
    return set(rows.values_list("pk", flat=True))


# In the order of their ids, so that two pages never wait for each other.
_SHARE = f"""
SELECT id, state FROM privacy_subject WHERE {IN_SCOPE} AND id = ANY(%s::uuid[])
ORDER BY id FOR SHARE
"""  # noqa: S608 - our own names


def closed_subjects(subject_ids: Iterable[UUID]) -> set[UUID]:
    """Whoever is being erased or was: nothing may be written about them.

    Inside the tenant's scope, before the first write. The others are locked for sharing until the
    caller's transaction ends: an erasure that begins meanwhile waits for it, and finds its rows.
    """
    ids = [str(subject_id) for subject_id in subject_ids]
    if not ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, [ids])
        return {
            subject_id
            for subject_id, state in cursor.fetchall()
            if state in {SubjectState.ERASING, SubjectState.ERASED}
        }


def lock_subjects(subject_ids: Iterable[UUID]) -> None:
    """Wait for whoever is writing about these people, and let nobody begin until the caller's
    transaction ends. Inside the tenant's scope."""
    rows = Subject.objects.filter(pk__in=list(subject_ids)).order_by("pk")
    list(rows.select_for_update().values_list("pk", flat=True))

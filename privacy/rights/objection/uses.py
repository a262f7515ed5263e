"""Which uses of whose data have been stopped. Asked by whoever is about to use it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef

from privacy.rights.objection.models import BarredUse


def barred_subjects(use: str, subject_ids: Collection[UUID]) -> set[UUID]:
    """Those of the people whose data may not be used for it. One query, in the tenant's scope."""
    rows = BarredUse.objects.filter(subject_id__in=list(subject_ids), ended_at__isnull=True)
    return set(rows.filter(use=use).values_list("subject_id", flat=True))


def is_barred(use: str, *, subject: str = "subject") -> Exists:
    """The same as a condition on rows, of which `subject` is the key to the person."""
    return Exists(
        BarredUse.objects.filter(subject=OuterRef(subject), use=use, ended_at__isnull=True)
    )

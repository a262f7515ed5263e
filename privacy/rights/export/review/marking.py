"""Noting, while a copy is collected, which of its texts somebody has to look at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from privacy.policy import limit_of
from privacy.rights.export.models import ExportPackage
from privacy.rights.export.reading import Row
from privacy.rights.export.review.models import ExportCheck
from privacy.rights.export.review.risk import risky_fields

THRESHOLD: Final = "export_review_mentions"


def note_risks(package: ExportPackage, label: str, rows: Iterable[Row]) -> None:
    """Remember the places. Inside the tenant's scope, in the transaction in which the rows are
    collected. Idempotent."""
    threshold = limit_of(THRESHOLD)
    ExportCheck.objects.bulk_create(
        [
            ExportCheck(
                organisation_id=package.organisation_id,
                package=package,
                label=label,
                record=str(row.record["record"]),
                field=field,
                mentions=score,
            )
            for row in rows
            for field, score in risky_fields(row.removed, threshold=threshold)
        ],
        ignore_conflicts=True,
    )

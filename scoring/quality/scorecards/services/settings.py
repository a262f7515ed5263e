"""The organisation's settings of quality work."""

from __future__ import annotations

from django.db import transaction

from kaizo.accounts.models import Membership, Organisation
from scoring.quality.models import QualitySettings
from scoring.quality.scorecards.events import Event, record


@transaction.atomic
def change_settings(
    *,
    organisation: Organisation,
    actor: Membership | None,
    dispute_days: int,
    decision_days: int,
    notice_days: int,
    minimum_reviews: int,
) -> QualitySettings:
    """Deadlines that run already stay as they were set."""
    row, _made = QualitySettings.objects.update_or_create(
        organisation=organisation,
        defaults={
            "dispute_days": dispute_days,
            "decision_days": decision_days,
            "notice_days": notice_days,
            "minimum_reviews": minimum_reviews,
        },
    )
    record(Event.SETTINGS_CHANGED, actor=actor, target=row)
    settings: QualitySettings = row
    return settings

"""Whoever has not scored hears of it once more when a session's day comes near."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from kaizo.accounts.notices import NoticeKind, notify
from kaizo.core import clock
from scoring.quality.calibration.services import LABEL, missing_scores
from scoring.quality.models import CalibrationSession

DUE_SOON = timedelta(days=2)


def remind_participants() -> int:
    """Tell participants with scores to give in sessions due within two days, or overdue, each once.
    Returns to how many it was new. For the organisation in scope; idempotent."""
    until = timezone.localdate(clock.now()) + DUE_SOON
    soon = CalibrationSession.objects.filter(
        state=CalibrationSession.State.SCORING, due_on__lte=until
    )
    return sum(
        notify(
            organisation=session.organisation_id,
            recipients={member for _item, member in missing_scores(session)},
            kind=NoticeKind.DUE_SOON,
            about=(LABEL, session.pk),
            once=True,
        )
        for session in soon
    )

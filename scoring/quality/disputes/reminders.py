"""Deciders hear of a dispute once more when its day comes near."""

from __future__ import annotations

from kaizo.accounts.notices import NoticeKind, notify
from kaizo.core import clock
from scoring.quality.disputes import rules
from scoring.quality.disputes.people import deciders_of
from scoring.quality.disputes.services import LABEL
from scoring.quality.models import Dispute


def remind_deciders() -> int:
    """Tell who could decide what is due within two days or overdue, each once. Returns to how
    many it was new. For the organisation in scope; idempotent."""
    soon = Dispute.objects.filter(
        state=Dispute.State.OPEN, due_at__lte=clock.now() + rules.DUE_SOON
    ).select_related("review__reviewee")
    return sum(
        notify(
            organisation=dispute.organisation_id,
            recipients=deciders_of(dispute),
            kind=NoticeKind.DUE_SOON,
            about=(LABEL, dispute.pk),
            once=True,
        )
        for dispute in soon
    )

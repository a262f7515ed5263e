"""Deciders hear of a dispute once more when its day comes near."""

from __future__ import annotations

from kaizo.accounts.notices import NoticeKind, notify
from kaizo.core import clock
from scoring.quality.disputes import rules
from scoring.quality.disputes.people import deciders_of
from scoring.quality.disputes.services import LABEL
from scoring.quality.models import Dispute
from tickets.access import not_left_out


def remind_deciders() -> int:
    """Tell who could decide what is due within two days or overdue, each once. What is about an
    agent who is left out waits until they no longer are. Returns to how many it was new. For the
    organisation in scope; idempotent."""
    due = Dispute.objects.filter(state=Dispute.State.OPEN, due_at__lte=clock.now() + rules.DUE_SOON)
    soon = not_left_out(due, agent="review__reviewee").select_related("review__reviewee")
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

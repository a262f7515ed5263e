"""Disputes that waited, because their agent was left out, go on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from kaizo.accounts.notices import NoticeKind, notify
from kaizo.core import clock
from scoring.quality.disputes.people import deciders_of, settings_in_force
from scoring.quality.disputes.services import LABEL
from scoring.quality.models import Dispute
from tickets.access import not_left_out


def take_up_again(organisation_id: int, subject_ids: Collection[UUID]) -> None:
    """Nobody could decide meanwhile, so whoever does has the whole time again and is told, unless
    they were before. Whoever is still left out keeps waiting. For the organisation in scope."""
    due = clock.now() + timedelta(days=settings_in_force().decision_days)
    waited = Dispute.objects.filter(
        state=Dispute.State.OPEN, review__reviewee__subject__in=list(subject_ids)
    ).select_related("review__reviewee")
    for dispute in not_left_out(waited, agent="review__reviewee"):
        dispute.due_at = max(dispute.due_at, due)
        dispute.save(update_fields=["due_at"])
        notify(
            organisation=organisation_id,
            recipients=deciders_of(dispute),
            kind=NoticeKind.DISPUTE_OPENED,
            about=(LABEL, dispute.pk),
            once=True,
        )

"""The only way a page gets a dispute. Foreign, hidden and missing are all 404."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from kaizo.accounts.models import Membership
from kaizo.core.permissions import Action, can
from scoring.quality.access import access_review, visible_reviews
from scoring.quality.models import Dispute, Review
from tickets.access import left_out, not_left_out

__all__ = ["access_dispute", "access_review", "visible_disputes"]


def visible_disputes(actor: Membership) -> QuerySet[Dispute]:
    """One's own and those about reviews one gave; who decides, all about reviews they see.

    Others find none that an agent who is left out opened, or that is about their work. It waits:
    nothing is settled meanwhile.
    """
    opener = left_out(actor).filter(membership=OuterRef("opened_by"))
    disputes = not_left_out(
        Dispute.objects.exclude(Exists(opener)), agent="review__reviewee", actor=actor
    )
    if not can(actor, Action.VIEW_DISPUTES):
        return disputes.none()
    mine = Q(opened_by=actor) | Q(review__reviewer=actor)
    if not can(actor, Action.DECIDE_DISPUTES):
        return disputes.filter(mine)
    seen = visible_reviews(actor).filter(pk=OuterRef("review"))
    return disputes.filter(mine | Q(Exists(seen)))


def access_dispute(*, actor: Membership, dispute_id: int) -> Dispute:
    found: Dispute = get_object_or_404(
        visible_disputes(actor).select_related(
            "category",
            "opened_by__user",
            "decided_by__user",
            "review__version__scorecard",
            "review__ticket",
            "review__reviewee",
            "review__reviewer__user",
        ),
        pk=dispute_id,
    )
    return found


def access_shared_review(*, actor: Membership, review_id: int) -> Review:
    """A review that the actor may at least read; whether it is theirs to dispute, rules say."""
    return access_review(actor=actor, review_id=review_id)

"""What a decision does to a review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership
from kaizo.core import clock
from kaizo.core.errors import DomainError
from scoring.quality.disputes import rules
from scoring.quality.models import Dispute, Rating, Review
from scoring.quality.reviews.services import change_reviewee, correct_rating, rescore
from tickets.models import Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """New ratings by their category's key (None is not applicable), another reviewee, or that the
    review is annulled; nothing when a dispute is rejected."""

    ratings: Mapping[UUID, int | None] = field(default_factory=dict)
    reviewee: Agent | None = None
    annuls: bool = False

    @property
    def kind(self) -> rules.Remedy:
        if self.annuls:
            return rules.Remedy.ANNUL
        if self.reviewee is not None:
            return rules.Remedy.REVIEWEE
        return rules.Remedy.RATINGS if self.ratings else rules.Remedy.NOTHING


def apply_remedy(
    review: Review, dispute: Dispute, remedy: Remedy, *, actor: Membership, reason: str
) -> Review:
    """Change the review as decided and score it anew by the version it pins. Returns it as it is
    now; the caller settles the dispute, lifts the suspension and says that figures changed."""
    if remedy.kind == rules.Remedy.RATINGS:
        _correct(review, dispute, remedy.ratings)
        return rescore(review)
    if remedy.kind == rules.Remedy.ANNUL:
        review.annulled_at = clock.now()
        review.save(update_fields=["annulled_at"])
        _drop_others(review, dispute, actor)
    elif remedy.reviewee is not None:
        moved = change_reviewee(review=review, agent=remedy.reviewee, actor=actor, reason=reason)
        # The words of the dispute went under the new reviewee's key with the review's.
        dispute.refresh_from_db(fields=["reason"])
        dispute.review = moved
        _drop_others(moved, dispute, actor)
        return moved
    return review


def _correct(review: Review, dispute: Dispute, ratings: Mapping[UUID, int | None]) -> None:
    before = _stored(review)
    if dispute.category is not None and set(ratings) != {dispute.category.key}:
        raise DomainError(_("Only the disputed rating can change."))
    different = {
        key: value
        for key, value in ratings.items()
        if before.get(key, (None, False)) != (value, value is None)
    }
    if not different:
        raise DomainError(_("Nothing changes: these are the ratings as they were."))
    for key, value in different.items():
        correct_rating(review=review, category_key=key, value=value, is_na=value is None)


def _stored(review: Review) -> dict[UUID, tuple[int | None, bool]]:
    rows = Rating.objects.filter(review=review).values_list("category__key", "value", "is_na")
    return {key: (value, is_na) for key, value, is_na in rows}


def _drop_others(review: Review, dispute: Dispute, actor: Membership) -> None:
    """What else was open about a review that is annulled or about somebody else now falls away."""
    others = Dispute.objects.filter(review=review, state=Dispute.State.OPEN).exclude(pk=dispute.pk)
    for other in others.select_for_update():
        settle(other, Dispute.State.WITHDRAWN, actor=actor)


def settle(
    dispute: Dispute, state: str, *, actor: Membership, decision: bytes | None = None
) -> None:
    dispute.state, dispute.decided_by = state, actor
    dispute.decided_at, dispute.decision = clock.now(), decision
    dispute.save(update_fields=["state", "decided_by", "decided_at", "decision"])

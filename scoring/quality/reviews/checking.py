"""Spot checks: a conversation judged once more, by somebody who knows nothing of the first
judgement."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership
from kaizo.core.errors import DomainError
from kaizo.core.permissions import ROLE_ACTIONS, Action
from scoring.quality.assignments.candidates import hidden_from
from scoring.quality.models import Dispute, Pick, Review, ReviewChange, ReviewComment
from scoring.quality.reviews.notices import tell_asked_to_check
from scoring.quality.reviews.services import start_review

_JUDGING = [r for r, actions in ROLE_ACTIONS.items() if Action.REVIEW_CONVERSATIONS in actions]


@dataclass(frozen=True, slots=True)
class Checker:
    """Somebody who may check a review. `had_part`: they have judged the conversation, commented on
    the review, changed it, disputed or decided about it, or are looking at it now."""

    member: Membership
    had_part: bool


def possible_checkers(review: Review, *, actor: Membership) -> list[Checker]:
    """Whoever may judge the conversation, but not who gave the review and whom it judges; first
    those who had no part in it, and of these who has the fewest checks to do."""
    barred = {review.reviewer_id, review.reviewee.membership_id if review.reviewee else None}
    found = Membership.objects.filter(is_active=True, role__in=_JUDGING).select_related("user")
    people = [member for member in found if member.pk not in barred]
    hidden = hidden_from(people, {review.ticket_id} if review.ticket_id else set())
    concerned = _concerned(review) | {actor.pk}
    busy = list(
        Review.objects.filter(
            kind=Review.Kind.SPOT_CHECK, state=Review.State.DRAFT, reviewer__in=people
        ).values_list("reviewer_id", flat=True)
    )
    checkers = [
        Checker(member, member.pk in concerned)
        for member in people
        if (member.pk, review.ticket_id) not in hidden
    ]
    return sorted(
        checkers,
        key=lambda c: (c.had_part, busy.count(c.member.pk), c.member.user.name.casefold()),
    )


def _concerned(review: Review) -> set[int | None]:
    """Ids of members with a part in the review or its conversation. Five queries."""
    disputes = Dispute.objects.filter(review=review)
    others = Review.objects.filter(ticket=review.ticket_id) if review.ticket_id else None
    return {
        *ReviewComment.objects.filter(review=review).values_list("author_id", flat=True),
        *ReviewChange.objects.filter(review=review).values_list("actor_id", flat=True),
        *disputes.values_list("opened_by_id", flat=True),
        *disputes.values_list("decided_by_id", flat=True),
        *(others.values_list("reviewer_id", flat=True) if others is not None else ()),
        *Pick.objects.filter(review=review).values_list("closed_by_id", flat=True),
    }


@transaction.atomic
def spot_check(*, actor: Membership, review: Review, checker: Membership | None = None) -> Review:
    """Have the conversation judged once more by the same rubric: what a reviewer's leniency is
    measured by. Outside IQS. The first judgement is hidden from the checker until theirs is
    submitted. Idempotent: a check that was begun goes on.

    `checker`: the actor without one; somebody else is told. Raises DomainError for who gave the
    review, whom it judges, and who may not judge the conversation.
    """
    who = checker or actor
    if review.ticket is None:
        raise DomainError(_("The conversation is frozen or was permanently erased."))
    if review.reviewer_id == who.pk:
        raise DomainError(_("Somebody other than the first reviewer does a spot check."))
    if who.pk not in {found.member.pk for found in possible_checkers(review, actor=actor)}:
        raise DomainError(_("This person may not review this conversation."))
    check = start_review(
        actor=who,
        ticket=review.ticket,
        version=review.version,
        kind=Review.Kind.SPOT_CHECK,
        sample=review.sample,
        reviewee=review.reviewee,
        message=review.message,
        spot_check_of=review,
    )
    if who.pk != actor.pk:
        tell_asked_to_check(check)
    return check

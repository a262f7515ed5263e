"""The only way a page gets a review. Foreign, hidden and missing are all 404."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from kaizo.accounts.models import Membership, TeamLead
from kaizo.core.permissions import Action, Role, can
from scoring.quality.models import (
    CalibrationItem,
    CalibrationSession,
    Evidence,
    Pick,
    Review,
)
from tickets.access import not_left_out, own_agent_ids

_SUBMITTED = Review.State.SUBMITTED
_SCORING = CalibrationSession.State.SCORING
_CHIEFS = (Role.OWNER, Role.ADMIN)
# What the person who was judged is told of. Calibration compares reviewers, a spot check too.
SHARED_KINDS = (Review.Kind.QUALITY, Review.Kind.PEER, Review.Kind.SELF)
_SCORING_BLIND = (Review.Kind.CALIBRATION, Review.Kind.AGREED)


def visible_reviews(actor: Membership) -> QuerySet[Review]:
    """One's own drafts, and of what was submitted: agents what they received and gave, leads what
    was given on their teams while they led them, owners, admins and reviewers all. Owners and
    admins also see others' drafts, so that somebody's absence loses nothing.

    Nobody sees how others judged a conversation that they are to judge blind themselves, for a
    pick, a calibration or a spot check, nor how somebody else was judged who is left out.
    """
    reviews = not_left_out(Review.objects.all(), agent="reviewee", actor=actor)
    if not can(actor, Action.VIEW_REVIEWS):
        return reviews.none()
    own = Q(reviewer=actor)
    if actor.role == Role.AGENT:
        received = Q(reviewee__in=own_agent_ids(actor), kind__in=SHARED_KINDS, state=_SUBMITTED)
        return reviews.filter(own | received)
    shown = Q(state=_SUBMITTED)
    if actor.role in _CHIEFS:
        shown |= Q(kind__in=Review.COUNTED)
    others = shown & ~_still_blind(actor)
    if actor.role == Role.TEAM_LEAD:
        others &= Q(Exists(led(actor)))
    return reviews.filter(own | others)


def led(actor: Membership) -> QuerySet[TeamLead]:
    """The actor's lead of the review's team on the day the review was given."""
    led: QuerySet[TeamLead] = TeamLead.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=OuterRef("day")),
        team=OuterRef("team"),
        membership=actor,
        valid_from__lte=OuterRef("day"),
    )
    return led


def _still_blind(actor: Membership) -> Q:
    """Calibration scores of a session that is still scoring, and any review of a conversation
    that the actor has a blind pick, a spot check or a calibration score to give for."""
    scoring = CalibrationItem.objects.filter(session__state=_SCORING)
    mine = scoring.filter(session__participants__membership=actor, ticket=OuterRef("ticket"))
    picked = Pick.objects.filter(
        reviewer=actor,
        state=Pick.State.OPEN,
        cycle__assignment__is_blind=True,
        ticket=OuterRef("ticket"),
    )
    session = scoring.filter(pk=OuterRef("calibration_item"))
    in_session = Q(kind__in=_SCORING_BLIND) & Q(Exists(session))
    checking = Review.objects.filter(
        reviewer=actor,
        kind=Review.Kind.SPOT_CHECK,
        state=Review.State.DRAFT,
        ticket=OuterRef("ticket"),
    )
    return in_session | Q(Exists(picked)) | Q(Exists(mine)) | Q(Exists(checking))


def access_review(*, actor: Membership, review_id: int) -> Review:
    return get_object_or_404(_with_people(visible_reviews(actor)), pk=review_id)


def access_draft(*, actor: Membership, review_id: int) -> Review:
    """A review whose answers the actor may write, whatever its state, so that a form that comes
    too late is told so: one's own, for owners and admins also others'."""
    reviews = visible_reviews(actor)
    if actor.role not in _CHIEFS:
        reviews = reviews.filter(reviewer=actor)
    return get_object_or_404(_with_people(reviews), pk=review_id)


def may_edit(actor: Membership, review: Review) -> bool:
    """Whether `access_draft` would hand out the review, which the actor can see."""
    return review.reviewer_id == actor.pk or actor.role in _CHIEFS


def access_evidence(*, review: Review, evidence_id: int) -> Evidence:
    found: Evidence = get_object_or_404(Evidence.objects.filter(review=review), pk=evidence_id)
    return found


def access_pick(*, actor: Membership, pick_id: int) -> Pick:
    """An open pick of the actor's own."""
    mine = not_left_out(
        Pick.objects.filter(reviewer=actor, ticket__isnull=False), agent="reviewee", actor=actor
    )
    rows = mine.select_related("cycle__assignment__scorecard", "ticket", "reviewee", "review")
    found: Pick = get_object_or_404(rows, pk=pick_id)
    return found


def is_reviewee(actor: Membership, review: Review) -> bool:
    """Whether the review judges the actor's own work."""
    return review.reviewee is not None and review.reviewee.membership_id == actor.pk


def may_reopen(actor: Membership, review: Review) -> bool:
    """Whether the actor may take a submitted review up again: who gave it, and who answers for
    the team; never the person it judges. A calibration score only before others may see it, the
    agreed one until its session is closed, and only by who gave it."""
    if is_reviewee(actor, review) or not can(actor, Action.REVIEW_CONVERSATIONS):
        return False
    is_own = review.reviewer_id == actor.pk
    if review.calibration_item is not None:
        state = review.calibration_item.session.state
        is_blind = review.kind == Review.Kind.CALIBRATION
        over = state != _SCORING if is_blind else state == CalibrationSession.State.CLOSED
        return is_own and not over
    return is_own or actor.role != Role.REVIEWER


def may_check(actor: Membership, review: Review) -> bool:
    """Whether the actor may have a review checked, by themselves or somebody else."""
    return (
        can(actor, Action.REVIEW_CONVERSATIONS)
        and review.kind in Review.COUNTED
        and review.state == _SUBMITTED
        and review.ticket_id is not None
        and review.reviewer_id != actor.pk
        and not is_reviewee(actor, review)
    )


def may_move(actor: Membership, review: Review) -> bool:
    """Whether the actor may say that it was another agent's work."""
    return review.kind in Review.COUNTED and may_reopen(actor, review)


def _with_people(reviews: QuerySet[Review]) -> QuerySet[Review]:
    return reviews.select_related("version__scorecard", "ticket", "reviewee", "reviewer__user")

"""What happens to a review: started, answered, submitted, reopened, moved, read.

A submitted review says what it says until it is reopened; every turning point leaves a
`ReviewChange`, and whoever keeps figures of reviews is told in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.tenancy import Purpose
from privacy.api import barred_subjects
from scoring.quality.calibration.blind import require_time_to_score
from scoring.quality.changes import changed
from scoring.quality.models import (
    Assignment,
    CalibrationItem,
    Pick,
    Rating,
    Review,
    ReviewChange,
    ScorecardVersion,
)
from scoring.quality.reviews import events
from scoring.quality.reviews.answers import (
    EditedMeanwhile,
    NotADraft,
    correct_rating,
    quote,
    rate,
    unquote,
)
from scoring.quality.reviews.facts import last_day, require_judged, reviewee_of, team_of
from scoring.quality.reviews.notices import tell_shared
from scoring.quality.reviews.problems import Incomplete, problems_of
from scoring.quality.reviews.scores import result_of
from scoring.quality.reviews.talk import comment_on
from scoring.quality.reviews.words import reseal, sealed
from scoring.quality.scorecards import selectors as scorecards
from scoring.quality.sealing import new_id
from tickets.models import Agent, Message, Ticket

__all__ = [
    "EditedMeanwhile",
    "Incomplete",
    "NotADraft",
    "acknowledge",
    "change_reviewee",
    "comment_on",
    "correct_rating",
    "discard",
    "note_time",
    "quote",
    "rate",
    "record_change",
    "reopen_review",
    "rescore",
    "start_review",
    "submit_review",
    "unquote",
]

# A form that tells it is in use counts from its last word, but never longer than this.
LONGEST_PING = 60
_KIND_OF = {
    Assignment.Who.REVIEWERS: Review.Kind.QUALITY,
    Assignment.Who.PEERS: Review.Kind.PEER,
    Assignment.Who.SELVES: Review.Kind.SELF,
}
_AT_RANDOM = (Assignment.Method.RANDOM, Assignment.Method.STRATIFIED)


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a review is started for, and what makes it the same review as another."""

    kind: str
    sample: str
    version: ScorecardVersion
    message: Message | None
    calibration_item: CalibrationItem | None
    spot_check_of: Review | None


@transaction.atomic
def start_review(  # noqa: PLR0913 - a review has that many origins
    *,
    actor: Membership,
    ticket: Ticket,
    version: ScorecardVersion | None = None,
    kind: str = Review.Kind.QUALITY,
    sample: str = Review.Sample.TARGETED,
    reviewee: Agent | None = None,
    message: Message | None = None,
    pick: Pick | None = None,
    calibration_item: CalibrationItem | None = None,
    spot_check_of: Review | None = None,
) -> Review:
    """The actor's open draft about the conversation, made if there is none. Idempotent.

    A pick says kind, sample, reviewee and scorecard itself; without one a version is named.
    Raises DomainError when the pick's scorecard is not in force, when there is nobody to review,
    and for one's own work, which only a self-review judges.
    """
    if pick is not None:
        begun: Review | None = pick.review
        if begun is not None:
            return begun
        kind, sample = _of_pick(pick)
        reviewee = reviewee or pick.reviewee
    if barred_subjects(Purpose.QUALITY_EVALUATION, [ticket.subject_id]):
        raise DomainError(_("The person has objected to judging quality by their conversations."))
    chosen = version or _version(pick)
    origin = _Origin(kind, sample, chosen, message, calibration_item, spot_check_of)
    whom = reviewee or reviewee_of(ticket, rule=chosen.reviewee_rule, message=message)
    require_judged(whom)
    _require_fair(actor, whom, kind)
    review = _draft(actor, ticket, whom, origin)
    if pick is not None:
        pick.review = review
        pick.save(update_fields=["review"])
    return review


def _of_pick(pick: Pick) -> tuple[str, str]:
    assignment = pick.cycle.assignment
    at_random = assignment.method in _AT_RANDOM
    sample = Review.Sample.RANDOM if at_random else Review.Sample.TARGETED
    return _KIND_OF[Assignment.Who(assignment.who)], sample


def _version(pick: Pick | None) -> ScorecardVersion:
    found = scorecards.version_in_force(pick.cycle.assignment.scorecard) if pick else None
    if found is None:
        raise DomainError(_("No scorecard in force fits this conversation."))
    return found


def _require_fair(actor: Membership, reviewee: Agent, kind: str) -> None:
    is_own = reviewee.membership_id == actor.pk
    if kind == Review.Kind.SELF and not is_own:
        raise DomainError(_("A self-review is about one's own work."))
    if kind in Review.COUNTED and is_own:
        raise DomainError(_("Nobody reviews their own work. Ask a colleague."))


def _draft(actor: Membership, ticket: Ticket, reviewee: Agent, origin: _Origin) -> Review:
    """An open draft under an earlier version of the scorecard goes on under that version."""
    same: dict[str, Any] = {
        "ticket": ticket,
        "reviewer": actor,
        "kind": origin.kind,
        "message": origin.message,
        "calibration_item": origin.calibration_item,
        "spot_check_of": origin.spot_check_of,
        "state": Review.State.DRAFT,
    }
    drafts = Review.objects.filter(version__scorecard_id=origin.version.scorecard_id, **same)
    found: Review | None = drafts.first()
    if found is not None:
        return found
    zone = ZoneInfo(actor.organisation.time_zone)
    made: Review
    made, _is_new = Review.objects.get_or_create(
        organisation_id=ticket.organisation_id,
        version=origin.version,
        **same,
        defaults={
            "sample": origin.sample,
            "reviewee": reviewee,
            "subject_id": reviewee.subject_id,
            "team_id": team_of(reviewee, last_day(ticket, zone)),
            "channel": ticket.channel,
            "started_at": clock.now(),
        },
    )
    return made


@transaction.atomic
def submit_review(*, review: Review, actor: Membership) -> Review:
    """Make a draft count. Raises Incomplete, naming what is missing, and NotADraft.

    A review that is submitted again stays on the day it was first given, so that the figures of
    that period are the ones that change.
    """
    locked = _lock(review)
    if locked.state != Review.State.DRAFT:
        raise NotADraft
    require_time_to_score(locked)
    problems = problems_of(locked)
    if problems:
        raise Incomplete(problems)
    now = clock.now()
    locked.state, locked.submitted_at = Review.State.SUBMITTED, now
    locked.day = locked.day or timezone.localdate(now, ZoneInfo(actor.organisation.time_zone))
    locked.revision += 1
    locked.save(update_fields=["state", "submitted_at", "day", "revision"])
    rescore(locked)
    _close_pick(locked, actor)
    record_change(locked, ReviewChange.Event.SUBMITTED, actor)
    events.record(events.Event.SUBMITTED, review=locked, actor=actor)
    tell_shared(locked)
    changed([locked.pk])
    return locked


def _close_pick(review: Review, actor: Membership) -> None:
    Pick.objects.filter(review=review, state=Pick.State.OPEN).update(
        state=Pick.State.DONE, closed_by=actor, closed_at=clock.now()
    )


@transaction.atomic
def reopen_review(*, review: Review, actor: Membership, reason: str) -> Review:
    """Turn a submitted review into a draft again: it counts nowhere until it is submitted anew.

    Raises DomainError without a reason, Conflict for a draft, while a dispute is open, and while
    its reviewer has another draft about the same.
    """
    locked = _lock(review)
    if locked.state != Review.State.SUBMITTED:
        raise Conflict(_("This review is open already."))
    require_time_to_score(locked)
    if locked.is_suspended:
        raise Conflict(_("A dispute about this review is open. Decide it first."))
    _require_reason(reason)
    _require_no_other_draft(locked)
    record_change(locked, ReviewChange.Event.REOPENED, actor, reason)
    locked.state, locked.revision = Review.State.DRAFT, locked.revision + 1
    locked.score = locked.passed = locked.acknowledged_at = None
    locked.auto_failed = False
    locked.save(
        update_fields=["state", "revision", "score", "passed", "acknowledged_at", "auto_failed"]
    )
    events.record(events.Event.REOPENED, review=locked, actor=actor)
    changed([locked.pk])
    return locked


@transaction.atomic
def change_reviewee(*, review: Review, agent: Agent, actor: Membership, reason: str) -> Review:
    """Move a review to the agent whose work it was, with what was written in it.

    The history keeps whom it was about before; whose work it is now is told of a review that was
    submitted. Raises DomainError without a reason, and for somebody who is left out.
    """
    locked = _lock(review)
    _require_reason(reason)
    require_judged(agent)
    if locked.reviewee_id == agent.pk:
        raise Conflict(_("The review is about this agent already."))
    if locked.reviewer is not None:
        _require_fair(locked.reviewer, agent, locked.kind)
    record_change(locked, ReviewChange.Event.REVIEWEE_CHANGED, actor, reason)
    events.record(events.Event.REVIEWEE_CHANGED, review=locked, actor=actor)
    reseal(locked, to=agent)
    locked.reviewee, locked.subject_id = agent, agent.subject_id
    if locked.ticket is not None:
        zone = ZoneInfo(actor.organisation.time_zone)
        locked.team_id = team_of(agent, last_day(locked.ticket, zone))
    locked.acknowledged_at, locked.revision = None, locked.revision + 1
    locked.save(update_fields=["reviewee", "subject", "team", "acknowledged_at", "revision"])
    record_change(locked, ReviewChange.Event.REVIEWEE_CHANGED, actor, reason)
    events.record(events.Event.REVIEWEE_CHANGED, review=locked, actor=actor)
    if locked.state == Review.State.SUBMITTED:
        tell_shared(locked)
    changed([locked.pk])
    return locked


def _require_no_other_draft(review: Review) -> None:
    drafts = Review.objects.filter(
        state=Review.State.DRAFT,
        ticket=review.ticket,
        reviewer=review.reviewer,
        version=review.version,
        kind=review.kind,
        message=review.message,
        calibration_item=review.calibration_item,
        spot_check_of=review.spot_check_of,
    )
    if review.ticket_id and review.reviewer_id and drafts.exists():
        raise Conflict(_("Its reviewer has another draft about this. Finish or discard that one."))


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise DomainError(_("Say why, in a sentence: it stays with the review."))


@transaction.atomic
def discard(*, review: Review, actor: Membership) -> None:
    """Delete a draft that was never submitted. Its pick, if any, is to do again."""
    locked = _lock(review)
    if locked.state != Review.State.DRAFT:
        raise NotADraft
    if locked.day is not None:
        raise Conflict(_("It was submitted once, so it stays. Submit it again."))
    events.record(events.Event.DISCARDED, review=locked, actor=actor)
    locked.delete()


@transaction.atomic
def acknowledge(*, review: Review, actor: Membership) -> None:
    """The reviewee says that they have read it, which is not that they agree. Idempotent."""
    locked = _lock(review)
    is_theirs = locked.reviewee is not None and locked.reviewee.membership_id == actor.pk
    if not is_theirs or locked.state != Review.State.SUBMITTED:
        raise Conflict(_("Only the reviewed agent confirms having read a submitted review."))
    if locked.acknowledged_at is None:
        locked.acknowledged_at = clock.now()
        locked.save(update_fields=["acknowledged_at"])
        events.record(events.Event.ACKNOWLEDGED, review=locked, actor=actor)


def note_time(*, review: Review, seconds: int) -> None:
    """Add time during which the form was open and in use, at most LONGEST_PING at once."""
    spent = min(max(seconds, 0), LONGEST_PING)
    with transaction.atomic():
        locked = _lock(review)
        if spent and locked.state == Review.State.DRAFT:
            locked.seconds_spent += spent
            locked.save(update_fields=["seconds_spent"])


def rescore(review: Review) -> Review:
    """Compute score, result and auto-fail anew from the ratings, by the version the review pins,
    and write them. The caller records why and calls `changes.changed`."""
    rubric = scorecards.rubric(review.version)
    ratings = Rating.objects.filter(review=review)
    values = dict(ratings.values_list("category__key", "value"))
    result = result_of(rubric, values)
    review.score, review.passed = result.score, result.passed
    review.auto_failed = result.auto_failed
    review.save(update_fields=["score", "passed", "auto_failed"])
    return review


def record_change(
    review: Review, event: str, actor: Membership | None, reason: str | None = None
) -> ReviewChange:
    """Keep what the review says now. The reason is under the key of whom it is about now."""
    ratings = Rating.objects.filter(review=review).order_by("category_id")
    row = ReviewChange(
        pk=new_id(ReviewChange),
        organisation_id=review.organisation_id,
        review=review,
        event=event,
        actor=actor,
        at=clock.now(),
        score=review.score,
        passed=review.passed,
        reviewee=review.reviewee,
        ratings=[
            {"category": str(key), "value": value, "is_na": is_na}
            for key, value, is_na in ratings.values_list("category__key", "value", "is_na")
        ],
    )
    row.reason = sealed(review, row, "reason", reason or "")
    row.save(force_insert=True)
    return row


def _lock(review: Review) -> Review:
    found: Review = Review.objects.select_for_update().get(pk=review.pk)
    return found

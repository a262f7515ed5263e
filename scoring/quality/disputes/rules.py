"""Who may dispute what until when, and who may decide it. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DUE_SOON = timedelta(days=2)


class State(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    PARTLY = "partly"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


VERDICTS = frozenset({State.ACCEPTED, State.PARTLY, State.REJECTED})
CHANGING = frozenset({State.ACCEPTED, State.PARTLY})


class About(StrEnum):
    CATEGORY = "category"
    REVIEWEE = "reviewee"
    REVIEW = "review"


class Refusal(StrEnum):
    NOT_THEIRS = "not_theirs"
    NOT_SUBMITTED = "not_submitted"
    NOT_DISPUTABLE = "not_disputable"
    ANNULLED = "annulled"
    TOO_LATE = "too_late"
    SETTLED = "settled"
    OWN_REVIEW = "own_review"
    OWN_DISPUTE = "own_dispute"
    OWN_WORK = "own_work"
    DECIDED_BEFORE = "decided_before"


@dataclass(frozen=True, slots=True)
class Objection:
    """A review as its rules of disputing see it. `clock_from` is when it was shared or, if it was
    disputed since, last decided."""

    is_submitted: bool
    is_shared_kind: bool
    is_annulled: bool
    is_by_reviewee: bool
    clock_from: datetime | None


def until(clock_from: datetime, days: int) -> datetime:
    """The last moment at which a review may be disputed."""
    return clock_from + timedelta(days=days)


def may_open(objection: Objection, *, now: datetime, days: int) -> Refusal | None:
    """Why the review may not be disputed now; None when it may."""
    if not objection.is_by_reviewee:
        return Refusal.NOT_THEIRS
    if not objection.is_shared_kind:
        return Refusal.NOT_DISPUTABLE
    if not objection.is_submitted or objection.clock_from is None:
        return Refusal.NOT_SUBMITTED
    if objection.is_annulled:
        return Refusal.ANNULLED
    return Refusal.TOO_LATE if now > until(objection.clock_from, days) else None


@dataclass(frozen=True, slots=True)
class Parties:
    """Who has a part in a dispute, by the ids of their memberships. `decided_before`: who decided
    earlier disputes about the same thing."""

    reviewer: int | None
    disputer: int | None
    reviewee: int | None
    decided_before: Collection[int]


def may_decide(state: str, parties: Parties, *, actor: int) -> Refusal | None:
    """Why this member may not decide it; None when they may."""
    if state != State.OPEN:
        return Refusal.SETTLED
    if actor == parties.reviewer:
        return Refusal.OWN_REVIEW
    if actor == parties.disputer:
        return Refusal.OWN_DISPUTE
    if actor == parties.reviewee:
        return Refusal.OWN_WORK
    return Refusal.DECIDED_BEFORE if actor in parties.decided_before else None


class Deadline(StrEnum):
    """How a dispute stands: the one status that pages show."""

    OVERDUE = "overdue"
    SOON = "soon"
    IN_TIME = "in_time"
    ACCEPTED = "accepted"
    PARTLY = "partly"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


def standing(state: str, due_at: datetime, now: datetime) -> Deadline:
    if state != State.OPEN:
        return Deadline(state)
    if now > due_at:
        return Deadline.OVERDUE
    return Deadline.SOON if due_at - now <= DUE_SOON else Deadline.IN_TIME


class Remedy(StrEnum):
    """What a decision does to the review."""

    NOTHING = "nothing"
    RATINGS = "ratings"
    REVIEWEE = "reviewee"
    ANNUL = "annul"


# What each verdict may do, by what is disputed. A reviewee is right or wrong, never partly.
REMEDIES: dict[tuple[About, State], frozenset[Remedy]] = {
    (About.CATEGORY, State.ACCEPTED): frozenset({Remedy.RATINGS}),
    (About.CATEGORY, State.PARTLY): frozenset({Remedy.RATINGS}),
    (About.REVIEWEE, State.ACCEPTED): frozenset({Remedy.REVIEWEE}),
    (About.REVIEW, State.ACCEPTED): frozenset({Remedy.RATINGS, Remedy.ANNUL}),
    (About.REVIEW, State.PARTLY): frozenset({Remedy.RATINGS}),
    (About.CATEGORY, State.REJECTED): frozenset({Remedy.NOTHING}),
    (About.REVIEWEE, State.REJECTED): frozenset({Remedy.NOTHING}),
    (About.REVIEW, State.REJECTED): frozenset({Remedy.NOTHING}),
}


def fits(about: str, verdict: str, remedy: Remedy) -> bool:
    return remedy in REMEDIES.get((About(about), State(verdict)), ())

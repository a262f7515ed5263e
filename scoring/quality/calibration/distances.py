"""How far each reviewer lies from what sessions agreed on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from kaizo.accounts.models import Membership
from kaizo.core.permissions import Role
from scoring.quality.calibration import comparing
from scoring.quality.calibration.access import visible_sessions
from scoring.quality.calibration.comparing import Distance
from scoring.quality.models import CalibrationSession, Review
from scoring.quality.scorecards.selectors import quality_settings

_SUBMITTED = Review.State.SUBMITTED


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerDistance:
    """`by_session`: session ids in the page's order, None where the person took no part."""

    name: str
    overall: Distance | None
    by_session: list[Distance | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """`minimum`: with fewer conversations than that, how far somebody lies says nothing."""

    minimum: int
    sessions: list[tuple[int, str]]
    people: list[ReviewerDistance]


SESSIONS_COMPARED = 8


def distances(actor: Membership) -> Distances:
    """How each person's blind scores lie to the agreed ones in the latest sessions, by name:
    nobody is ranked. Reviewers read their own line only."""
    pairs = _score_pairs(actor)
    sessions = sorted({session for session, *_rest in pairs}, reverse=True)[:SESSIONS_COMPARED]
    names = dict(CalibrationSession.objects.filter(pk__in=sessions).values_list("pk", "name"))
    found: dict[_Person, dict[int, list[tuple[float, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for session, person, own, agreed in pairs:
        if session in names:
            found[person][session].append((own, agreed))
    return Distances(
        minimum=quality_settings().minimum_reviews,
        sessions=[(key, names[key]) for key in sessions],
        people=[
            ReviewerDistance(
                name=name,
                overall=comparing.distance([pair for each in given.values() for pair in each]),
                by_session=[comparing.distance(given.get(key, [])) for key in sessions],
            )
            for (name, _id), given in sorted(found.items())
        ],
    )


# Name and id: two people may have the same name.
_Person = tuple[str, int]


def _score_pairs(actor: Membership) -> list[tuple[int, _Person, float, float]]:
    """(session, reviewer, own score, agreed score) of the sessions the actor sees, without those
    that are still scored blind."""
    seen = visible_sessions(actor).exclude(state=CalibrationSession.State.SCORING)
    reviews = Review.objects.filter(
        calibration_item__session__in=seen.values("pk"), state=_SUBMITTED, score__isnull=False
    )
    agreed = dict(
        reviews.filter(kind=Review.Kind.AGREED).values_list("calibration_item_id", "score")
    )
    given = reviews.filter(kind=Review.Kind.CALIBRATION, reviewer__isnull=False)
    if actor.role == Role.REVIEWER:
        given = given.filter(reviewer=actor)
    columns = (
        "calibration_item_id",
        "calibration_item__session_id",
        "reviewer__user__name",
        "reviewer_id",
        "score",
    )
    return [
        (session, (name, key), float(score), float(agreed[item]))
        for item, session, name, key, score in given.values_list(*columns)
        if item in agreed
    ]

"""What pages show of calibration sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from kaizo.accounts.models import Membership
from privacy import api as privacy
from scoring.quality.calibration import comparing
from scoring.quality.calibration.access import visible_items, visible_sessions
from scoring.quality.calibration.comparing import Agreement, Rated
from scoring.quality.calibration.services import follow_up_aad, to_score
from scoring.quality.models import (
    CalibrationItem,
    CalibrationParticipant,
    CalibrationSession,
    Category,
    FollowUp,
    Rating,
    Review,
)
from scoring.quality.reviews.scales import with_top
from scoring.quality.scorecards.rubrics import RubricCategory
from scoring.quality.scorecards.selectors import rubric
from tickets.conversations import headings
from tickets.people import named_agents

SESSIONS_SHOWN = 100
_RATED = (Category.Kind.SCORED, Category.Kind.UNSCORED)
_SUBMITTED = Review.State.SUBMITTED
_CALIBRATION, _AGREED = Review.Kind.CALIBRATION, Review.Kind.AGREED


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    id: int
    name: str
    state: str
    due_on: date
    conversations: int
    participants: int
    scored: int  # of conversations times participants
    waits_for_actor: bool

    @property
    def wanted(self) -> int:
        return self.conversations * self.participants


def session_rows(actor: Membership) -> list[SessionRow]:
    """The latest 100 sessions the actor sees, in four queries."""
    found = visible_sessions(actor).annotate(is_left_to_score=_left_to_score(actor))
    sessions = list(found.order_by("-pk")[:SESSIONS_SHOWN])
    ids = [session.pk for session in sessions]
    items = _grouped(CalibrationItem.objects.filter(session__in=ids), "session_id", "pk")
    people = _grouped(
        CalibrationParticipant.objects.filter(session__in=ids), "session_id", "membership_id"
    )
    scores = _grouped(_blind(ids), "calibration_item__session_id", "reviewer_id")
    return [
        SessionRow(
            id=session.pk,
            name=session.name,
            state=session.state,
            due_on=session.due_on,
            conversations=len(items[session.pk]),
            participants=len(people[session.pk]),
            scored=len(scores[session.pk]),
            waits_for_actor=session.state == CalibrationSession.State.SCORING
            and actor.pk in people[session.pk]
            and session.is_left_to_score,
        )
        for session in sessions
    ]


def _left_to_score(actor: Membership) -> Exists:
    """Whether a session, to be annotated, has a conversation that the actor could still score."""
    given = Review.objects.filter(
        calibration_item=OuterRef("pk"), reviewer=actor, kind=_CALIBRATION, state=_SUBMITTED
    )
    items = CalibrationItem.objects.filter(session=OuterRef("pk"))
    return Exists(to_score(items).exclude(Exists(given)))


def _blind(session_ids: Collection[int]) -> QuerySet[Review]:
    found: QuerySet[Review] = Review.objects.filter(
        calibration_item__session__in=session_ids, kind=_CALIBRATION, state=_SUBMITTED
    )
    return found


def _grouped(rows: QuerySet[Any], key: str, value: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for group, member in rows.values_list(key, value):
        found[group].append(member)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    id: int
    name: str
    scored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """A conversation of a session. `title` is None when it was permanently erased; `mine` is the
    actor's own score, `agreed` the session's, `people` whom it shows."""

    id: int
    position: int
    title: str | None
    ticket_id: int | None
    reviewee: str
    mine: Review | None
    agreed: Review | None
    people: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedLine:
    """A category's ratings in the order of the participants, then what was agreed."""

    name: str
    ratings: list[str]
    agreed: str
    spread: float | None
    is_marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedItem:
    item: ShownItem
    lines: list[ComparedLine]
    scores: list[float | None]
    agreed_score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryAgreement:
    name: str
    figures: Agreement
    widest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFollowUp:
    id: int
    body: str
    owner: str
    owner_id: int | None
    due_on: date | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What everybody gave, once the session is discussed."""

    items: list[ComparedItem]
    overall: Agreement
    categories: list[CategoryAgreement]


def participants_of(session: CalibrationSession) -> list[Participant]:
    """By name, with how many conversations each has scored: that much is no secret."""
    done = _grouped(_blind([session.pk]), "reviewer_id", "pk")
    rows = CalibrationParticipant.objects.filter(session=session).order_by("membership__user__name")
    return [
        Participant(id=member, name=name, scored=len(done[member]))
        for member, name in rows.values_list("membership_id", "membership__user__name")
    ]


def items_of(session: CalibrationSession, actor: Membership) -> list[ShownItem]:
    items = list(visible_items(session, actor))
    shown = headings(session.organisation_id, [item.ticket_id for item in items if item.ticket_id])
    agents = {item.reviewee_id for item in items if item.reviewee_id}
    named = named_agents(session.organisation_id, agents) if agents else {}
    own = _by_item(
        Review.objects.filter(calibration_item__in=items, reviewer=actor, kind=_CALIBRATION)
    )
    agreed = _by_item(Review.objects.filter(calibration_item__in=items, kind=_AGREED))
    rows = []
    for item in items:
        heading, reviewee = shown.get(item.ticket_id or 0), named.get(item.reviewee_id or 0)
        rows.append(
            ShownItem(
                id=item.pk,
                position=item.position + 1,
                title=heading.title if heading else None,
                ticket_id=item.ticket_id,
                reviewee=reviewee.name if reviewee else "",
                mine=own.get(item.pk),
                agreed=agreed.get(item.pk),
                people=frozenset(one.subject_id for one in (heading, reviewee) if one),
            )
        )
    return rows


def _by_item(reviews: Iterable[Review]) -> dict[int, Review]:
    return {review.calibration_item_id: review for review in reviews if review.calibration_item_id}


class _Scores:
    """The submitted scores of a session: three queries, however many people took part."""

    def __init__(self, session: CalibrationSession) -> None:
        self.session = session
        self.categories = [
            category for category in rubric(session.version).categories() if category.kind in _RATED
        ]
        found = Review.objects.filter(
            calibration_item__session=session, kind__in=[_CALIBRATION, _AGREED], state=_SUBMITTED
        )
        self.reviews = {
            (r.calibration_item_id, r.reviewer_id if r.kind == _CALIBRATION else None): r
            for r in found
        }
        self.blind: list[Rated] = []
        self.agreed: dict[tuple[int, UUID], Rated] = {}
        self._load()

    def _load(self) -> None:
        rows = Rating.objects.filter(review__in=[r.pk for r in self.reviews.values()]).values_list(
            "review__calibration_item_id", "review__reviewer_id", "review__kind",
            "category__key", "value", "is_na",
        )  # fmt: skip
        for item, rater, kind, key, value, is_na in rows:
            rated = Rated(item, rater or 0, key, value, is_na)
            if kind == _AGREED:
                self.agreed[item, key] = rated
            else:
                self.blind.append(rated)

    def of(self, item_id: int | None = None, category: UUID | None = None) -> list[Rated]:
        return [
            rated
            for rated in self.blind
            if item_id in {None, rated.item} and category in {None, rated.category}
        ]

    def score(self, item_id: int, rater: int | None) -> float | None:
        review = self.reviews.get((item_id, rater))
        return float(review.score) if review and review.score is not None else None


def comparison(
    session: CalibrationSession, items: Sequence[ShownItem], people: Sequence[Participant]
) -> Comparison:
    """Ratings side by side, spreads and agreement. Only for a session that is being discussed."""
    scores = _Scores(session)
    raters = [person.id for person in people if person.scored]
    scales = {category.key: category.scale for category in scores.categories}
    known = [rated for rated in scores.blind if rated.category in scales]
    return Comparison(
        items=[_compared(item, scores, raters) for item in items],
        overall=comparing.session_agreement(known, scales, raters),
        categories=[_category(category, scores, raters) for category in scores.categories],
    )


def _compared(item: ShownItem, scores: _Scores, raters: Sequence[int]) -> ComparedItem:
    return ComparedItem(
        item=item,
        lines=[_line(item.id, category, scores, raters) for category in scores.categories],
        scores=[scores.score(item.id, rater) for rater in raters],
        agreed_score=scores.score(item.id, None),
    )


def _line(
    item_id: int, category: RubricCategory, scores: _Scores, raters: Sequence[int]
) -> ComparedLine:
    given = {rated.rater: rated for rated in scores.of(item_id, category.key)}
    found = comparing.spread_of(_values(given.values()), category.scale)
    return ComparedLine(
        name=category.name,
        ratings=[_words(given.get(rater), category.scale) for rater in raters],
        agreed=_words(scores.agreed.get((item_id, category.key)), category.scale),
        spread=found,
        is_marked=found is not None and found > scores.session.spread_limit,
    )


def _values(rated: Iterable[Rated]) -> list[int]:
    return [one.value for one in rated if one.value is not None]


def _words(rated: Rated | None, scale: str) -> str:
    if rated is None or (rated.value is None and not rated.is_na):
        return ""
    return with_top(rated.value, scale, is_na=rated.is_na)


def _category(
    category: RubricCategory, scores: _Scores, raters: Sequence[int]
) -> CategoryAgreement:
    rated = scores.of(category=category.key)
    by_item: dict[int, list[Rated]] = defaultdict(list)
    for one in rated:
        by_item[one.item].append(one)
    spreads = [comparing.spread_of(_values(group), category.scale) for group in by_item.values()]
    return CategoryAgreement(
        name=category.name,
        figures=comparing.category_agreement(rated, category.scale, raters),
        widest=max((found for found in spreads if found is not None), default=None),
    )


def follow_ups_of(session: CalibrationSession) -> list[ShownFollowUp]:
    rows = list(
        FollowUp.objects.filter(session=session).select_related("owner__user").order_by("pk")
    )
    if not rows:
        return []
    cipher = privacy.organisation_cipher(session.organisation_id)
    return [
        ShownFollowUp(
            id=row.pk,
            body=cipher.decrypt(row.body, follow_up_aad(row)),
            owner=row.owner.user.name if row.owner else "",
            owner_id=row.owner_id,
            due_on=row.due_on,
            done_at=row.done_at,
        )
        for row in rows
    ]

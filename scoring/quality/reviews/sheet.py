"""A review as its pages show it: the rubric with its answers, and how they become a score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from uuid import UUID

from scoring.quality.arithmetic import HUNDRED, Group, Scale, is_low, share, to_hundredths
from scoring.quality.models import Evidence, Pick, Rating, RatingCause, Review
from scoring.quality.models.scorecards import Category
from scoring.quality.reviews.problems import Problem, rubric_of
from scoring.quality.reviews.scales import Option, options, with_top
from scoring.quality.reviews.scores import Result, groups_of, result_of
from scoring.quality.scorecards.rubrics import Rubric, RubricCategory, RubricGroup
from scoring.quality.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage of a message; `text` is None when it was permanently erased."""

    id: int
    message_id: int
    text: str | None


@dataclass(frozen=True, slots=True)
class CauseChoice:
    key: UUID
    name: str
    depth: int
    is_chosen: bool


@dataclass(slots=True, kw_only=True)
class Line:
    """A category with its answer. `comment` is None when it was permanently erased, or the page
    may not show it; `mine` marks what somebody typed that is not stored."""

    category: RubricCategory
    value: int | None = None
    is_na: bool = False
    comment: str | None = ""
    causes: list[CauseChoice] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    revision: int = 0
    problem: str = ""
    stored: Line | None = None

    @property
    def options(self) -> list[Option]:
        return [] if self.is_text else options(self.category.scale)

    @property
    def is_text(self) -> bool:
        return self.category.kind == Category.Kind.TEXT

    @property
    def is_answered(self) -> bool:
        return bool(self.comment) if self.is_text else self.value is not None or self.is_na

    @property
    def is_low(self) -> bool:
        return self.value is not None and is_low(self.value, Scale(self.category.scale))

    @property
    def answer(self) -> str:
        """In words: `3 of 5`, `Yes`, `Not applicable`."""
        return with_top(self.value, self.category.scale, is_na=self.is_na)

    @property
    def share(self) -> Fraction | None:
        """The rating in percent of its scale."""
        if self.value is None or self.is_text:
            return None
        return HUNDRED * share(self.value, Scale(self.category.scale))

    @property
    def points(self) -> Fraction | None:
        """What the rating earns of its category's weight."""
        return None if self.share is None else self.category.weight * self.share / HUNDRED

    @property
    def chosen_causes(self) -> list[CauseChoice]:
        return [cause for cause in self.causes if cause.is_chosen]


@dataclass(frozen=True, slots=True)
class Part:
    """A group with its lines, and what its ratings come to."""

    group: RubricGroup
    lines: list[Line]
    worth: Group

    @property
    def percent(self) -> float | None:
        """What the group would score alone."""
        found = self.worth.percent
        return None if found is None else float(to_hundredths(found))

    @property
    def scored(self) -> list[Line]:
        return [line for line in self.lines if line.category.is_scored]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything about a review but its conversation. `result` is of what is answered so far."""

    review: Review
    rubric: Rubric
    parts: list[Part]
    quotes: list[Quote]
    result: Result
    is_blind: bool
    is_reviewee_erased: bool

    def lines(self) -> Iterable[Line]:
        return (line for part in self.parts for line in part.lines)

    @property
    def asked(self) -> int:
        return sum(1 for line in self.lines() if not (line.is_text and line.category.allows_na))

    @property
    def answered(self) -> int:
        return sum(
            1
            for line in self.lines()
            if line.is_answered and not (line.is_text and line.category.allows_na)
        )

    @property
    def failed_by(self) -> list[str]:
        """Names of the categories whose rating failed their group or the review."""
        return [
            line.category.name
            for line in self.lines()
            if line.is_low and line.category.is_scored and line.category.auto_fail != "none"
        ]

    @property
    def problems(self) -> list[Line]:
        return [line for line in self.lines() if line.problem]

    def line(self, key: UUID) -> Line | None:
        return next((line for line in self.lines() if line.category.key == key), None)


def sheet_of(review: Review, *, problems: Iterable[Problem] = ()) -> Sheet:
    """Read a review with its answers: about ten queries, whatever its size."""
    ratings = {
        rating.category_id: rating
        for rating in Rating.objects.filter(review=review).select_related("category")
    }
    rubric = rubric_of(review, [rating.category.key for rating in ratings.values()])
    evidence = list(Evidence.objects.filter(review=review).order_by("added_at", "pk"))
    sealer = Sealer(
        review.organisation_id, [review.subject_id, *(row.subject_id for row in evidence)]
    )
    reader = _Reader(review, ratings, sealer, {p.key: p.words for p in problems})
    quotes = _quotes(evidence, sealer)
    values = {
        category.key: ratings[category.id].value
        for category in rubric.categories()
        if category.id in ratings
    }
    worth = groups_of(rubric, values)
    return Sheet(
        review=review,
        rubric=rubric,
        parts=[
            Part(group, [reader.line(c, quotes) for c in group.categories], worth[group.key])
            for group in rubric.groups
        ],
        quotes=quotes.get(None, []),
        result=result_of(rubric, values),
        is_blind=is_blind(review),
        is_reviewee_erased=reader.is_erased,
    )


def is_blind(review: Review) -> bool:
    """Whether its reviewer is to judge without weights, score and other people's reviews."""
    if review.state != Review.State.DRAFT:
        return False
    if review.kind in {Review.Kind.CALIBRATION, Review.Kind.SPOT_CHECK}:
        return True
    return Pick.objects.filter(review=review, cycle__assignment__is_blind=True).exists()


class _Reader:
    def __init__(
        self,
        review: Review,
        ratings: Mapping[int, Rating],
        sealer: Sealer,
        problems: Mapping[UUID, str],
    ) -> None:
        self.review, self.ratings, self.sealer, self.problems = review, ratings, sealer, problems
        cipher = sealer.ciphers.get(review.subject_id) if review.subject_id else None
        self.is_erased = cipher is None or cipher.erased
        self.causes: dict[int, set[int]] = defaultdict(set)
        chosen = RatingCause.objects.filter(rating__review=review)
        for rating_id, cause_id in chosen.values_list("rating_id", "cause_id"):
            self.causes[rating_id].add(cause_id)

    def line(self, category: RubricCategory, quotes: Mapping[int | None, list[Quote]]) -> Line:
        rating = self.ratings.get(category.id)
        chosen = self.causes[rating.pk] if rating else set()
        line = Line(
            category=category,
            causes=[
                CauseChoice(cause.key, cause.name, depth, cause.id in chosen)
                for depth, cause in category.all_causes()
            ],
            quotes=quotes.get(category.id, []),
            revision=self.review.revision,
            problem=self.problems.get(category.key, ""),
        )
        if rating is not None:
            line.value, line.is_na = rating.value, rating.is_na
            line.comment = self._comment(rating)
        return line

    def _comment(self, rating: Rating) -> str | None:
        if rating.comment is None:
            return ""
        return self.sealer.open(rating, "comment", self.review.subject_id)


def _quotes(evidence: Iterable[Evidence], sealer: Sealer) -> dict[int | None, list[Quote]]:
    found: dict[int | None, list[Quote]] = defaultdict(list)
    for row in evidence:
        text = sealer.open(row, "quote", row.subject_id)
        found[row.category_id].append(Quote(row.pk, row.message_id, text))
    return found

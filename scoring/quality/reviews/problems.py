"""What keeps a draft from being submitted, category by category."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaizo.core.errors import DomainError
from scoring.quality.arithmetic import Scale, is_low
from scoring.quality.models import Rating, Review
from scoring.quality.models.scorecards import Category
from scoring.quality.reviews.facts import facts_of_review
from scoring.quality.scorecards import selectors as scorecards
from scoring.quality.scorecards.rubrics import Rubric, RubricCategory


class Lack(StrEnum):
    ANSWER = "answer"
    COMMENT = "comment"
    CAUSE = "cause"


WORDS = {
    Lack.ANSWER: gettext_lazy("not answered yet"),
    Lack.COMMENT: gettext_lazy("a rating this low needs a comment"),
    Lack.CAUSE: gettext_lazy("a rating this low needs a root cause"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    key: UUID
    name: str
    lack: Lack

    @property
    def words(self) -> str:
        return str(WORDS[self.lack])


class Incomplete(DomainError):  # noqa: N818 - reads as what happened
    """Answers are missing; `problems` names the categories and what they lack."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = problems
        missing = "; ".join(f"{problem.name}: {problem.words}" for problem in problems)
        super().__init__(_("Not complete yet. %(missing)s") % {"missing": missing})


def rubric_of(review: Review, answered: Iterable[UUID] = ()) -> Rubric:
    """The rubric as it applies to the review's conversation, with every answered category: what
    was asked once stays, whatever becomes of the conversation."""
    whole = scorecards.rubric(review.version)
    facts, kept = facts_of_review(review), set(answered)
    fitting = {c.key for c in whole.for_conversation(facts).categories()} | kept
    return _only(whole, fitting)


def _only(rubric: Rubric, keys: set[UUID]) -> Rubric:
    groups = (
        replace(group, categories=tuple(c for c in group.categories if c.key in keys))
        for group in rubric.groups
    )
    return replace(rubric, groups=tuple(group for group in groups if group.categories))


def problems_of(review: Review) -> list[Problem]:
    """Everything that a draft lacks, in the order of its rubric."""
    ratings = {
        rating.category.key: rating
        for rating in Rating.objects.filter(review=review).select_related("category")
    }
    with_cause = set(
        Rating.objects.filter(review=review, causes__isnull=False).values_list(
            "category__key", flat=True
        )
    )
    found = []
    for category in rubric_of(review, ratings).categories():
        lack = _lack(category, ratings.get(category.key), has_cause=category.key in with_cause)
        if lack is not None:
            found.append(Problem(category.key, category.name, lack))
    return found


def _lack(category: RubricCategory, rating: Rating | None, *, has_cause: bool) -> Lack | None:
    has_words = rating is not None and rating.comment is not None
    if category.kind == Category.Kind.TEXT:
        return None if has_words or category.allows_na else Lack.ANSWER
    if rating is None or (rating.value is None and not rating.is_na):
        return Lack.ANSWER
    if rating.value is None or not is_low(rating.value, Scale(category.scale)):
        return None
    if category.low_needs_comment and not has_words:
        return Lack.COMMENT
    if category.low_needs_cause and category.causes and not has_cause:
        return Lack.CAUSE
    return None

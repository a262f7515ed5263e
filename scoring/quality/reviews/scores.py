"""From a rubric and what was answered to a score and its parts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from scoring.quality.arithmetic import (
    Answer,
    AutoFail,
    Group,
    Mode,
    Scale,
    review_score,
    share,
)
from scoring.quality.scorecards.rubrics import Rubric, RubricCategory, RubricGroup


@dataclass(frozen=True, slots=True)
class Result:
    """A score as it is stored: percent to two places; all None or False when nothing counts."""

    score: Decimal | None
    passed: bool | None
    auto_failed: bool
    failed_review: bool = False


def result_of(rubric: Rubric, values: Mapping[UUID, int | None]) -> Result:
    """The score of `values` (a category's key to its rating, None for not applicable).

    Categories that are absent have not been answered and count like those that do not apply. A
    review that one category fails as a whole has not passed, however low the pass mark.
    """
    groups = [_group(group, values) for group in rubric.groups]
    found = review_score(groups, Mode(rubric.mode))
    failed_review = found.auto_failed and any(
        answer.is_failure and answer.auto_fail == AutoFail.REVIEW
        for group in groups
        for answer in group.answers
    )
    passed = found.passes(rubric.pass_mark)
    return Result(
        found.rounded(), False if failed_review else passed, found.auto_failed, failed_review
    )


def groups_of(rubric: Rubric, values: Mapping[UUID, int | None]) -> dict[UUID, Group]:
    """Each group with its answers, by its key: the parts of "how this is computed"."""
    return {group.key: _group(group, values) for group in rubric.groups}


def _group(group: RubricGroup, values: Mapping[UUID, int | None]) -> Group:
    return Group(
        [_answer(category, values.get(category.key)) for category in group.scored],
        weight=group.weight,
        is_bonus=group.is_bonus,
    )


def _answer(category: RubricCategory, value: int | None) -> Answer:
    part: Fraction | None = None if value is None else share(value, Scale(category.scale))
    return Answer(category.weight, part, AutoFail(category.auto_fail))

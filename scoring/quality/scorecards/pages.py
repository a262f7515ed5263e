"""Rubrics prepared for templates: every figure with its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scoring.quality.models import Category
from scoring.quality.models.scorecards import AutoFail, Mode, RevieweeRule, Scale
from scoring.quality.scorecards.checking import worth
from scoring.quality.scorecards.rubrics import Conditions, Rubric, RubricCategory, RubricGroup
from scoring.quality.scorecards.words import condition_words, worth_words


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCategory:
    """`worth` says what a full rating gives; empty for what is not scored."""

    category: RubricCategory
    scale: str
    kind: str
    worth: str
    auto_fail: str
    conditions: tuple[str, ...]
    causes: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGroup:
    group: RubricGroup
    categories: tuple[ShownCategory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRubric:
    """`weights_groups`: whether groups have weights that matter."""

    rubric: Rubric
    mode: str
    weights_groups: bool
    reviewee_rule: str
    conditions: tuple[str, ...]
    groups: tuple[ShownGroup, ...]


def shown_rubric(rubric: Rubric, teams: Mapping[int, str]) -> ShownRubric:
    words = worth_by_id(rubric)
    return ShownRubric(
        rubric=rubric,
        mode=str(Mode(rubric.mode).label),
        weights_groups=rubric.mode == Mode.SECTIONS,
        reviewee_rule=str(RevieweeRule(rubric.reviewee_rule).label),
        conditions=_conditions(rubric.conditions, teams),
        groups=tuple(
            ShownGroup(
                group=group,
                categories=tuple(
                    _category(category, words.get(category.id, ""), teams)
                    for category in group.categories
                ),
            )
            for group in rubric.groups
        ),
    )


def worth_by_id(rubric: Rubric) -> dict[int, str]:
    """What a full rating of each scored category gives, in words."""
    parts = worth(rubric)
    return {
        category.id: worth_words(parts[category.key], rubric.mode, is_bonus=group.is_bonus)
        for group in rubric.groups
        for category in group.scored
    }


def _category(category: RubricCategory, worth: str, teams: Mapping[int, str]) -> ShownCategory:
    fails = category.auto_fail != AutoFail.NONE
    return ShownCategory(
        category=category,
        scale=str(Scale(category.scale).label),
        kind=str(Category.Kind(category.kind).label),
        worth=worth,
        auto_fail=str(AutoFail(category.auto_fail).label) if fails else "",
        conditions=_conditions(category.conditions, teams),
        causes=tuple((depth, cause.name) for depth, cause in category.all_causes()),
    )


def _conditions(conditions: Conditions, teams: Mapping[int, str]) -> tuple[str, ...]:
    """One line for each kind of condition that there is."""
    named = (
        (name, getattr(conditions, name)) for name in ("channels", "teams", "tags", "languages")
    )
    return tuple(condition_words(name, values, teams) for name, values in named if values)

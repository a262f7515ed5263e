"""What keeps a draft from being published, and what its weights mean. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from scoring.quality.arithmetic import HUNDRED, AutoFail, Mode
from scoring.quality.scorecards.rubrics import Rubric, RubricCategory, RubricCause, RubricGroup


class Fault(StrEnum):
    NOTHING_SCORED = "nothing_scored"
    NO_WEIGHT = "no_weight"
    NO_GROUP_WEIGHT = "no_group_weight"
    GROUP_WITHOUT_WEIGHTS = "group_without_weights"
    OUT_OF_REACH = "out_of_reach"
    EMPTY_GROUP = "empty_group"
    SAME_GROUP = "same_group"
    SAME_CATEGORY = "same_category"
    SAME_CAUSE = "same_cause"
    NO_CAUSES = "no_causes"
    FAILS_UNSCORED = "fails_unscored"
    NEVER_ASKED = "never_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    fault: Fault
    group: str = ""
    category: str = ""
    cause: str = ""


def problems(rubric: Rubric) -> list[Problem]:
    """Why the rubric cannot be published, in its order; empty when it can."""
    return [*_in_all(rubric), *(p for group in rubric.groups for p in _in_group(rubric, group))]


def _in_all(rubric: Rubric) -> Iterator[Problem]:
    counted = [group for group in rubric.groups if not group.is_bonus and group.scored]
    if not counted:
        yield Problem(fault=Fault.NOTHING_SCORED)
        return
    total = sum(category.weight for group in counted for category in group.scored)
    if not total:
        yield Problem(fault=Fault.NO_WEIGHT)
    elif rubric.mode == Mode.SECTIONS and not sum(group.weight for group in counted):
        yield Problem(fault=Fault.NO_GROUP_WEIGHT)
    elif rubric.mode == Mode.ADDITIVE and total < rubric.pass_mark:
        yield Problem(fault=Fault.OUT_OF_REACH)
    for name in _repeated(group.name for group in rubric.groups):
        yield Problem(fault=Fault.SAME_GROUP, group=name)


def _in_group(rubric: Rubric, group: RubricGroup) -> Iterator[Problem]:
    if not group.categories:
        yield Problem(fault=Fault.EMPTY_GROUP, group=group.name)
    counts = rubric.mode == Mode.SECTIONS and not group.is_bonus and group.weight
    if counts and not sum(category.weight for category in group.scored):
        yield Problem(fault=Fault.GROUP_WITHOUT_WEIGHTS, group=group.name)
    for name in _repeated(category.name for category in group.categories):
        yield Problem(fault=Fault.SAME_CATEGORY, group=group.name, category=name)
    for category in group.categories:
        for fault, applies in _CATEGORY_FAULTS.items():
            if applies(rubric, category):
                yield Problem(fault=fault, group=group.name, category=category.name)
        for name in _repeated_causes(category.causes):
            yield Problem(
                fault=Fault.SAME_CAUSE, group=group.name, category=category.name, cause=name
            )


def _repeated_causes(causes: Sequence[RubricCause]) -> list[str]:
    """Names that stand twice under the same cause."""
    found = _repeated(cause.name for cause in causes)
    return [*found, *(name for cause in causes for name in _repeated_causes(cause.children))]


def _repeated(names: Iterable[str]) -> list[str]:
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for name in names:
        first.setdefault(name.casefold(), name)
        counts[name.casefold()] += 1
    return [first[folded] for folded, times in counts.items() if times > 1]


def _never_asked(rubric: Rubric, category: RubricCategory) -> bool:
    """The scorecard's own conditions leave no conversation that the category's would fit."""
    whole, part = rubric.conditions, category.conditions
    pairs = ((whole.channels, part.channels), (whole.teams, part.teams))
    return any(mine and wanted and not set(mine) & set(wanted) for mine, wanted in pairs)


_CATEGORY_FAULTS: dict[Fault, Callable[[Rubric, RubricCategory], bool]] = {
    Fault.NO_CAUSES: lambda _rubric, category: category.low_needs_cause and not category.causes,
    Fault.FAILS_UNSCORED: lambda _rubric, category: (
        category.auto_fail != AutoFail.NONE and not category.is_scored
    ),
    Fault.NEVER_ASKED: _never_asked,
}


def worth(rubric: Rubric) -> dict[UUID, Fraction]:
    """What a full rating of each scored category gives, by key, when every category is answered.

    Percent of the score in the weighted modes (they add up to 100 without bonus groups), points in
    the additive and deductive ones and in bonus groups.
    """
    counted = [group for group in rubric.groups if not group.is_bonus]
    total = sum(category.weight for group in counted for category in group.scored)
    shares = sum(group.weight for group in counted if _weight(group))
    found: dict[UUID, Fraction] = {}
    for group in rubric.groups:
        for category in group.scored:
            part = Fraction(category.weight)
            if not group.is_bonus and rubric.mode == Mode.WEIGHTED:
                part = HUNDRED * part / total if total else Fraction(0)
            elif not group.is_bonus and rubric.mode == Mode.SECTIONS:
                part = _within(group, shares, category)
            found[category.key] = part
    return found


def _weight(group: RubricGroup) -> int:
    return sum(category.weight for category in group.scored)


def _within(group: RubricGroup, shares: int, category: RubricCategory) -> Fraction:
    own = _weight(group)
    if not own or not shares:
        return Fraction(0)
    return HUNDRED * Fraction(group.weight, shares) * Fraction(category.weight, own)

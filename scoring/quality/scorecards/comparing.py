"""What differs between two rubrics of a scorecard, by the keys that stay the same. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from scoring.quality.scorecards.rubrics import Conditions, Rubric, RubricCategory, RubricGroup

_OF_ALL = ("mode", "pass_mark", "reviewee_rule")
_OF_A_GROUP = ("name", "weight", "is_bonus")
_OF_A_CATEGORY = (
    "name", "kind", "scale", "weight", "allows_na", "auto_fail", "low_needs_comment",
    "low_needs_cause", "description", "good_example", "bad_example",
)  # fmt: skip
_CONDITIONS = ("channels", "languages", "tags", "teams")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`what` is a field's name, or `added`, `removed`, `moved`, `order`, `causes`. `group` and
    `category` are the names after the change; both empty when the whole scorecard changed."""

    what: str
    group: str = ""
    category: str = ""
    before: object = None
    after: object = None


def changes(before: Rubric, after: Rubric) -> list[Change]:
    """Every difference, first of the whole, then group by group as they stand now."""
    return [
        *_fields(before, after, _OF_ALL, "", ""),
        *_conditions(before.conditions, after.conditions, "", ""),
        *_groups(before, after),
    ]


def _fields(
    before: object, after: object, names: tuple[str, ...], group: str, category: str
) -> Iterator[Change]:
    for name in names:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Change(what=name, group=group, category=category, before=old, after=new)


def _conditions(
    before: Conditions, after: Conditions, group: str, category: str
) -> Iterator[Change]:
    for name in _CONDITIONS:
        old, new = getattr(before, name), getattr(after, name)
        if set(old) != set(new):
            yield Change(what=name, group=group, category=category, before=old, after=new)


def _groups(before: Rubric, after: Rubric) -> Iterator[Change]:
    old = {group.key: group for group in before.groups}
    new = {group.key: group for group in after.groups}
    homes = {c.key: (group, c) for group in before.groups for c in group.categories}
    for key, group in new.items():
        if key not in old:
            yield Change(what="added", group=group.name)
        else:
            yield from _fields(old[key], group, _OF_A_GROUP, group.name, "")
        yield from _categories(homes, group)
    for key, group in old.items():
        if key not in new:
            yield Change(what="removed", group=group.name)
    there = {category.key for category in after.categories()}
    for key, (group, category) in homes.items():
        if key not in there:
            yield Change(what="removed", group=group.name, category=category.name)
    yield from _order(before, after)


def _categories(
    homes: dict[UUID, tuple[RubricGroup, RubricCategory]], group: RubricGroup
) -> Iterator[Change]:
    for category in group.categories:
        if category.key not in homes:
            yield Change(what="added", group=group.name, category=category.name)
            continue
        home, was = homes[category.key]
        if home.key != group.key:
            yield Change(
                what="moved",
                group=group.name,
                category=category.name,
                before=home.name,
                after=group.name,
            )
        yield from _fields(was, category, _OF_A_CATEGORY, group.name, category.name)
        yield from _conditions(was.conditions, category.conditions, group.name, category.name)
        if _cause_names(was) != _cause_names(category):
            yield Change(what="causes", group=group.name, category=category.name)


def _cause_names(category: RubricCategory) -> list[tuple[int, str]]:
    return [(depth, cause.name) for depth, cause in category.all_causes()]


def _order(before: Rubric, after: Rubric) -> Iterator[Change]:
    """Once, when what stands in both stands in another order."""
    old = [group.key for group in before.groups], [c.key for c in before.categories()]
    new = [group.key for group in after.groups], [c.key for c in after.categories()]
    for mine, theirs in zip(old, new, strict=True):
        both = set(mine) & set(theirs)
        if [key for key in mine if key in both] != [key for key in theirs if key in both]:
            yield Change(what="order")
            return

"""A draft's groups and categories, one change at a time.

Every function locks the draft and raises Conflict when it is one no longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import models, transaction

from scoring.quality.models import Category, CategoryGroup, RootCause, ScorecardVersion
from scoring.quality.scorecards.rubrics import RubricCategory, RubricGroup
from scoring.quality.scorecards.selectors import rubric
from scoring.quality.scorecards.services.writing import (
    category_fields,
    group_fields,
    lock_draft,
    with_cause_keys,
    write_causes,
)


@transaction.atomic
def add_group(*, version: ScorecardVersion, content: RubricGroup) -> CategoryGroup:
    """A group at the end, without categories."""
    draft = lock_draft(version)
    group: CategoryGroup = CategoryGroup.objects.create(
        organisation_id=draft.organisation_id,
        version=draft,
        key=content.key,
        position=CategoryGroup.objects.filter(version=draft).count(),
        **group_fields(content),
    )
    return group


@transaction.atomic
def change_group(*, group: CategoryGroup, content: RubricGroup) -> None:
    lock_draft(group.version)
    _update(group, **group_fields(content))


@transaction.atomic
def remove_group(*, group: CategoryGroup) -> None:
    """With its categories."""
    lock_draft(group.version)
    group.delete()
    _number(CategoryGroup.objects.filter(version_id=group.version_id))


@transaction.atomic
def move_group(*, group: CategoryGroup, by: int) -> None:
    """One place up (-1) or down (1); at the end it stays."""
    lock_draft(group.version)
    rows = list(CategoryGroup.objects.filter(version_id=group.version_id))
    _swap(rows, rows.index(group), by)


@transaction.atomic
def add_category(*, group: CategoryGroup, content: RubricCategory) -> Category:
    """A category with its causes, at the group's end."""
    lock_draft(group.version)
    category: Category = Category.objects.create(
        organisation_id=group.organisation_id,
        group=group,
        key=content.key,
        position=Category.objects.filter(group=group).count(),
        **category_fields(content),
    )
    write_causes([(category, None, content.causes)])
    return category


@transaction.atomic
def change_category(*, category: Category, content: RubricCategory) -> None:
    """Everything but its key and place. Causes of the same name in the same place keep theirs."""
    version = lock_draft(category.group.version)
    _update(category, **category_fields(content))
    before = rubric(version).category(category.key)
    causes = with_cause_keys(before.causes if before else (), content.causes)
    RootCause.objects.filter(category=category).delete()
    write_causes([(category, None, causes)])


@transaction.atomic
def remove_category(*, category: Category) -> None:
    lock_draft(category.group.version)
    category.delete()
    _number(Category.objects.filter(group_id=category.group_id))


@transaction.atomic
def move_category(*, category: Category, by: int) -> None:
    """One place up (-1) or down (1). From a group's end it goes on into the next group; at the end
    of the scorecard it stays."""
    version = lock_draft(category.group.version)
    rows = list(Category.objects.filter(group_id=category.group_id))
    place = rows.index(category)
    if 0 <= place + by < len(rows):
        _swap(rows, place, by)
        return
    groups = list(CategoryGroup.objects.filter(version=version))
    there = [group.pk for group in groups].index(category.group_id) + by
    if 0 <= there < len(groups):
        _move_into(category, groups[there], at_end=by < 0)


@transaction.atomic
def set_weights(
    *, version: ScorecardVersion, groups: Mapping[int, int], categories: Mapping[int, int]
) -> None:
    """New weights by id, for some or all; ids that are not the draft's are passed over."""
    draft = lock_draft(version)
    for group in CategoryGroup.objects.filter(version=draft, pk__in=groups):
        _update(group, weight=groups[group.pk])
    for category in Category.objects.filter(group__version=draft, pk__in=categories):
        _update(category, weight=categories[category.pk])


def _move_into(category: Category, group: CategoryGroup, *, at_end: bool) -> None:
    left = category.group_id
    rows = list(Category.objects.filter(group=group))
    _update(category, group=group)
    _place([*rows, category] if at_end else [category, *rows])
    _number(Category.objects.filter(group_id=left))


def _swap(rows: Sequence[models.Model], place: int, by: int) -> None:
    ordered = list(rows)
    other = place + by
    if 0 <= other < len(ordered):
        ordered[place], ordered[other] = ordered[other], ordered[place]
    _place(ordered)


def _number(rows: models.QuerySet[CategoryGroup] | models.QuerySet[Category]) -> None:
    _place(list(rows))


def _place(rows: Sequence[models.Model]) -> None:
    """Number the rows as they stand; only those that moved are written."""
    for place, row in enumerate(rows):
        if getattr(row, "position") != place:  # noqa: B009 - groups and categories alike
            _update(row, position=place)


def _update(row: models.Model, **fields: object) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))

"""A rubric's tree put into rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from kaizo.core.errors import Conflict
from scoring.quality.models import Category, CategoryGroup, RootCause, ScorecardVersion
from scoring.quality.scorecards.rubrics import (
    Conditions,
    Rubric,
    RubricCategory,
    RubricCause,
    RubricGroup,
)


def lock_draft(version: ScorecardVersion) -> ScorecardVersion:
    """The version's row, locked for the transaction. Raises Conflict when it is published or gone:
    somebody else was faster."""
    draft: ScorecardVersion | None = (
        ScorecardVersion.objects.select_for_update()
        .filter(pk=version.pk, state=ScorecardVersion.State.DRAFT)
        .first()
    )
    if draft is None:
        raise Conflict(_("This version is no longer a draft, so it cannot be changed."))
    return draft


def condition_fields(conditions: Conditions) -> dict[str, list[Any]]:
    return {
        "channels": list(conditions.channels),
        "languages": list(conditions.languages),
        "tags": list(conditions.tags),
        "teams": list(conditions.teams),
    }


def rubric_fields(rubric: Rubric) -> dict[str, Any]:
    """What of a rubric stands in the version's own row."""
    return {
        "mode": rubric.mode,
        "pass_mark": rubric.pass_mark,
        "reviewee_rule": rubric.reviewee_rule,
        **condition_fields(rubric.conditions),
    }


def group_fields(group: RubricGroup) -> dict[str, Any]:
    return {"name": group.name, "weight": group.weight, "is_bonus": group.is_bonus}


def category_fields(category: RubricCategory) -> dict[str, Any]:
    return {
        "name": category.name,
        "description": category.description,
        "good_example": category.good_example,
        "bad_example": category.bad_example,
        "kind": category.kind,
        "scale": category.scale,
        "weight": category.weight,
        "allows_na": category.allows_na,
        "auto_fail": category.auto_fail,
        "low_needs_comment": category.low_needs_comment,
        "low_needs_cause": category.low_needs_cause,
        **condition_fields(category.conditions),
    }


def write_groups(version: ScorecardVersion, groups: Sequence[RubricGroup]) -> None:
    """Store groups, categories and causes under a draft that has none, in the order given."""
    organisation_id = version.organisation_id
    rows = CategoryGroup.objects.bulk_create(
        CategoryGroup(
            organisation_id=organisation_id,
            version=version,
            key=group.key,
            position=place,
            **group_fields(group),
        )
        for place, group in enumerate(groups)
    )
    pairs = [
        (
            Category(
                organisation_id=organisation_id,
                group=row,
                key=category.key,
                position=place,
                **category_fields(category),
            ),
            category.causes,
        )
        for row, group in zip(rows, groups, strict=True)
        for place, category in enumerate(group.categories)
    ]
    Category.objects.bulk_create([row for row, _causes in pairs])
    write_causes((row, None, causes) for row, causes in pairs)


def write_causes(
    placed: Iterable[tuple[Category, RootCause | None, Sequence[RubricCause]]],
) -> None:
    """Store causes tier by tier: one statement for each depth, however many categories."""
    tier = [
        (
            RootCause(
                organisation_id=category.organisation_id,
                category=category,
                parent=parent,
                key=cause.key,
                position=place,
                name=cause.name,
            ),
            cause.children,
        )
        for category, parent, causes in placed
        for place, cause in enumerate(causes)
    ]
    if tier:
        RootCause.objects.bulk_create([row for row, _below in tier])
        write_causes((row.category, row, below) for row, below in tier if below)


def with_cause_keys(
    before: Sequence[RubricCause], after: Sequence[RubricCause]
) -> tuple[RubricCause, ...]:
    """`after`, with the keys that causes of the same name in the same place have in `before`."""
    old = {cause.name: cause for cause in before}
    return tuple(
        replace(
            cause,
            key=old[cause.name].key,
            children=with_cause_keys(old[cause.name].children, cause.children),
        )
        if cause.name in old
        else cause
        for cause in after
    )

"""The only way from a request to a scorecard. Foreign, hidden and missing are all 404."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from kaizo.accounts.models import Membership
from kaizo.core.permissions import Action, can
from scoring.quality.models import Category, CategoryGroup, Scorecard, ScorecardVersion

_State = ScorecardVersion.State


def visible_scorecards(actor: Membership) -> QuerySet[Scorecard]:
    """Whoever manages scorecards sees all, everybody else those that were ever published."""
    scorecards: QuerySet[Scorecard] = Scorecard.objects.all()
    if can(actor, Action.MANAGE_SCORECARDS):
        return scorecards
    published = ScorecardVersion.objects.filter(state=_State.PUBLISHED)
    return scorecards.filter(pk__in=published.values("scorecard"))


def visible_versions(actor: Membership) -> QuerySet[ScorecardVersion]:
    """Drafts are seen by whoever manages scorecards."""
    versions: QuerySet[ScorecardVersion] = ScorecardVersion.objects.select_related("scorecard")
    if can(actor, Action.MANAGE_SCORECARDS):
        return versions
    return versions.filter(state=_State.PUBLISHED)


def access_scorecard(*, actor: Membership, scorecard_id: int) -> Scorecard:
    return get_object_or_404(visible_scorecards(actor), pk=scorecard_id)


def access_version(*, actor: Membership, scorecard_id: int, number: int) -> ScorecardVersion:
    found = visible_versions(actor)
    return get_object_or_404(found, scorecard_id=scorecard_id, number=number)


def access_draft(*, scorecard_id: int) -> ScorecardVersion:
    """The scorecard's open draft."""
    drafts = ScorecardVersion.objects.select_related("scorecard").filter(state=_State.DRAFT)
    draft: ScorecardVersion = get_object_or_404(drafts, scorecard_id=scorecard_id)
    return draft


def access_group(*, scorecard_id: int, group_id: int) -> CategoryGroup:
    """A group of the scorecard's open draft."""
    groups = CategoryGroup.objects.select_related("version__scorecard")
    group: CategoryGroup = get_object_or_404(
        groups, pk=group_id, version__scorecard=scorecard_id, version__state=_State.DRAFT
    )
    return group


def access_category(*, scorecard_id: int, category_id: int) -> Category:
    """A category of the scorecard's open draft."""
    categories = Category.objects.select_related("group__version__scorecard")
    category: Category = get_object_or_404(
        categories,
        pk=category_id,
        group__version__scorecard=scorecard_id,
        group__version__state=_State.DRAFT,
    )
    return category

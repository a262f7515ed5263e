"""Editing a draft: everything works by plain forms; htmx only saves reloading the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.core.http import is_fragment, render_page
from kaizo.core.permissions import Action, TenantRequest, allow
from scoring.quality.models import CategoryGroup, ScorecardVersion
from scoring.quality.scorecards import services
from scoring.quality.scorecards.access import access_category, access_draft, access_group
from scoring.quality.scorecards.checking import problems
from scoring.quality.scorecards.forms import CategoryForm, DetailsForm, GroupForm, WeightsForm
from scoring.quality.scorecards.pages import shown_rubric, worth_by_id
from scoring.quality.scorecards.rubrics import Rubric, RubricCategory
from scoring.quality.scorecards.selectors import published_before, rubric, team_names
from scoring.quality.scorecards.views.common import crumbs, form_page, go, url
from scoring.quality.scorecards.words import problem_sentence

_STEPS = {"up": -1, "down": 1}


def _builder(
    request: TenantRequest, draft: ScorecardVersion, *, said: str = "", **forms: Any
) -> HttpResponse:
    """The whole page, or its changing part for htmx. `said` is announced to assistive tools."""
    content = _as_typed(request, rubric(draft))
    teams = team_names()
    bound = [form for form in forms.values() if form.is_bound]
    context = {
        "scorecard": draft.scorecard,
        "version": draft,
        "shown": shown_rubric(content, teams),
        "problems": [problem_sentence(problem) for problem in problems(content)],
        "before": published_before(draft),
        "details": DetailsForm(initial=DetailsForm.values(content, draft.change_note), teams=teams),
        "group_form": GroupForm(),
        "said": said,
        "crumbs": crumbs(request, draft.scorecard, page=_("Edit")),
        **forms,
    }
    status = 422 if bound else 200
    page = "quality/scorecards/builder.html"
    return render_page(request, page, context, fragment="builder", status=status)


def _as_typed(request: TenantRequest, content: Rubric) -> Rubric:
    """With the weights that were typed but not saved, so that moving something loses none."""
    form = WeightsForm(request.POST, rubric=content)
    form.is_valid()
    return _weighted(content, form.numbers("g"), form.numbers("c"))


def _back(request: TenantRequest, scorecard_id: int, *, said: str = "") -> HttpResponse:
    """The builder after a change: as a fragment for htmx, else by a redirect."""
    if is_fragment(request):
        return _builder(request, access_draft(scorecard_id=scorecard_id), said=said)
    if said:
        messages.success(request, said)
    return go(request, "scorecard_edit", scorecard_id=scorecard_id)


@require_safe
@allow(Action.MANAGE_SCORECARDS)
def edit(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    return _builder(request, access_draft(scorecard_id=scorecard_id))


@require_POST
@allow(Action.MANAGE_SCORECARDS)
def details(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    draft = access_draft(scorecard_id=scorecard_id)
    form = DetailsForm(request.POST, teams=team_names())
    if not form.is_valid():
        return _builder(request, draft, details=form)
    names = ("mode", "pass_mark", "reviewee_rule", "change_note")
    services.change_details(
        version=draft,
        conditions=form.conditions(),
        **{name: form.cleaned_data[name] for name in names},
    )
    messages.success(request, _("Saved."))
    return go(request, "scorecard_edit", scorecard_id=scorecard_id)


@require_POST
@allow(Action.MANAGE_SCORECARDS)
def weights(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    """Save all weights; with `?preview=1` only say what they would mean."""
    draft = access_draft(scorecard_id=scorecard_id)
    content = rubric(draft)
    form = WeightsForm(request.POST, rubric=content)
    is_valid = form.is_valid()
    groups, categories = form.numbers("g"), form.numbers("c")
    if request.GET.get("preview"):
        words = worth_by_id(_weighted(content, groups, categories))
        return render_page(request, "quality/scorecards/worth.html", {"words": words.items()})
    if not is_valid:
        messages.error(request, _("A weight is a whole number from 0 to 100."))
        return _builder(request, draft, weights_form=form)
    services.set_weights(version=draft, groups=groups, categories=categories)
    return _back(request, scorecard_id, said=_("Weights saved."))


def _weighted(content: Rubric, groups: dict[int, int], categories: dict[int, int]) -> Rubric:
    """The rubric as it would be with other weights."""
    changed = (
        replace(
            group,
            weight=groups.get(group.id, group.weight),
            categories=tuple(
                replace(c, weight=categories.get(c.id, c.weight)) for c in group.categories
            ),
        )
        for group in content.groups
    )
    return replace(content, groups=tuple(changed))


@require_POST
@allow(Action.MANAGE_SCORECARDS)
def new_group(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    draft = access_draft(scorecard_id=scorecard_id)
    form = GroupForm(request.POST)
    if not form.is_valid():
        return _builder(request, draft, group_form=form)
    services.add_group(version=draft, content=form.content())
    return go(request, "scorecard_edit", scorecard_id=scorecard_id)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCORECARDS)
def group(request: TenantRequest, scorecard_id: int, group_id: int) -> HttpResponse:
    found = access_group(scorecard_id=scorecard_id, group_id=group_id)
    initial = {"name": found.name, "weight": found.weight, "is_bonus": found.is_bonus}
    form = GroupForm(request.POST or None, initial=initial)
    if form.is_valid():
        services.change_group(group=found, content=form.content())
        return go(request, "scorecard_edit", scorecard_id=scorecard_id)
    context = _part_context(request, found, found.name)
    return form_page(request, "quality/scorecards/group.html", form, context)


@require_POST
@allow(Action.MANAGE_SCORECARDS)
def move_group(request: TenantRequest, scorecard_id: int, group_id: int) -> HttpResponse:
    found = access_group(scorecard_id=scorecard_id, group_id=group_id)
    services.move_group(group=found, by=_STEPS.get(request.POST.get("to", ""), 0))
    return _back(request, scorecard_id, said=_("%(name)s moved.") % {"name": found.name})


@require_POST
@allow(Action.MANAGE_SCORECARDS)
def remove_group(request: TenantRequest, scorecard_id: int, group_id: int) -> HttpResponse:
    found = access_group(scorecard_id=scorecard_id, group_id=group_id)
    services.remove_group(group=found)
    return _back(request, scorecard_id, said=_("%(name)s removed.") % {"name": found.name})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCORECARDS)
def new_category(request: TenantRequest, scorecard_id: int, group_id: int) -> HttpResponse:
    found = access_group(scorecard_id=scorecard_id, group_id=group_id)
    form = CategoryForm(request.POST or None, teams=team_names())
    if form.is_valid():
        services.add_category(group=found, content=form.content())
        return go(request, "scorecard_edit", scorecard_id=scorecard_id)
    context = _part_context(request, found, _("New category"))
    return form_page(request, "quality/scorecards/category.html", form, context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_SCORECARDS)
def category(request: TenantRequest, scorecard_id: int, category_id: int) -> HttpResponse:
    found = access_category(scorecard_id=scorecard_id, category_id=category_id)
    content = rubric(found.group.version).category(found.key) or RubricCategory(name=found.name)
    initial = CategoryForm.values(content)
    form = CategoryForm(request.POST or None, initial=initial, teams=team_names())
    if form.is_valid():
        services.change_category(category=found, content=form.content())
        return go(request, "scorecard_edit", scorecard_id=scorecard_id)
    context = _part_context(request, found.group, found.name) | {"category": found}
    return form_page(request, "quality/scorecards/category.html", form, context)


@require_POST
@allow(Action.MANAGE_SCORECARDS)
def move_category(request: TenantRequest, scorecard_id: int, category_id: int) -> HttpResponse:
    found = access_category(scorecard_id=scorecard_id, category_id=category_id)
    services.move_category(category=found, by=_STEPS.get(request.POST.get("to", ""), 0))
    return _back(request, scorecard_id, said=_("%(name)s moved.") % {"name": found.name})


@require_POST
@allow(Action.MANAGE_SCORECARDS)
def remove_category(request: TenantRequest, scorecard_id: int, category_id: int) -> HttpResponse:
    found = access_category(scorecard_id=scorecard_id, category_id=category_id)
    services.remove_category(category=found)
    return _back(request, scorecard_id, said=_("%(name)s removed.") % {"name": found.name})


def _part_context(request: TenantRequest, found: CategoryGroup, title: str) -> dict[str, Any]:
    card = found.version.scorecard
    way = crumbs(request, card)
    back = url(request, "scorecard_edit", scorecard_id=card.pk)
    return {
        "scorecard": card,
        "group": found,
        "heading": title,
        "back_url": back,
        "crumbs": [*way, {"label": _("Edit"), "url": back}, {"label": title, "url": ""}],
    }

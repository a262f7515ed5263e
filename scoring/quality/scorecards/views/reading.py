"""Looking at scorecards: the list, a version as a rubric, what changed between two."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow, can
from scoring.quality.models import ScorecardVersion
from scoring.quality.scorecards.access import (
    access_scorecard,
    access_version,
    visible_scorecards,
    visible_versions,
)
from scoring.quality.scorecards.comparing import changes
from scoring.quality.scorecards.files import document_of, write_file
from scoring.quality.scorecards.pages import shown_rubric
from scoring.quality.scorecards.selectors import card_states, published_before, rubric, team_names
from scoring.quality.scorecards.views.common import crumbs
from scoring.quality.scorecards.words import change_sentence


@require_safe
@allow(Action.VIEW_SCORECARDS)
def scorecard_list(request: TenantRequest) -> HttpResponse:
    states = card_states(visible_scorecards(request.actor), visible_versions(request.actor))
    context = {
        "states": [state for state in states if state.scorecard.archived_at is None],
        "archived": [state for state in states if state.scorecard.archived_at is not None],
        "may_manage": can(request.actor, Action.MANAGE_SCORECARDS),
    }
    return render_page(request, "quality/scorecards/list.html", context)


@require_safe
@allow(Action.VIEW_SCORECARDS)
def scorecard(request: TenantRequest, scorecard_id: int) -> HttpResponse:
    """The version that holds, or the next that will."""
    found = access_scorecard(actor=request.actor, scorecard_id=scorecard_id)
    (state,) = card_states([found], visible_versions(request.actor))
    return _version_page(request, state.shown)


@require_safe
@allow(Action.VIEW_SCORECARDS)
def version(request: TenantRequest, scorecard_id: int, version_number: int) -> HttpResponse:
    """One version as it was or is."""
    found = access_version(actor=request.actor, scorecard_id=scorecard_id, number=version_number)
    return _version_page(request, found)


def _version_page(request: TenantRequest, shown: ScorecardVersion) -> HttpResponse:
    found = shown.scorecard
    versions = visible_versions(request.actor)
    (state,) = card_states([found], versions)
    context = {
        "scorecard": found,
        "version": shown,
        "state": state,
        "versions": versions.filter(scorecard=found).order_by("-number"),
        "before": published_before(shown),
        "shown": shown_rubric(rubric(shown), team_names()),
        "may_manage": can(request.actor, Action.MANAGE_SCORECARDS),
        "crumbs": crumbs(request, page=found.name),
    }
    return render_page(request, "quality/scorecards/version.html", context)


@require_safe
@allow(Action.VIEW_SCORECARDS)
def compare(request: TenantRequest, scorecard_id: int, version_number: int) -> HttpResponse:
    """What a version changes against the one before it, or against `?with=`."""
    found = access_version(actor=request.actor, scorecard_id=scorecard_id, number=version_number)
    wanted = request.GET.get("with", "")
    if wanted.isdecimal():
        other: ScorecardVersion | None = access_version(
            actor=request.actor, scorecard_id=scorecard_id, number=int(wanted)
        )
    else:
        other = published_before(found)
    teams = team_names()
    between = changes(rubric(other), rubric(found)) if other else []
    context = {
        "scorecard": found.scorecard,
        "version": found,
        "other": other,
        "sentences": [change_sentence(change, teams) for change in between],
        "versions": visible_versions(request.actor)
        .filter(scorecard=found.scorecard)
        .exclude(pk=found.pk)
        .order_by("-number"),
        "crumbs": crumbs(request, found.scorecard, page=_("What changes")),
    }
    return render_page(request, "quality/scorecards/compare.html", context)


@require_safe
@allow(Action.VIEW_SCORECARDS)
def export(request: TenantRequest, scorecard_id: int, version_number: int) -> HttpResponse:
    """The version as a JSON document."""
    found = access_version(actor=request.actor, scorecard_id=scorecard_id, number=version_number)
    card = found.scorecard
    document = document_of(
        rubric(found), name=card.name, description=card.description, teams=team_names()
    )
    name = f"{slugify(card.name) or 'scorecard'}-{found.number}.json"
    response = HttpResponse(write_file(document), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

"""Quality for those who lead, and an agent's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kaizo.core.csv import csv_response
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow, can
from privacy.api import ReadingChannel
from scoring import pages as scoring_pages
from scoring.access import own_identities, permitted_team, sees_all_teams, teams_to_choose
from scoring.forms import PERIOD_DAYS
from scoring.quality.assignments.selectors import progress_between
from scoring.quality.calibration.distances import distances
from scoring.quality.dashboards import pages, selectors, tables
from scoring.quality.dashboards.forms import QualityFilters, QualityQuestion
from scoring.quality.dashboards.queries import Part
from scoring.quality.dashboards.tables import Link, Table
from scoring.quality.models import Review, Scorecard
from scoring.readings import Reading
from tickets.readings import saw


def _url(request: TenantRequest, name: str, **arguments: object) -> str:
    return reverse(
        f"quality:{name}", kwargs={"organisation": request.organisation.slug, **arguments}
    )


def _query(request: TenantRequest, **changed: str | None) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}" if query else ""


def _asked(request: TenantRequest) -> tuple[QualityFilters, QualityQuestion, Part]:
    data = request.GET.copy()
    teams = teams_to_choose(request.actor)
    data["team"] = permitted_team(request.actor, teams, data.get("team", ""))
    form = QualityFilters(data)
    cards = dict(Scorecard.objects.values_list("pk", "name"))
    everywhere = sees_all_teams(request.actor)
    form.offer(teams, cards, all_teams=everywhere)
    asked = form.question(today=timezone.localdate())
    led_by = None if everywhere else request.actor.pk
    return form, asked, Part(asked.sample, asked.team_id, asked.scorecard_id, led_by)


def _link(request: TenantRequest, asked: QualityQuestion, **always: object) -> Link:
    """Leads to the reviews behind a figure: those of the period, narrowed by one thing more."""
    base = _url(request, "review_list")

    def link(
        *, first: date = asked.period.first, last: date = asked.period.last, **narrowed: object
    ) -> str:
        about: dict[str, object] = {
            "sample": asked.sample, "scorecard": asked.scorecard_id, "team": asked.team_id,
            "since": first, "until": last, "state": "counted", **always, **narrowed,
        }  # fmt: skip
        told = {name: str(value) for name, value in about.items() if value not in (None, "")}
        return f"{base}?{urlencode(told)}"

    return link


def _periods(request: TenantRequest, asked: QualityQuestion) -> list[dict[str, Any]]:
    names = {7: _("7 days"), 28: _("28 days"), 91: _("Quarter")}
    return [
        {
            "label": names[days],
            "url": _query(request, days=str(days), first=None, last=None) or "?",
            "is_current": days == asked.days,
        }
        for days in PERIOD_DAYS
    ]


def _page(
    request: TenantRequest, form: QualityFilters, asked: QualityQuestion, found: Sequence[Table]
) -> dict[str, Any]:
    """What both pages show of their question and tables."""
    period = asked.period
    return {
        "form": form,
        "periods": _periods(request, asked),
        "period": scoring_pages.period_label(period.first, period.last),
        "previous_period": scoring_pages.period_label(period.previous.first, period.previous.last),
        "sample": Review.Sample(asked.sample).label,
        "tables": found,
        "query": _query(request),
    }


def _as_csv(found: Sequence[Table], code: str, period: Any) -> HttpResponse:
    wanted = next((table for table in found if table.code == code), None)
    if wanted is None:
        raise Http404
    name = f"quality-{code}-{period.first}-{period.last}"
    return csv_response(name, wanted.head, (list(map(str, row.cells)) for row in wanted.rows))


@require_safe
@allow(Action.VIEW_QUALITY)
def dashboard(request: TenantRequest) -> HttpResponse:
    """How quality stands, over time, by category, agent, team, reviewer and channel."""
    form, asked, part = _asked(request)
    found = selectors.quality_dashboard(period=asked.period, part=part)
    _leave_trace(request, found, ReadingChannel.PAGE)
    link = _link(request, asked)
    shown = _tables(request, found, link)
    context = _page(request, form, asked, shown) | {
        "minimum": found.minimum,
        "tiles": pages.dashboard_tiles(found, link, _definitions(request)),
        "trend": pages.trend(found.steps, link),
    }
    return render_page(request, "quality/dashboard/dashboard.html", context)


@require_safe
@allow(Action.VIEW_QUALITY)
def dashboard_csv(request: TenantRequest, table: str) -> HttpResponse:
    """One table of the page as a file, by the same question."""
    _form, asked, part = _asked(request)
    found = selectors.quality_dashboard(period=asked.period, part=part)
    _leave_trace(request, found, ReadingChannel.FILE)
    shown = _tables(request, found, _link(request, asked))
    return _as_csv(shown, table, asked.period)


def _tables(request: TenantRequest, found: selectors.QualityDashboard, link: Link) -> list[Table]:
    """With the assignments that the reader may see, each leading to its page where they may."""
    manages = can(request.actor, Action.MANAGE_ASSIGNMENTS)
    running = [
        (row, _url(request, "assignment", assignment_id=row.id) if manages else "")
        for row in progress_between(request.actor, found.period.first, found.period.last)
    ]
    return tables.dashboard_tables(found, distances(request.actor), running, link)


def _leave_trace(
    request: TenantRequest, found: selectors.QualityDashboard, channel: ReadingChannel
) -> None:
    agents = [line.key for line in found.agents]
    saw(Reading.QUALITY, reader=request.actor, agents=agents, channel=channel)


def _own(request: TenantRequest) -> tuple[QualityFilters, QualityQuestion, selectors.OwnQuality]:
    form = QualityFilters(request.GET)
    form.offer({}, {}, all_teams=True)
    for name in ("team", "scorecard"):
        del form.fields[name]
    asked = form.question(today=timezone.localdate())
    found = selectors.own_quality(
        agent_ids=own_identities(request.actor), period=asked.period, sample=asked.sample
    )
    return form, asked, found


@require_safe
@allow(Action.VIEW_OWN_WEEK)
def own(request: TenantRequest) -> HttpResponse:
    """An agent's own quality against their own period before."""
    form, asked, found = _own(request)
    link = _link(request, asked, mine="on")
    context = _page(request, form, asked, tables.own_tables(found, link)) | {
        "minimum": found.minimum,
        "tiles": pages.own_tiles(found, link, _definitions(request)),
        "trend": pages.trend(found.steps, link),
    }
    return render_page(request, "quality/dashboard/own.html", context)


@require_safe
@allow(Action.VIEW_OWN_WEEK)
def own_csv(request: TenantRequest, table: str) -> HttpResponse:
    _form, asked, found = _own(request)
    link = _link(request, asked, mine="on")
    return _as_csv(tables.own_tables(found, link), table, asked.period)


def _definitions(request: TenantRequest) -> str:
    base = reverse("scoring:definitions", kwargs={"organisation": request.organisation.slug})
    return f"{base}#iqs"

"""The team lead's dashboard, the agent's own week, the way down to the tickets, definitions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow
from scoring import pages
from scoring.access import own_identities, permitted_team, sees_all_teams, teams_to_choose
from scoring.dashboards import selectors
from scoring.dashboards.figures import TrendPoint
from scoring.dashboards.periods import A_WEEK, Period
from scoring.dashboards.queries import Slice
from scoring.forms import PERIOD_DAYS, DashboardFilters, Question
from scoring.metrics import register
from scoring.metrics.register import Kpi, NotAViewer, UnknownKpi
from scoring.readings import Reading
from scoring.selectors import day_part, kpi_trend, tickets_behind
from tickets.readings import saw

P = ParamSpec("P")
TenantView = Callable[Concatenate[TenantRequest, P], HttpResponse]
PER_PAGE = 50


def about_a_kpi(view: TenantView[P]) -> TenantView[P]:
    """An unknown KPI is not found; one that is not declared for the role is refused."""

    @wraps(view)
    def guarded(request: TenantRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except UnknownKpi as error:
            raise Http404 from error
        except NotAViewer as error:
            raise PermissionDenied from error

    return cast("TenantView[P]", guarded)


def _url(request: TenantRequest, name: str, **arguments: object) -> str:
    return reverse(
        f"scoring:{name}", kwargs={"organisation": request.organisation.slug, **arguments}
    )


def _definition_url(request: TenantRequest) -> pages.LinkTo:
    base = _url(request, "definitions")
    return lambda kpi: f"{base}#{kpi.code}"


def _query(request: TenantRequest, **changed: str | None) -> str:
    """The page's own question, with some of it changed; None takes a part away."""
    query = request.GET.copy()
    for name, value in changed.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}" if query else ""


def _filters(request: TenantRequest) -> tuple[DashboardFilters, Question]:
    data = request.GET.copy()
    teams = teams_to_choose(request.actor)
    data["team"] = permitted_team(request.actor, teams, data.get("team", ""))
    form = DashboardFilters(data)
    form.offer(teams, all_teams=sees_all_teams(request.actor))
    return form, form.question(today=timezone.localdate())


def _step_url(request: TenantRequest, query: str) -> pages.LinkToStep:
    """A day leads to its tickets, a week or month to its days."""
    base = _url(request, "dashboard")  # one look-up for the hundreds of days on a page

    @cache  # every tile has the same steps
    def span(first: date, days: int) -> str:
        last = first + timedelta(days=days - 1)
        return _query(request, sort=None, days=None, first=str(first), last=str(last))

    def url(kpi: Kpi, step: TrendPoint) -> str:
        if step.days == 1:
            return f"{base}{kpi.code}/{step.day}/{query}"
        return f"{base}{kpi.code}/{span(step.day, step.days)}"

    return url


def _periods(request: TenantRequest, asked: Question) -> list[dict[str, Any]]:
    names = {7: _("7 days"), 28: _("28 days"), 91: _("Quarter")}
    return [
        {
            "label": names[days],
            "url": _query(request, days=str(days), first=None, last=None) or "?",
            "is_current": days == asked.days,
        }
        for days in PERIOD_DAYS
    ]


def _asked_for(request: TenantRequest, form: DashboardFilters, asked: Question) -> dict[str, Any]:
    """What every dashboard page shows of its question."""
    period = asked.period
    return {
        "form": form,
        "periods": _periods(request, asked),
        "period": pages.period_label(period.first, period.last),
        "previous_period": pages.period_label(period.previous.first, period.previous.last),
        "definitions_url": _url(request, "definitions"),
    }


def _sorting(request: TenantRequest, kpis: list[Kpi]) -> str:
    """An order that exists, or none: then agents stand by name."""
    sort = request.GET.get("sort", "")
    return sort if sort.removeprefix("-") in {kpi.code for kpi in kpis} else ""


@require_safe
@allow(Action.VIEW_TEAM_DASHBOARD)
def dashboard(request: TenantRequest) -> HttpResponse:
    form, asked = _filters(request)
    kpis = pages.by_clock(register.visible_to(request.actor.role), asked.clock)
    sort = _sorting(request, kpis)
    board = selectors.lead_dashboard(
        period=asked.period,
        part=asked.part,
        role=request.actor.role,
        kpis=kpis,
        sort=sort,
        grain=asked.period.grain,
    )
    saw(Reading.FIGURES, reader=request.actor, people=[row.subject_id for row in board.agents])
    base, query = _url(request, "dashboard"), _query(request, sort=None)
    tickets = reverse("tickets:ticket_list", kwargs={"organisation": request.organisation.slug})
    since = f"since={asked.period.first}&until={asked.period.last}"
    context = _asked_for(request, form, asked) | {
        "groups": pages.dashboard_tiles(
            board,
            url=lambda kpi: f"{base}{kpi.code}/{query}",
            step_url=_step_url(request, query),
            definition_url=_definition_url(request),
        ),
        "columns": pages.column_heads(board.kpis),
        "agents": pages.agent_rows(
            board.agents, board.kpis, url=lambda row: f"{tickets}?agent={row.agent_id}&{since}"
        ),
        "sort": sort or "name",
    }
    return render_page(request, "scoring/dashboard.html", context, fragment="agents")


@require_safe
@allow(Action.VIEW_TEAM_DASHBOARD)
@about_a_kpi
def kpi_days(request: TenantRequest, code: str) -> HttpResponse:
    """One KPI of a period, day by day."""
    kpi = register.visible(code, role=request.actor.role)
    form, asked = _filters(request)
    shown, before = (
        kpi_trend(code=code, period=span, part=asked.part, role=request.actor.role)
        for span in (asked.period, asked.period.previous)
    )
    query = _query(request, sort=None)
    step_url = _step_url(request, query)
    context = _asked_for(request, form, asked) | {
        "kpi": pages.definition(kpi),
        "unit": pages.written_in(kpi),
        "tile": pages.comparison_tile(
            shown, url=lambda _kpi: "", step_url=step_url, definition_url=_definition_url(request)
        ),
        "trend": pages.trend_points(shown.trend, lambda step: step_url(kpi, step)),
        "earlier": pages.trend_points(before.trend, None),
        "rows": pages.step_rows(shown, step_url=step_url),
        "crumbs": [
            {"label": _("Team dashboard"), "url": _url(request, "dashboard") + query},
            {"label": _(kpi.name), "url": ""},
        ],
    }
    return render_page(request, "scoring/kpi_days.html", context)


def _day_context(request: TenantRequest, *, code: str, day: date, part: Slice) -> dict[str, Any]:
    """Histogram of a day and the tickets of one of its bars: the fullest, or `?band=`."""
    role = request.actor.role
    histogram = selectors.day_histogram(code=code, day=day, part=part, role=role)
    kpi = histogram.kpi
    chosen = _chosen_band(request, histogram)
    after = request.GET.get("after", "")
    valued = selectors.tickets_in_band(
        code=code, day=day, part=part, role=role, band=chosen.number, limit=PER_PAGE + 1,
        after=int(after) if after.isdecimal() else 0,
    )  # fmt: skip
    shown = valued[:PER_PAGE]
    tickets = tickets_behind(actor=request.actor, valued=shown)
    saw(
        Reading.TICKETS,
        reader=request.actor,
        tickets=[ticket.id for ticket in tickets if ticket.is_visible],
        agents=[ticket.assignee_id for ticket in tickets],
    )
    labels = {band.number: pages.band_label(kpi, band) for band in histogram.bands}
    more = _query(request, after=str(shown[-1].ticket_id)) if len(valued) > PER_PAGE else ""
    return {
        "kpi": pages.definition(kpi),
        "definition_url": _definition_url(request)(kpi),
        "unit": pages.written_in(kpi),
        "day": day,
        "total": histogram.tickets,
        "bands": [
            (labels[b.number], b.tickets, _query(request, band=str(b.number), after=None))
            for b in histogram.bands
        ],
        "chosen": labels[chosen.number],
        "tickets": tickets,
        "next_url": more,
    }


def _chosen_band(request: TenantRequest, histogram: selectors.DayHistogram) -> selectors.Band:
    wanted = request.GET.get("band", "")
    named = [band for band in histogram.bands if str(band.number) == wanted]
    return named[0] if named else max(histogram.bands, key=lambda band: band.tickets)


@require_safe
@allow(Action.VIEW_TEAM_DASHBOARD)
@about_a_kpi
def kpi_day(request: TenantRequest, code: str, day: date) -> HttpResponse:
    """How one day's tickets spread over a KPI, and which they are."""
    _form, asked = _filters(request)
    context = _day_context(request, code=code, day=day, part=day_part(code, asked.part))
    query = _query(request, sort=None, band=None, after=None)
    context["crumbs"] = [
        {"label": _("Team dashboard"), "url": _url(request, "dashboard") + query},
        {"label": context["kpi"]["name"], "url": _url(request, "kpi_days", code=code) + query},
        {"label": pages.day_label(day), "url": ""},
    ]
    return render_page(request, "scoring/kpi_day.html", context)


@require_safe
@allow(Action.VIEW_OWN_WEEK)
def my_week(request: TenantRequest) -> HttpResponse:
    """One's own figures against one's own last four weeks; nobody else's are read."""
    today = timezone.localdate()
    week = Period.week_of(_week_asked(request, today))
    identities = own_identities(request.actor)
    clock = request.GET.get("clock", "")
    mine = selectors.my_week(agent_ids=identities, week=week, today=today, role=request.actor.role)
    context = {
        "has_identity": bool(identities),
        "period": pages.period_label(week.first, week.last),
        "weeks_compared": mine.weeks_compared,
        "is_running": mine.through < week.last,
        "is_blank": mine.is_blank,
        "through": mine.through,
        "groups": pages.own_tiles(mine, clock, definition_url=_definition_url(request)),
        "days": [pages.day_label(day) for day in week.days()],
        "rows": pages.own_day_rows(
            mine, clock, day_url=lambda kpi, day: _url(request, "my_day", code=kpi.code, day=day)
        ),
        "before_url": _query(request, week=str(week.first - A_WEEK)),
        "after_url": _query(request, week=str(week.last + timedelta(days=1)))
        if week.last < today
        else "",
        "clocks": _clocks(request, clock),
    }
    return render_page(request, "scoring/my_week.html", context)


def _week_asked(request: TenantRequest, today: date) -> date:
    """Any day of a week that has begun; else today."""
    try:
        return min(date.fromisoformat(request.GET.get("week", "")), today)
    except ValueError:
        return today


def _clocks(request: TenantRequest, clock: str) -> list[dict[str, Any]]:
    names = (("calendar", _("By the calendar")), ("business", _("In business hours")))
    current = clock if clock == "business" else "calendar"
    return [
        {"label": name, "url": _query(request, clock=value), "is_current": value == current}
        for value, name in names
    ]


@require_safe
@allow(Action.VIEW_OWN_WEEK)
@about_a_kpi
def my_day(request: TenantRequest, code: str, day: date) -> HttpResponse:
    """The tickets behind one of one's own figures."""
    identities = own_identities(request.actor)
    if not identities:
        raise Http404
    part = Slice(agent_ids=tuple(identities))
    context = _day_context(request, code=code, day=day, part=part)
    week = _url(request, "my_week") + f"?week={day}"
    context["crumbs"] = [
        {"label": _("My week"), "url": week},
        {"label": context["kpi"]["name"], "url": week},
        {"label": pages.day_label(day), "url": ""},
    ]
    return render_page(request, "scoring/kpi_day.html", context)


@require_safe
@allow(Action.VIEW_KPI_DEFINITIONS)
def definitions(request: TenantRequest) -> HttpResponse:
    """Every declared KPI: what it counts, why, from what, and who may see it."""
    kpis = [pages.definition(kpi) for kpi in register.all_kpis()]
    return render_page(request, "scoring/definitions.html", {"kpis": kpis})

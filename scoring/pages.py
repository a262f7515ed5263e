"""Turns read models into what templates print: words, units, links. Computes no figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from html import escape  # Django's takes lazy text, too, at four times the price
from typing import Any

from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaizo.core import ui
from kaizo.core.charts import Point
from kaizo.core.permissions import Role
from kaizo.core.ui import Unit as Written
from kaizo.core.ui import Writer
from scoring.dashboards.figures import Comparison, Figure, TrendPoint
from scoring.dashboards.selectors import AgentRow, Band, LeadDashboard, MyWeek, OwnFigure
from scoring.forms import BUSINESS
from scoring.metrics.register import Kpi, Unit

_BUSINESS_SUFFIX = "_business"
_OUTCOMES = {"one_touch", "reopens", "reassignments", "csat", "csat_response_rate"}
_SPEED, _OUTCOME, _VOLUME = range(3)
_GROUPS = (gettext_lazy("Speed"), gettext_lazy("Outcome"), gettext_lazy("Work done"))
_UNIT_NAMES = {
    Unit.SECONDS: gettext_lazy("Time"),
    Unit.PERCENT: gettext_lazy("Share in percent"),
    Unit.COUNT: gettext_lazy("Number"),
}

LinkTo = Callable[[Kpi], str]
LinkToDay = Callable[[Kpi, date], str]
LinkToStep = Callable[[Kpi, TrendPoint], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """One KPI as `components/tile.html` takes it."""

    label: str
    value: str | None
    unit: str
    change: float | None
    change_unit: str
    better: str | None
    previous: str
    sample: str
    points: Sequence[Point]
    url: str
    definition_url: str


@dataclass(slots=True)
class Group:
    title: str
    tiles: list[Tile] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure in a table: `text`, its sample, and where it leads."""

    text: str | None
    sample: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: list[Cell]
    url: str = ""


def written_in(kpi: Kpi) -> str:
    """How values of a KPI are written; business time is never written in days."""
    if kpi.unit is Unit.SECONDS and kpi.code.endswith(_BUSINESS_SUFFIX):
        return Written.BUSINESS_SECONDS
    return str(kpi.unit)


def by_clock(kpis: Iterable[Kpi], clock: str) -> list[Kpi]:
    """Times are declared on two clocks; a page shows one of them at a time."""
    wanted = clock == BUSINESS
    return [
        kpi
        for kpi in kpis
        if kpi.unit is not Unit.SECONDS or kpi.code.endswith(_BUSINESS_SUFFIX) == wanted
    ]


def day_label(day: date) -> str:
    return ui.short_day(day)


def period_label(first: date, last: date) -> str:
    return f"{date_format(first, 'j M Y')} – {date_format(last, 'j M Y')}"


def _sample(kpi: Kpi, figure: Figure, write: Writer) -> str:
    return _n_is(figure.n, write.language) if kpi.denominator else ""


@lru_cache(maxsize=4096)
def _n_is(n: int, _language: str | None) -> str:
    """Written hundreds of times a page, and mostly of the same few numbers."""
    return _("n = %(n)s") % {"n": ui.number(n)}


def _text(kpi: Kpi, figure: Figure, write: Writer, *, is_mean: bool = False) -> str | None:
    """None where nothing may be shown; `is_mean` counts get a decimal."""
    if figure.value is None:
        return None
    if is_mean and kpi.unit is Unit.COUNT:
        return write.number(figure.value, int(not round(figure.value, 1).is_integer()))
    return write.measure(figure.value, written_in(kpi))


def _change(kpi: Kpi, now: Figure, before: Figure) -> tuple[float | None, str]:
    """Percentage points for a share, else percent of the former value."""
    if now.value is None or before.value is None:
        return None, Written.PERCENT
    if kpi.unit is Unit.PERCENT:
        return now.value - before.value, Written.POINTS
    if not before.value:
        return None, Written.PERCENT
    return (now.value / before.value - 1) * 100, Written.PERCENT


def _step_label(step: TrendPoint, write: Writer) -> str:
    """A day, or the first and the last day of a longer step."""
    first = write.short_day(step.day)
    if step.days == 1:
        return first
    return f"{first} – {write.short_day(step.day + timedelta(days=step.days - 1))}"


def trend_points(
    trend: Iterable[TrendPoint], link: Callable[[TrendPoint], str] | None
) -> list[Point]:
    write = ui.writer()
    return [
        Point(_step_label(step, write), step.value, link(step) if link else "") for step in trend
    ]


def comparison_tile(
    shown: Comparison, *, url: LinkTo, step_url: LinkToStep, definition_url: LinkTo
) -> Tile:
    """A KPI of a period against the period before."""
    kpi, write = shown.kpi, ui.writer()
    change, change_unit = _change(kpi, shown.now, shown.before)
    before = _text(kpi, shown.before, write)
    return Tile(
        label=_(kpi.name),
        value=_text(kpi, shown.now, write),
        unit=written_in(kpi),
        change=change,
        change_unit=change_unit,
        better=kpi.better,
        previous=_("was %(value)s") % {"value": before} if before else "",
        sample=_sample(kpi, shown.now, write),
        points=trend_points(shown.trend, lambda step: step_url(kpi, step)),
        url=url(kpi),
        definition_url=definition_url(kpi),
    )


def own_tile(shown: OwnFigure, *, definition_url: LinkTo) -> Tile:
    """A KPI of one's own week against what is usual for oneself."""
    kpi, write = shown.kpi, ui.writer()
    change, change_unit = _change(kpi, shown.now, shown.usual)
    usual = _text(kpi, shown.usual, write, is_mean=True)
    weeks = trend_points(shown.weeks, None)
    return Tile(
        label=_(kpi.name),
        value=_text(kpi, shown.now, write),
        unit=written_in(kpi),
        change=change,
        change_unit=change_unit,
        better=kpi.better,
        previous=_("usually %(value)s") % {"value": usual} if usual else "",
        sample=_sample(kpi, shown.now, write),
        points=[*weeks, Point(_("This week"), shown.now.value)],
        url="",
        definition_url=definition_url(kpi),
    )


def _group(kpi: Kpi) -> int:
    if kpi.unit is Unit.SECONDS:
        return _SPEED
    return _OUTCOME if kpi.code in _OUTCOMES else _VOLUME


def grouped(tiles: Iterable[tuple[Kpi, Tile]]) -> list[Group]:
    groups = [Group(str(title)) for title in _GROUPS]
    for kpi, tile in tiles:
        groups[_group(kpi)].tiles.append(tile)
    return [group for group in groups if group.tiles]


def dashboard_tiles(
    board: LeadDashboard, *, url: LinkTo, step_url: LinkToStep, definition_url: LinkTo
) -> list[Group]:
    return grouped(
        (t.kpi, comparison_tile(t, url=url, step_url=step_url, definition_url=definition_url))
        for t in board.tiles
    )


def column_heads(kpis: Iterable[Kpi]) -> list[dict[str, str]]:
    return [{"code": kpi.code, "name": _(kpi.name), "formula": _(kpi.formula)} for kpi in kpis]


def agent_rows(
    agents: Iterable[AgentRow], kpis: Sequence[Kpi], *, url: Callable[[AgentRow], str]
) -> list[dict[str, Any]]:
    unknown = _("Unknown agent")
    cells = _figure_cells(kpis)
    return [
        {
            "name": agent.name or unknown,
            "team": agent.team,
            "url": url(agent),
            "cells": cells(agent),
        }
        for agent in agents
    ]


def _figure_cells(kpis: Sequence[Kpi]) -> Callable[[AgentRow], SafeString]:
    """Written here and not in a template: a big team's table has hundreds."""
    write = ui.writer()
    nothing = f'<span class="quiet">{escape(_("Not enough data"))}</span>'

    def cell(kpi: Kpi, figure: Figure) -> str:
        known = _text(kpi, figure, write)
        text = nothing if known is None else escape(known)
        sample = _sample(kpi, figure, write)
        beside = f'<span class="n">{escape(sample)}</span>' if sample else ""
        return f'<td class="num">{text}{beside}</td>'

    def cells(agent: AgentRow) -> SafeString:
        return mark_safe("".join(cell(kpi, agent.figures[kpi.code]) for kpi in kpis))  # noqa: S308 - every part is escaped above

    return cells


def own_tiles(week: MyWeek, clock: str, *, definition_url: LinkTo) -> list[Group]:
    wanted = {kpi.code for kpi in by_clock((f.kpi for f in week.figures), clock)}
    return grouped(
        (shown.kpi, own_tile(shown, definition_url=definition_url))
        for shown in week.figures
        if shown.kpi.code in wanted
    )


def own_day_rows(week: MyWeek, clock: str, *, day_url: LinkToDay) -> list[Row]:
    """The week day by day: a row per KPI, a cell per day that has been."""
    wanted = {kpi.code for kpi in by_clock((f.kpi for f in week.figures), clock)}
    write = ui.writer()
    return [
        Row(
            _(shown.kpi.name),
            [_own_cell(shown.kpi, point, day_url, write) for point in shown.trend],
        )
        for shown in week.figures
        if shown.kpi.code in wanted
    ]


def _own_cell(kpi: Kpi, point: TrendPoint, day_url: LinkToDay, write: Writer) -> Cell:
    figure = Figure(point.value if point.n else None, point.n)
    return Cell(_text(kpi, figure, write), "", day_url(kpi, point.day) if point.n else "")


def step_rows(shown: Comparison, *, step_url: LinkToStep) -> list[Row]:
    """The days of a period, or its weeks or months, newest first."""
    rows, write = [], ui.writer()
    for step in reversed(shown.trend):
        figure = Figure(step.value, step.n)
        url = step_url(shown.kpi, step) if step.n else ""
        label = date_format(step.day, "l, j F Y") if step.days == 1 else _step_label(step, write)
        text = _text(shown.kpi, figure, write)
        rows.append(Row(label, [Cell(text, write.number(step.n), url)], url))
    return rows


def band_label(kpi: Kpi, band: Band) -> str:
    """What the tickets of a histogram's bar have in common, in words."""
    if kpi.unit is Unit.PERCENT:
        return _("No") if band.lower is None else _("Yes")
    if kpi.code == "backlog":
        return _("Left the backlog") if band.lower is None else _("Joined the backlog")
    if kpi.unit is Unit.COUNT:
        return _count_label(band)
    unit = written_in(kpi)
    if band.lower is None:
        return _("under %(value)s") % {"value": ui.measure(band.upper, unit)}
    if band.upper is None:
        return _("%(value)s and more") % {"value": ui.measure(band.lower, unit)}
    return f"{ui.measure(band.lower, unit)} – {ui.measure(band.upper, unit)}"


def _count_label(band: Band) -> str:
    low = int(band.lower or 1)
    if band.upper is None:
        return _("%(value)s and more") % {"value": low}
    high = int(band.upper) - 1
    return str(low) if low >= high else f"{low} – {high}"


def definition(kpi: Kpi) -> dict[str, Any]:
    """A KPI's declaration, translated."""
    return {
        "code": kpi.code,
        "name": _(kpi.name),
        "formula": _(kpi.formula),
        "clock": _(kpi.clock) if kpi.clock else "",
        "purpose": _(kpi.purpose),
        "unit": _UNIT_NAMES[kpi.unit],
        "better": kpi.better,
        "is_personal": kpi.is_personal,
        "minimum_n": kpi.minimum_n,
        "sample": _("a sample of %(n)s") % {"n": kpi.minimum_n},
        "viewers": ", ".join(str(Role(role).label) for role in kpi.viewers),
        "source_fields": kpi.source_fields,
    }

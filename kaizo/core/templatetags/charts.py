"""Inline SVG charts: no script, printable, coloured by the theme, each with its data table.

A point is `(label, value)`, `(label, value, url)` or a `kaizo.core.charts.Point`; a value of None
is a gap. `unit` is one of `kaizo.core.ui.Unit`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kaizo.core import charts, ui
from kaizo.core.charts import Point

register = template.Library()

RawPoint = Point | Sequence[Any]


def _points(raw: Iterable[RawPoint] | None) -> list[Point]:
    return [
        p if isinstance(p, Point) else Point(str(p[0]), p[1], "".join(map(str, p[2:3])))
        for p in raw or ()
    ]


def _scale(values: Sequence[float], unit: ui.Unit) -> charts.Scale:
    return charts.axis(
        values,
        duration=unit.is_duration,
        whole=unit is ui.Unit.COUNT,
        top=100 if unit is ui.Unit.PERCENT else None,
    )


def _summary(points: Sequence[Point], unit: str) -> str:
    values = charts.known(points)
    if not values:
        return _("Not enough data in this period.")
    return _("%(first)s at the start, %(last)s at the end; lowest %(low)s, highest %(high)s.") % {
        "first": ui.measure(values[0], unit),
        "last": ui.measure(values[-1], unit),
        "low": ui.measure(min(values), unit),
        "high": ui.measure(max(values), unit),
    }


def _spread(bins: Sequence[Point]) -> str:
    counts = charts.known(bins)
    if not sum(counts):
        return _("Not enough data in this period.")
    fullest = max(bins, key=lambda p: p.value or 0)
    return _("Most often: %(label)s, %(n)s of %(all)s.") % {
        "label": fullest.label,
        "n": ui.number(fullest.value),
        "all": ui.number(sum(counts)),
    }


def _rows(points: Sequence[Point], unit: str, previous: Sequence[Point] = ()) -> SafeString:
    """The rows of the data table. Written here and not in a template: there are hundreds."""
    rows = []
    measure = ui.writer().measure
    for i, p in enumerate(points):
        label = escape(p.label)
        head = f'<a href="{escape(p.url)}">{label}</a>' if p.url else label
        cells = [measure(p.value, unit)]
        if previous:
            cells.append(measure(previous[i].value, unit) if i < len(previous) else ui.NOTHING)
        figures = "".join(f'<td class="num">{escape(cell)}</td>' for cell in cells)
        rows.append(f'<tr><th scope="row">{head}</th>{figures}</tr>')
    return mark_safe("".join(rows))  # noqa: S308 - every part is escaped above


def _frame(points: Sequence[Point], scale: charts.Scale, unit: str) -> dict[str, Any]:
    return {
        "width": charts.WIDTH,
        "height": charts.HEIGHT,
        "ticks": [
            {"y": scale.y(tick), "text": ui.measure(tick, unit)} for tick in reversed(scale.ticks)
        ],
        "labels": charts.thin([p.label for p in points]),
        "has_data": bool(charts.known(points)),
        "unit": unit,
    }


@register.inclusion_tag("components/charts/sparkline.html")
def sparkline(
    points: Iterable[RawPoint], unit: str, title: str, summary: str = ""
) -> dict[str, Any]:
    """A small trend without axes."""
    shown = _points(points)
    placed = charts.marks(shown, charts.tight(charts.known(shown)))
    stretches = charts.runs(placed)
    last = stretches[-1][-1] if stretches else None
    return {
        "width": charts.WIDTH, "height": charts.HEIGHT,
        "title": title, "summary": summary or _summary(shown, unit),
        "line": charts.line_path(stretches), "area": charts.area_path(stretches), "last": last,
        "bridge": charts.bridge_path(stretches),
        "rows": _rows(shown, unit), "has_data": bool(stretches),
    }  # fmt: skip


@register.inclusion_tag("components/charts/line.html")
def line_chart(
    points: Iterable[RawPoint],
    unit: str,
    title: str,
    summary: str = "",
    previous: Iterable[RawPoint] | None = None,
    band: tuple[float, float] | None = None,
    band_label: str = "",
) -> dict[str, Any]:
    """A trend with axes; optionally the earlier period (dashed) and a band of usual values, or the
    points' own bounds as a ribbon."""
    shown, before = _points(points), _points(previous)
    bounds = [value for point in shown for value in point.bounds or ()]
    known = [*charts.known(shown), *charts.known(before), *(band or ()), *bounds]
    scale = _scale(known, ui.Unit(unit))
    placed = charts.marks(shown, scale)
    stretches = charts.runs(placed)
    frame = _frame(shown, scale, unit)
    if band:
        frame["band"] = {"y": scale.y(band[1]), "height": scale.y(band[0]) - scale.y(band[1])}
    return frame | {
        "title": title, "summary": summary or _summary(shown, unit), "band_label": band_label,
        "line": charts.line_path(stretches), "area": charts.area_path(stretches),
        "bridge": charts.bridge_path(stretches),
        "ribbon": charts.ribbon_path(placed, scale),
        "before": charts.line_path(charts.runs(charts.marks(before[: len(shown)], scale))),
        "marks": [m for m in placed if m], "rows": _rows(shown, unit, before),
    }  # fmt: skip


@register.inclusion_tag("components/charts/bars.html")
def bar_chart(
    points: Iterable[RawPoint], unit: str, title: str, summary: str = "", marked: str = ""
) -> dict[str, Any]:
    """Columns side by side. `marked` is the label of the one that is looked at."""
    shown = _points(points)
    scale = _scale(charts.known(shown), ui.Unit(unit))
    return _frame(shown, scale, unit) | {
        "title": title, "summary": summary or _summary(shown, unit), "marked": marked,
        "bars": charts.bars(shown, scale), "rows": _rows(shown, unit),
    }  # fmt: skip


@register.inclusion_tag("components/charts/bars.html")
def histogram(
    bins: Iterable[RawPoint], title: str, summary: str = "", marked: str = ""
) -> dict[str, Any]:
    """How often each range occurs: touching columns of counts, one per range.
    `marked` is the label of the one that is looked at."""
    shown = _points(bins)
    scale = _scale(charts.known(shown), ui.Unit.COUNT)
    return _frame(shown, scale, ui.Unit.COUNT) | {
        "title": title, "summary": summary or _spread(shown), "marked": marked,
        "bars": charts.bars(shown, scale, gap=0.06), "rows": _rows(shown, ui.Unit.COUNT),
    }  # fmt: skip


@register.inclusion_tag("components/charts/bar_list.html")
def bar_list(rows: Iterable[RawPoint], unit: str, title: str, summary: str = "") -> dict[str, Any]:
    """Names with bars behind them, longest first as given."""
    shown = _points(rows)
    most = max([*charts.known(shown), 0.0]) or 1.0
    return {
        "title": title, "summary": summary,
        "rows": [
            {"label": p.label, "url": p.url, "value": ui.measure(p.value, unit),
             "width": round(max(p.value or 0.0, 0.0) / most * 100, 1)}
            for p in shown
        ],
    }  # fmt: skip

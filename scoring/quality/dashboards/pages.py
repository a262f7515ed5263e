"""Tiles and chart of the quality pages: words, units, links. Computes no figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kaizo.core import ui
from kaizo.core.charts import Point
from scoring.quality.dashboards.selectors import Figures, OwnQuality, QualityDashboard, Step
from scoring.quality.dashboards.tables import Link, interval, percent, period_of
from scoring.quality.intervals import Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """A figure as `components/tile.html` takes it. A change is called better or worse only when the
    two intervals do not overlap: otherwise it may be chance."""

    label: str
    value: str | None
    sample: str
    previous: str
    url: str
    definition_url: str
    change: float | None = None
    change_unit: str = ui.Unit.POINTS
    better: str | None = "higher"
    empty: str = ""


def estimate_tile(
    label: str,
    now: Estimate,
    before: Estimate,
    *,
    url: str,
    definition_url: str,
    better: str = "higher",
) -> Tile:
    change = None if now.value is None or before.value is None else now.value - before.value
    sample = _("n = %(n)s") % {"n": ui.number(now.n)}
    if now.is_known:
        sample = _("%(interval)s (95%%), %(n)s") % {"interval": interval(now), "n": sample}
    return Tile(
        label=label,
        value=percent(now) if now.is_known else None,
        sample=sample,
        previous=_("was %(value)s") % {"value": percent(before)} if before.is_known else "",
        url=url,
        definition_url=definition_url,
        change=change,
        better=better if _differ(now, before) else None,
    )


def _differ(now: Estimate, before: Estimate) -> bool:
    if now.bounds is None or before.bounds is None:
        return False
    return now.bounds[0] > before.bounds[1] or now.bounds[1] < before.bounds[0]


def _count_tile(now: Figures, before: Figures, *, url: str, definition_url: str) -> Tile:
    return Tile(
        label=_("Reviews"),
        value=ui.number(now.sums.reviews),
        sample="",
        previous=_("was %(value)s") % {"value": ui.number(before.sums.reviews)},
        url=url,
        definition_url=definition_url,
    )


def dashboard_tiles(found: QualityDashboard, link: Link, definition_url: str) -> list[Tile]:
    now, before, url = found.now, found.before, link()
    where = {"url": url, "definition_url": definition_url}
    return [
        estimate_tile(_("Quality score (IQS)"), now.iqs, before.iqs, **where),
        estimate_tile(_("Pass rate"), now.pass_rate, before.pass_rate, **where),
        estimate_tile(
            _("Auto-failed"), now.auto_fail_rate, before.auto_fail_rate, better="lower",
            url=link(result="auto_failed"), definition_url=definition_url,
        ),
        _count_tile(now, before, **where),
        estimate_tile(
            _("Customers' ratings (CSAT)"), found.csat_now, found.csat_before,
            url="", definition_url=definition_url,
        ),
    ]  # fmt: skip


def own_tiles(found: OwnQuality, link: Link, definition_url: str) -> list[Tile]:
    now, before = found.now, found.before
    where = {"url": link(), "definition_url": definition_url}
    return [
        estimate_tile(_("My quality score (IQS)"), now.iqs, before.iqs, **where),
        estimate_tile(_("My pass rate"), now.pass_rate, before.pass_rate, **where),
        _count_tile(now, before, **where),
    ]


def trend(steps: Sequence[Step], link: Link) -> list[Point]:
    """The score step by step, each with its interval."""
    return [
        Point(
            period_of(step.period),
            step.figures.iqs.value,
            link(first=step.period.first, last=step.period.last),
            step.figures.iqs.bounds,
        )
        for step in steps
    ]

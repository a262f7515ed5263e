"""Geometry of the inline charts: numbers in, SVG coordinates out. Knows no framework.

Every chart is drawn on a WIDTH x HEIGHT plane that the page stretches to the room it has, so
coordinates are plain numbers and text stays outside the drawing, at its own size.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH = 1000
HEIGHT = 200

_DURATION_STEPS = (
    1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
    86400, 172800, 432000, 864000, 2592000,
)  # fmt: skip
_TICKS = 2
_SMALLEST = 1e-9
_STRIP = 8  # half the width of a lone point's interval


@dataclass(frozen=True, slots=True)
class Point:
    """One value and how it is called. `url` leads to what it is made of, `bounds` say how sure
    it is."""

    label: str
    value: float | None
    url: str = ""
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """A value axis from `low` to `high` with round `ticks`, lowest first."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def y(self, value: float) -> float:
        """The height of a value, measured from the top; values beyond the axis stay on it."""
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT * (1 - min(max(share, 0.0), 1.0)), 1)


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of a bar chart. The `slot` is the full-height strip that answers the pointer."""

    point: Point
    x: float
    width: float
    y: float
    height: float
    slot_x: float
    slot_width: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a line chart, with the strip that answers the pointer."""

    point: Point
    x: float
    y: float
    slot_x: float
    slot_width: float


def known(points: Iterable[Point]) -> list[float]:
    """The values that exist, as finite numbers."""
    return [p.value for p in points if p.value is not None and math.isfinite(p.value)]


def round_up(value: float, *, duration: bool = False) -> float:
    """The smallest comfortable axis step that is at least `value` (> 0)."""
    if duration:
        for step in _DURATION_STEPS:
            if step >= value:
                return float(step)
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= value * 0.9999)


def axis(
    values: Sequence[float],
    *,
    duration: bool = False,
    whole: bool = False,
    top: float | None = None,
) -> Scale:
    """An axis from zero that holds every value, with two round steps.

    `top` caps what a unit cannot exceed (100 for percentages); `whole` forbids half steps.
    """
    highest = max([*values, 0.0])
    step = round_up(highest / _TICKS, duration=duration) if highest > _SMALLEST else 1.0
    if whole:
        step = math.ceil(step)
    high = step * _TICKS
    if top is not None and high > top * 0.75:
        high, step = top, top / _TICKS
    return Scale(0.0, high, tuple(step * i for i in range(_TICKS + 1)))


def tight(values: Sequence[float]) -> Scale:
    """An axis without zero, for sparklines: it shows the movement, not the size."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = (high - low) * 0.15 or abs(high) * 0.1 or 1.0
    return Scale(low - room, high + room, ())


def marks(points: Sequence[Point], scale: Scale) -> list[Mark | None]:
    """Where each point lies; None where there is no value."""
    slot = WIDTH / max(len(points), 1)
    placed: list[Mark | None] = []
    for i, point in enumerate(points):
        if point.value is None or not math.isfinite(point.value):
            placed.append(None)
            continue
        x, left = round(slot * (i + 0.5), 1), round(slot * i, 1)
        placed.append(Mark(point, x, scale.y(point.value), left, round(slot, 1)))
    return placed


def runs(placed: Sequence[Mark | None]) -> list[list[Mark]]:
    """Stretches without a gap: a missing value breaks the line, it is not zero."""
    stretches: list[list[Mark]] = [[]]
    for mark in placed:
        if mark is None:
            stretches.append([])
        else:
            stretches[-1].append(mark)
    return [stretch for stretch in stretches if stretch]


def line_path(stretches: Sequence[Sequence[Mark]]) -> str:
    """SVG path of the line; a lone point becomes a dot."""
    parts = []
    for stretch in stretches:
        parts.append("M" + "L".join(f"{m.x} {m.y}" for m in stretch))
        if len(stretch) == 1:
            parts.append("h0")
    return "".join(parts)


def bridge_path(stretches: Sequence[Sequence[Mark]]) -> str:
    """SVG path across the gaps, for a fainter line: it leads the eye and claims nothing."""
    return "".join(
        f"M{a[-1].x} {a[-1].y}L{b[0].x} {b[0].y}" for a, b in itertools.pairwise(stretches)
    )


def area_path(stretches: Sequence[Sequence[Mark]]) -> str:
    """SVG path of the area between the line and the bottom."""
    return "".join(
        f"M{s[0].x} {HEIGHT}L{'L'.join(f'{m.x} {m.y}' for m in s)}L{s[-1].x} {HEIGHT}Z"
        for s in stretches
        if len(s) > 1
    )


def ribbon_path(placed: Sequence[Mark | None], scale: Scale) -> str:
    """SVG path of the area between the points' bounds; a lone point has a strip of its own
    width. Empty where no point has bounds."""
    stretches: list[list[tuple[float, float, float]]] = [[]]
    for mark in placed:
        if mark is None or mark.point.bounds is None:
            stretches.append([])
        else:
            low, high = mark.point.bounds
            stretches[-1].append((mark.x, scale.y(low), scale.y(high)))
    return "".join(_ribbon(stretch) for stretch in stretches if stretch)


def _ribbon(stretch: list[tuple[float, float, float]]) -> str:
    if len(stretch) == 1:
        [(x, low, high)] = stretch
        return f"M{x - _STRIP} {high}H{x + _STRIP}V{low}H{x - _STRIP}Z"
    upper = "L".join(f"{x} {high}" for x, _low, high in stretch)
    lower = "L".join(f"{x} {low}" for x, low, _high in reversed(stretch))
    return f"M{upper}L{lower}Z"


def bars(points: Sequence[Point], scale: Scale, *, gap: float = 0.3) -> list[Bar]:
    """One column per point; `gap` is the share of a slot left free."""
    slot = WIDTH / max(len(points), 1)
    columns = []
    for i, point in enumerate(points):
        y = scale.y(point.value or 0.0)
        columns.append(
            Bar(
                point=point,
                x=round(slot * (i + gap / 2), 1),
                width=round(slot * (1 - gap), 1),
                y=y,
                height=round(HEIGHT - y, 1),
                slot_x=round(slot * i, 1),
                slot_width=round(slot, 1),
            )
        )
    return columns


def thin(labels: Sequence[str], most: int = 5) -> list[str]:
    """At most `most` labels, evenly spread, first and last kept."""
    if len(labels) <= most:
        return list(labels)
    return [labels[round(i * (len(labels) - 1) / (most - 1))] for i in range(most)]

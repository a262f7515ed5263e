"""What a page shows of a KPI: frozen values with their samples. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from scoring.metrics.arithmetic import SUMS
from scoring.metrics.register import Better, Kpi, Sums, Unit, compute


@dataclass(frozen=True, slots=True)
class Figure:
    """A KPI's value and the sample behind it.

    `value` is None when there is nothing to compute; with `is_enough` false it is withheld, because
    the sample is too small to say anything about one person.
    """

    value: float | None
    n: int
    is_enough: bool = True

    @classmethod
    def of(cls, kpi: Kpi, sums: Sums, *, role: str) -> Self:
        return cls(compute(kpi.code, sums, role=role), kpi.sample(sums))

    @classmethod
    def of_person(cls, kpi: Kpi, sums: Sums, *, role: str) -> Self:
        """As `of`, but nothing is shown below the KPI's minimum sample."""
        n = kpi.sample(sums)
        if n < kpi.minimum_n:
            return cls(None, n, is_enough=False)
        return cls(compute(kpi.code, sums, role=role), n)


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A step of a trend: `days` of them from `day` on."""

    day: date
    value: float | None
    n: int
    days: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A KPI now and before, with its way from step to step."""

    kpi: Kpi
    now: Figure
    before: Figure
    trend: tuple[TrendPoint, ...]

    @property
    def change(self) -> float | None:
        """Percentage points for a share, else the change as a share of the former value (0.1 is
        a tenth more). None without both values."""
        if self.now.value is None or self.before.value is None:
            return None
        difference = self.now.value - self.before.value
        if self.kpi.unit is Unit.PERCENT:
            return difference
        return difference / self.before.value if self.before.value else None

    @property
    def is_improvement(self) -> bool | None:
        """Whether the change is for the better; None where no direction is, or nothing changed."""
        if self.kpi.better is None or not self.change:
            return None
        return (self.change > 0) == (self.kpi.better is Better.HIGHER)


def sums_of(kpis: Iterable[Kpi]) -> tuple[str, ...]:
    """What has to be read for these KPIs."""
    used = {name for kpi in kpis for name in (*kpi.numerator, *kpi.denominator)}
    return tuple(name for name in SUMS if name in used)


def add_up(rows: Iterable[Mapping[str, int]], sums: Sequence[str] = SUMS) -> dict[str, int]:
    """The sums of several rows together."""
    found = list(rows)
    return {name: sum([row[name] for row in found]) for name in sums}

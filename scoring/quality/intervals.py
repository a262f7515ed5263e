"""How sure a figure is: 95 % intervals of means and shares. Pure.

Wilson's score interval for shares (E. B. Wilson, 1927); Student's t for means of scores that
differ. A figure of fewer than the organisation's minimum of reviews is not shown at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054
_NO_SPREAD = 1e-6  # points; what rounding leaves of equal scores
# Two-sided 95 % points of Student's t by degrees of freedom; between and beyond, the next lower
# row is taken, which widens the interval rather than narrowing it.
_T = {
    1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 5: 2.5706, 6: 2.4469, 7: 2.3646, 8: 2.3060,
    9: 2.2622, 10: 2.2281, 11: 2.2010, 12: 2.1788, 13: 2.1604, 14: 2.1448, 15: 2.1314,
    16: 2.1199, 17: 2.1098, 18: 2.1009, 19: 2.0930, 20: 2.0860, 22: 2.0739, 24: 2.0639,
    26: 2.0555, 28: 2.0484, 30: 2.0423, 40: 2.0211, 50: 2.0086, 60: 2.0003, 80: 1.9901,
    100: 1.9840, 200: 1.9719, 500: 1.9647, 1000: 1.9623,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure in percent with its 95 % interval and the number of reviews behind it.

    `value`, `low` and `high` are None when there is not enough data.
    """

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_known(self) -> bool:
        return self.value is not None

    @property
    def bounds(self) -> tuple[float, float] | None:
        return None if self.low is None or self.high is None else (self.low, self.high)


def pass_rate(passes: int, n: int, *, minimum: int) -> Estimate:
    """Share of reviews that passed, with Wilson's interval."""
    if n < max(minimum, 1):
        return Estimate(n)
    low, high = _wilson(passes / n, n)
    return Estimate(n, 100 * passes / n, low, high)


def _wilson(p: float, n: int) -> tuple[float, float]:
    """The bounds of a share p of n, in percent."""
    z2 = Z * Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def mean(total: float, total_of_squares: float, n: int, *, minimum: int) -> Estimate:
    """Mean of n scores from their sum and sum of squares, with Student's interval.

    The interval stays within 0 and the highest of 100 and the mean itself.
    """
    found = difference(total, total_of_squares, n, minimum=minimum)
    if found.value is None or found.low is None or found.high is None:
        return found
    low, high = found.low, found.high
    if high - low < _NO_SPREAD:
        low, high = _of_equal_scores(found.value, n)
    return Estimate(n, found.value, max(0.0, low), max(found.value, min(100.0, high)))


def _of_equal_scores(score: float, n: int) -> tuple[float, float]:
    """Equal scores tell nothing of the spread, and Student's interval would shrink to a point.
    Wilson's stands in: no mean of scores from 0 to 100 varies more than a share of 0s and 100s."""
    low, high = _wilson(min(score, 100.0) / 100, n)
    return min(low, score), max(high, score)


def difference(total: float, total_of_squares: float, n: int, *, minimum: int) -> Estimate:
    """Mean of n differences of scores, in points, with Student's interval."""
    if n < max(minimum, 2):
        return Estimate(n)
    middle = total / n
    variance = max(0.0, (total_of_squares - n * middle * middle) / (n - 1))
    half = _t(n - 1) * sqrt(variance / n)
    return Estimate(n, middle, middle - half, middle + half)


def _t(degrees: int) -> float:
    return _T[max(known for known in _T if known <= degrees)]

"""How far several people rate alike. Pure; exact fractions until a figure is shown.

A table is a list of units (a conversation, or one category of it), each the list of its raters'
values; None is no value. Sources: J. Cohen, "A coefficient of agreement for nominal scales" (1960);
J. L. Fleiss, "Measuring nominal scale agreement among many raters" (1971); K. Krippendorff,
"Computing Krippendorff's Alpha-Reliability" (2011).

Where chance alone would agree on everything (all values are the same), the chance-corrected
figures are not defined: None, which is neither perfect nor poor agreement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from itertools import combinations
from typing import TypeVar

V = TypeVar("V", bound=Hashable)
Unit = Sequence[V | None]
Table = Sequence[Sequence[V | None]]
PAIR = 2  # fewer ratings than this agree with nobody


class Level(StrEnum):
    """What differences between values mean to Krippendorff's alpha."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


def spread(values: Sequence[int], top: int) -> Fraction | None:
    """Highest less lowest rating as a share of the scale, in percent; None below two ratings."""
    if len(values) < PAIR:
        return None
    return Fraction(100 * (max(values) - min(values)), top)


def percent_agreement(table: Table[V]) -> Fraction | None:
    """Of all pairs of ratings of the same unit, how many in a hundred are equal."""
    same = pairs = 0
    for unit in (_rated(unit) for unit in table):
        same += sum(count * (count - 1) // 2 for count in Counter(unit).values())
        pairs += len(unit) * (len(unit) - 1) // 2
    return Fraction(100 * same, pairs) if pairs else None


def cohen_kappa(table: Table[V]) -> Fraction | None:
    """Two raters who rated the same units: (p_o - p_e) / (1 - p_e), where chance agreement p_e is
    the sum over values of the product of both raters' shares."""
    pairs = [unit for unit in table if len(unit) == PAIR and None not in unit]
    if not pairs:
        return None
    n = len(pairs)
    first, second = Counter(unit[0] for unit in pairs), Counter(unit[1] for unit in pairs)
    observed = Fraction(sum(unit[0] == unit[1] for unit in pairs), n)
    return _corrected(observed, Fraction(sum(first[v] * second[v] for v in first), n * n))


def fleiss_kappa(table: Table[V]) -> Fraction | None:
    """Any number of raters, as many for each unit: the mean share of agreeing pairs of a unit,
    against the sum of squares of the values' overall shares. Units that somebody left out are
    passed over."""
    raters = max((len(unit) for unit in table), default=0)
    units = [unit for unit in (_rated(unit) for unit in table) if len(unit) == raters]
    if raters < PAIR or not units:
        return None
    totals: Counter[V] = Counter()
    observed = Fraction(0)
    for unit in units:
        counts = Counter(unit)
        totals.update(counts)
        equal = sum(count * (count - 1) for count in counts.values())
        observed += Fraction(equal, raters * (raters - 1) * len(units))
    every = raters * len(units)
    expected = sum((Fraction(n, every) ** 2 for n in totals.values()), Fraction(0))
    return _corrected(observed, expected)


def krippendorff_alpha(table: Table[Fraction], level: Level) -> Fraction | None:
    """Any number of raters, values may be missing: 1 - observed / expected disagreement, from the
    coincidences of values within units that have at least two."""
    units = [unit for unit in (_rated(unit) for unit in table) if len(unit) >= PAIR]
    shares: dict[tuple[Fraction, Fraction], Fraction] = {}
    for unit in units:
        for a, b in combinations(unit, 2):
            pair = (min(a, b), max(a, b))
            shares[pair] = shares.get(pair, Fraction(0)) + Fraction(1, len(unit) - 1)
    totals: Counter[Fraction] = Counter(value for unit in units for value in unit)
    distance = _DISTANCES[level](totals)
    expected = sum(
        (Fraction(totals[a] * totals[b]) * distance(a, b) for a, b in combinations(totals, 2)),
        Fraction(0),
    )
    if not expected:
        return None
    observed = sum((share * distance(a, b) for (a, b), share in shares.items()), Fraction(0))
    return 1 - (totals.total() - 1) * observed / expected


Distance = Callable[[Fraction, Fraction], Fraction]


def _nominal(_totals: Mapping[Fraction, int]) -> Distance:
    return lambda a, b: Fraction(a != b)


def _interval(_totals: Mapping[Fraction, int]) -> Distance:
    return lambda a, b: (Fraction(a) - Fraction(b)) ** 2


def _ordinal(totals: Mapping[Fraction, int]) -> Distance:
    """How many ratings lie from one rank to the other, the ends counted half, squared."""

    def distance(a: Fraction, b: Fraction) -> Fraction:
        low, high = min(a, b), max(a, b)
        between = sum(n for value, n in totals.items() if low <= value <= high)
        ends = Fraction(totals[a] + totals[b], 2)
        return Fraction(0) if a == b else (between - ends) ** 2

    return distance


_DISTANCES: dict[Level, Callable[[Mapping[Fraction, int]], Distance]] = {
    Level.NOMINAL: _nominal,
    Level.ORDINAL: _ordinal,
    Level.INTERVAL: _interval,
}


def _rated(unit: Unit[V]) -> list[V]:
    return [value for value in unit if value is not None]


def _corrected(observed: Fraction, expected: Fraction) -> Fraction | None:
    return None if expected == 1 else (observed - expected) / (1 - expected)

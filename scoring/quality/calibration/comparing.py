"""Blind scores of a session beside each other, and how far they agree. Pure.

Statistics of a category take each conversation as a unit; those of a session each conversation's
category, with ratings as shares of their scale, so that different scales can stand together. "Not
applicable" is a value like another to the figures that only ask whether ratings are equal, and no
value to Krippendorff's alpha of graded ratings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from scoring.quality.arithmetic import TOPS, Scale, share
from scoring.quality.calibration import agreement
from scoring.quality.calibration.agreement import Level

NA = "na"


@dataclass(frozen=True, slots=True)
class Rated:
    """One person's rating of one category of one conversation."""

    item: int
    rater: int
    category: UUID
    value: int | None
    is_na: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """`n`: units with at least two ratings. Cohen's kappa for two raters, Fleiss' for more; None
    where it is not defined. Percent from 0 to 100, the others up to 1."""

    n: int
    percent: float | None
    kappa: float | None
    kappa_name: str
    alpha: float | None


def spread_of(values: Iterable[int], scale: str) -> float | None:
    """Highest less lowest rating in percent of the scale; None below two ratings."""
    found = agreement.spread(list(values), TOPS[Scale(scale)])
    return None if found is None else float(found)


def category_agreement(rated: Sequence[Rated], scale: str, raters: Sequence[int]) -> Agreement:
    """How far the raters agree in one category."""
    level = Level.NOMINAL if Scale(scale) == Scale.BINARY else Level.ORDINAL
    return _agreement(rated, {rating.category: scale for rating in rated}, raters, level)


def session_agreement(
    rated: Sequence[Rated], scales: Mapping[UUID, str], raters: Sequence[int]
) -> Agreement:
    """How far they agree in everything they rated."""
    return _agreement(rated, scales, raters, Level.INTERVAL)


def _agreement(
    rated: Sequence[Rated], scales: Mapping[UUID, str], raters: Sequence[int], level: Level
) -> Agreement:
    labels: dict[tuple[int, UUID], dict[int, str | Fraction]] = {}
    shares: dict[tuple[int, UUID], dict[int, Fraction]] = {}
    for rating in rated:
        unit = (rating.item, rating.category)
        if rating.is_na:
            labels.setdefault(unit, {})[rating.rater] = NA
        elif rating.value is not None:
            part = share(rating.value, Scale(scales[rating.category]))
            labels.setdefault(unit, {})[rating.rater] = part
            shares.setdefault(unit, {})[rating.rater] = part
    table = [[unit.get(rater) for rater in raters] for unit in labels.values()]
    graded = [[unit.get(rater) for rater in raters] for unit in shares.values()]
    two = len(raters) == agreement.PAIR
    kappa = agreement.cohen_kappa(table) if two else agreement.fleiss_kappa(table)
    return Agreement(
        n=sum(len(unit) >= agreement.PAIR for unit in labels.values()),
        percent=_shown(agreement.percent_agreement(table)),
        kappa=_shown(kappa),
        kappa_name="Cohen" if two else "Fleiss",
        alpha=_shown(agreement.krippendorff_alpha(graded, level)),
    )


def _shown(figure: Fraction | None) -> float | None:
    return None if figure is None else float(figure)


@dataclass(frozen=True, slots=True)
class Distance:
    """How a person's scores lie to the agreed ones, in percentage points: `lean` is the mean
    difference (above 0: scored higher), `gap` the mean of its size."""

    n: int
    lean: float
    gap: float


def distance(pairs: Sequence[tuple[float, float]]) -> Distance | None:
    """From pairs of (own score, agreed score); None without any."""
    if not pairs:
        return None
    differences = [own - agreed for own, agreed in pairs]
    n = len(differences)
    return Distance(n, sum(differences) / n, sum(map(abs, differences)) / n)

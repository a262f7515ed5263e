"""How ratings become a score. Pure: no Django, no rounding before the end.

Formulae, side by side with the products that use them, in the same order of symbols: `s` is a
rating between 0 and 1, `w` a category's weight, `A` the answered categories (not applicable ones
leave numerator and denominator).

- WEIGHTED: sum over A of s*w, by sum over A of w. Zendesk QA's review score; with points as
  weights also MaestroQA's total-points score.
- SECTIONS: the same inside each group, then sum of group score * group weight, by the weights of
  the groups that have an answer. MaestroQA's weighted sections.
- ADDITIVE: min(100, sum of s*w), points from 0. Kaizo's additive scorecard.
- DEDUCTIVE: max(0, 100 - sum of (1-s)*w), points off 100. Kaizo's deductive scorecard.

Bonus groups add the sum of s*w percentage points on top in every mode, so a score may
pass 100; they are never in a denominator. A rating below the middle of its scale fails what its
category's auto-fail names: its group (all of whose ratings then count as 0) or the review (0).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

HUNDRED = Fraction(100)
MIDDLE = Fraction(1, 2)


class Mode(StrEnum):
    WEIGHTED = "weighted"
    SECTIONS = "sections"
    ADDITIVE = "additive"
    DEDUCTIVE = "deductive"


class Scale(StrEnum):
    BINARY = "binary"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"
    TEN = "0-10"


class AutoFail(StrEnum):
    NONE = "none"
    GROUP = "group"
    REVIEW = "review"


TOPS = {Scale.BINARY: 1, Scale.THREE: 2, Scale.FOUR: 3, Scale.FIVE: 4, Scale.TEN: 10}


def share(value: int, scale: Scale) -> Fraction:
    """A rating between 0 and 1: (r - min) / (max - min), as Zendesk QA maps its scales.

    Raises ValueError for a value that the scale does not have.
    """
    top = TOPS[scale]
    if not 0 <= value <= top:
        msg = f"{value} is not on a scale from 0 to {top}."
        raise ValueError(msg)
    return Fraction(value, top)


def is_low(value: int, scale: Scale) -> bool:
    """Below the middle of the scale: what auto-fail and required comments mean by a low rating."""
    return share(value, scale) < MIDDLE


@dataclass(frozen=True, slots=True)
class Answer:
    """A scored category and its rating; `share` is None when it is not applicable."""

    weight: Fraction | int
    share: Fraction | None
    auto_fail: AutoFail = AutoFail.NONE

    @property
    def is_failure(self) -> bool:
        return self.share is not None and self.share < MIDDLE


@dataclass(frozen=True, slots=True)
class Group:
    """Categories that stand together. `weight` matters in SECTIONS only."""

    answers: Sequence[Answer]
    weight: Fraction | int = 0
    is_bonus: bool = False

    @property
    def fails(self) -> bool:
        return any(a.is_failure and a.auto_fail == AutoFail.GROUP for a in self.answers)

    @property
    def answered(self) -> list[Answer]:
        """What counts: without the not applicable, and all at 0 when the group has failed."""
        there = [answer for answer in self.answers if answer.share is not None]
        return [Answer(a.weight, Fraction(0)) for a in there] if self.fails else there

    @property
    def earned(self) -> Fraction:
        """Points: each category's weight times its share."""
        return sum((Fraction(a.weight) * (a.share or 0) for a in self.answered), Fraction(0))

    @property
    def possible(self) -> Fraction:
        """The points that there were to earn; 0 when nothing that weighs was answered."""
        return sum((Fraction(answer.weight) for answer in self.answered), Fraction(0))

    @property
    def percent(self) -> Fraction | None:
        return HUNDRED * self.earned / self.possible if self.possible else None


@dataclass(frozen=True, slots=True)
class Score:
    """`percent` is None when nothing scored was answered: no score, never 0 or 100."""

    percent: Fraction | None
    auto_failed: bool = False

    def rounded(self) -> Decimal | None:
        """To two places, half up, as it is stored and shown."""
        return None if self.percent is None else to_hundredths(self.percent)

    def passes(self, mark: Decimal | int) -> bool | None:
        """At or above the pass mark, before rounding: 79.999 does not pass at 80."""
        return None if self.percent is None else self.percent >= Fraction(mark)


def to_hundredths(value: Fraction) -> Decimal:
    hundredths = Decimal(value.numerator * 100) / Decimal(value.denominator)
    return hundredths.quantize(Decimal(1), ROUND_HALF_UP) / 100


def review_score(groups: Iterable[Group], mode: Mode) -> Score:
    """The score of one review, independent of the order of groups and answers."""
    every = list(groups)
    answers = [answer for group in every for answer in group.answers]
    if any(a.is_failure and a.auto_fail == AutoFail.REVIEW for a in answers):
        return Score(Fraction(0), auto_failed=True)
    counted = [group for group in every if not group.is_bonus and group.possible > 0]
    if not counted:
        return Score(None)
    bonus = _earned(group for group in every if group.is_bonus)
    failed = any(group.fails for group in every)
    percent = _MODES[mode](counted)
    return Score(None) if percent is None else Score(percent + bonus, auto_failed=failed)


def category_score(shares: Iterable[Fraction]) -> Fraction | None:
    """Plain mean in percent of one category's ratings, whatever auto-fail did to the reviews."""
    found = list(shares)
    return HUNDRED * sum(found, Fraction(0)) / len(found) if found else None


def iqs(scores: Iterable[Fraction]) -> Fraction | None:
    """Internal quality score: the plain mean of review scores, each review weighing the same."""
    found = list(scores)
    return sum(found, Fraction(0)) / len(found) if found else None


def _weighted(groups: Sequence[Group]) -> Fraction | None:
    return HUNDRED * _earned(groups) / sum((group.possible for group in groups), Fraction(0))


def _sections(groups: Sequence[Group]) -> Fraction | None:
    total = sum((Fraction(group.weight) for group in groups), Fraction(0))
    if not total:
        return None
    parts = (Fraction(group.weight) * (group.percent or 0) for group in groups)
    return sum(parts, Fraction(0)) / total


def _additive(groups: Sequence[Group]) -> Fraction | None:
    return min(HUNDRED, _earned(groups))


def _deductive(groups: Sequence[Group]) -> Fraction | None:
    lost = sum((group.possible - group.earned for group in groups), Fraction(0))
    return max(Fraction(0), HUNDRED - lost)


def _earned(groups: Iterable[Group]) -> Fraction:
    return sum((group.earned for group in groups), Fraction(0))


_MODES = {
    Mode.WEIGHTED: _weighted,
    Mode.SECTIONS: _sections,
    Mode.ADDITIVE: _additive,
    Mode.DEDUCTIVE: _deductive,
}

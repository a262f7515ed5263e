"""The last steps from ratings to a score, in words, so that anybody can work it out again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from django.utils.translation import gettext as _

from kaizo.core import ui
from scoring.quality.arithmetic import HUNDRED, Group, Mode
from scoring.quality.reviews.sheet import Sheet


def worked_out(sheet: Sheet) -> list[str]:
    """A sentence for each step; none when there is no score, or one category failed it all."""
    every = [part.worth for part in sheet.parts]
    counted = [group for group in every if not group.is_bonus and group.possible]
    if sheet.result.score is None or sheet.result.failed_review or not counted:
        return []
    bonus = sum((group.earned for group in every if group.is_bonus), Fraction(0))
    steps = [_STEPS[Mode(sheet.rubric.mode)](counted)]
    if bonus:
        steps.append(_("Bonus adds %(points)s.") % {"points": _number(bonus)})
    elif sheet.rubric.mode == Mode.WEIGHTED:
        return steps  # it ends in the score
    return [*steps, _("Score: %(score)s") % {"score": ui.exact_percent(sheet.result.score)}]


def _weighted(groups: Sequence[Group]) -> str:
    earned, possible = _sum(g.earned for g in groups), _sum(g.possible for g in groups)
    return _("%(earned)s of %(possible)s points: %(percent)s") % {
        "earned": _number(earned),
        "possible": _number(possible),
        "percent": ui.exact_percent(HUNDRED * earned / possible),
    }


def _sections(groups: Sequence[Group]) -> str:
    weights = _sum(Fraction(group.weight) for group in groups)
    terms = [
        f"{ui.exact_percent(group.percent)} × {_number(Fraction(group.weight))}"
        for group in groups
        if group.weight
    ]
    return _("(%(terms)s), divided by %(weights)s") % {
        "terms": " + ".join(terms),
        "weights": _number(weights),
    }


def _additive(groups: Sequence[Group]) -> str:
    points = _number(_sum(group.earned for group in groups))
    return _("%(points)s points, of which at most 100 count.") % {"points": points}


def _deductive(groups: Sequence[Group]) -> str:
    lost = _number(_sum(group.possible - group.earned for group in groups))
    return _("100 less %(lost)s points that were lost, but not below 0.") % {"lost": lost}


def _sum(values: Iterable[Fraction]) -> Fraction:
    return sum(values, Fraction(0))


def _number(value: Fraction) -> str:
    return ui.exact_number(value)


_STEPS = {
    Mode.WEIGHTED: _weighted,
    Mode.SECTIONS: _sections,
    Mode.ADDITIVE: _additive,
    Mode.DEDUCTIVE: _deductive,
}

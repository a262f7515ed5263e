"""Published examples of each figure, and what holds for all data."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.quality.calibration import agreement
from scoring.quality.calibration.agreement import Level

_ = None


def test_cohen_s_kappa_of_fifty_proposals() -> None:
    """https://en.wikipedia.org/wiki/Cohen%27s_kappa, "Simple example": 0.4."""
    table = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert agreement.cohen_kappa(table) == Fraction(2, 5)
    assert agreement.percent_agreement(table) == 70


def test_fleiss_kappa_of_fourteen_raters() -> None:
    """https://en.wikipedia.org/wiki/Fleiss%27_kappa, "Worked example": 0.210."""
    counts = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    table = [[value for value, n in enumerate(row) for _rater in range(n)] for row in counts]
    assert round(float(agreement.fleiss_kappa(table) or 0), 3) == 0.210
    assert round(float(agreement.percent_agreement(table) or 0), 1) == 37.8


# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section E: four observers,
# twelve units, values missing.
OBSERVERS = [
    (1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3),
    (_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _),
]


@pytest.mark.parametrize(
    ("level", "alpha"), [(Level.NOMINAL, 0.743), (Level.ORDINAL, 0.815), (Level.INTERVAL, 0.849)]
)
def test_krippendorff_s_alpha_with_missing_values(level: Level, alpha: float) -> None:
    table = list(zip(*OBSERVERS, strict=True))
    assert round(float(agreement.krippendorff_alpha(table, level) or 0), 3) == alpha


def test_a_spread_is_a_share_of_the_scale() -> None:
    assert agreement.spread([4, 2, 3], 4) == 50
    assert agreement.spread([1, 1], 1) == 0
    assert agreement.spread([1], 1) is None


tables = st.integers(2, 4).flatmap(
    lambda raters: st.lists(
        st.lists(st.integers(0, 4), min_size=raters, max_size=raters), min_size=1, max_size=8
    )
)


@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_units_and_raters_does_not_matter(
    table: list[list[int]], random: object
) -> None:
    turned = [list(reversed(unit)) for unit in table]
    random.shuffle(turned)
    for figure in (agreement.percent_agreement, agreement.fleiss_kappa, agreement.cohen_kappa):
        assert figure(table) == figure(turned)
    for level in Level:
        alpha = agreement.krippendorff_alpha
        assert alpha(table, level) == alpha(turned, level)


@given(tables)
def test_no_figure_passes_one_and_full_agreement_reaches_it(table: list[list[int]]) -> None:
    alike = [[unit[0]] * len(unit) for unit in table]
    for figure in (agreement.fleiss_kappa, agreement.cohen_kappa):
        found = figure(table)
        assert found is None or found <= 1
        assert figure(alike) in {None, 1}
    for level in Level:
        found = agreement.krippendorff_alpha(table, level)
        assert found is None or found <= 1
        assert agreement.krippendorff_alpha(alike, level) in {None, 1}
    assert agreement.percent_agreement(alike) == 100


def test_where_everybody_always_says_the_same_chance_explains_it_all() -> None:
    table = [[1, 1], [1, 1]]
    assert agreement.percent_agreement(table) == 100
    assert agreement.cohen_kappa(table) is None
    assert agreement.fleiss_kappa(table) is None
    assert agreement.krippendorff_alpha(table, Level.NOMINAL) is None


def test_one_rater_agrees_with_nobody() -> None:
    table = [[1], [2, _]]
    assert agreement.percent_agreement(table) is None
    assert agreement.cohen_kappa(table) is None
    assert agreement.fleiss_kappa([[1]]) is None
    assert agreement.krippendorff_alpha(table, Level.INTERVAL) is None

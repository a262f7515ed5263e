"""How sure a figure is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.quality.intervals import mean, pass_rate


@pytest.mark.parametrize(
    ("passes", "n", "low", "high"),
    [(4, 5, 38, 96), (9, 10, 60, 98), (17, 20, 64, 95), (34, 40, 71, 93), (85, 100, 77, 91)],
)
def test_wilson_intervals_of_common_samples(passes: int, n: int, low: int, high: int) -> None:
    """Wilson 1927; the figures are those of any table of score intervals."""
    rate = pass_rate(passes, n, minimum=5)
    assert (round(rate.low or 0), round(rate.high or 0)) == (low, high)


def test_below_the_minimum_there_is_no_figure() -> None:
    assert not pass_rate(4, 4, minimum=5).is_known
    assert not mean(400, 40_000, 4, minimum=5).is_known
    assert mean(500, 50_000, 5, minimum=5).value == 100


def test_students_interval_of_five_scores() -> None:
    """Scores 60, 70, 80, 90, 100: mean 80, s = 15.811, t(4) = 2.7764, so 80 +- 19.63."""
    scores = [60, 70, 80, 90, 100]
    found = mean(sum(scores), sum(s * s for s in scores), 5, minimum=5)
    assert (found.value, found.low, found.high) == pytest.approx((80, 60.37, 99.63), abs=0.01)


@pytest.mark.parametrize(
    ("score", "low", "high"),
    [(100, 56.55, 100), (0, 0, 43.45), (80, 37.55, 96.38), (110, 56.55, 110)],
)
def test_five_equal_scores_are_no_certainty(score: float, low: float, high: float) -> None:
    """Wilson's bounds of the same share of five. A bonus may lift a score over 100."""
    found = mean(5 * score, 5 * score * score, 5, minimum=5)
    assert (found.value, found.low, found.high) == pytest.approx((score, low, high), abs=0.01)


@given(st.lists(st.floats(0, 100), min_size=5, max_size=40))
def test_a_mean_lies_inside_its_interval(scores: list[float]) -> None:
    found = mean(sum(scores), sum(s * s for s in scores), len(scores), minimum=5)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= (found.value or 0) + 1e-9
    assert (found.value or 0) <= found.high + 1e-9


@given(st.integers(5, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_rate_lies_inside_its_interval(sample: tuple[int, int]) -> None:
    found = pass_rate(*sample, minimum=5)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= (found.value or 0) + 1e-9
    assert (found.value or 0) - 1e-9 <= found.high <= 100

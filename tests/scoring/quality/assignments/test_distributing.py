"""How evenly the work is given out, in all and for each reviewee."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.quality.assignments.distributing import distribute

SEEDS = st.integers(0, 2**63 - 1)
REVIEWEES = st.lists(st.integers(1, 8), max_size=40)


def unevenness(reviewees: list[int], chosen: tuple[int | None, ...]) -> tuple[int, int]:
    """Sums of squares: of what everybody has to do, and of what each pair has."""
    load = Counter(reviewer for reviewer in chosen if reviewer is not None)
    pairs = Counter(pair for pair in zip(reviewees, chosen, strict=True) if pair[1] is not None)
    return sum(n * n for n in load.values()), sum(n * n for n in pairs.values())


@given(REVIEWEES, st.integers(1, 7), SEEDS)
def test_work_and_each_reviewees_picks_are_even_to_within_one(
    reviewees: list[int], reviewers: int, seed: int
) -> None:
    chosen = distribute(
        reviewees, range(reviewers), allowed=lambda _reviewer, _pick: True, seed=seed
    )
    load = Counter(chosen)
    counts = [load[reviewer] for reviewer in range(reviewers)]
    assert max(counts) - min(counts) <= 1
    pairs = Counter(zip(reviewees, chosen, strict=True))
    for reviewee in set(reviewees):
        shares = [pairs[reviewee, reviewer] for reviewer in range(reviewers)]
        assert max(shares) - min(shares) <= 1


@given(
    st.lists(st.tuples(st.integers(1, 3), st.sets(st.integers(0, 3))), max_size=6),
    SEEDS,
)
def test_work_is_as_even_as_what_is_allowed_permits(
    picks: list[tuple[int, set[int]]], seed: int
) -> None:
    """Compared with every possible distribution: first by load, then by pairs."""
    reviewees = [reviewee for reviewee, _options in picks]
    chosen = distribute(
        reviewees, range(4), allowed=lambda reviewer, pick: reviewer in picks[pick][1], seed=seed
    )
    for (_reviewee, options), reviewer in zip(picks, chosen, strict=True):
        assert reviewer in options if options else reviewer is None
    every = product(*(sorted(options) or [None] for _reviewee, options in picks))
    best = min(unevenness(reviewees, way) for way in every)
    assert unevenness(reviewees, tuple(chosen)) == best


@given(REVIEWEES, SEEDS)
def test_the_same_seed_gives_the_same_answer(reviewees: list[int], seed: int) -> None:
    once, again = (
        distribute(reviewees, some, allowed=lambda reviewer, pick: reviewer != pick, seed=seed)
        for some in ([1, 2, 3], [3, 1, 2])
    )
    assert once == again


@pytest.mark.parametrize("own", [1, 2])
def test_nobody_gets_what_they_may_not_review(own: int) -> None:
    reviewees = [1] * 5 + [2] * 15
    chosen = distribute(
        reviewees, [1, 2], allowed=lambda reviewer, pick: reviewer != own or pick >= 5, seed=7
    )
    assert Counter(chosen) == {1: 10, 2: 10}
    assert own not in chosen[:5]


def test_picks_change_hands_for_the_sake_of_a_pair() -> None:
    """Reviewers 1 and 2 have the same load either way, but each reviewee should meet both."""
    options = [{1, 2}, {1, 2}, {1}, {2}]
    for seed in range(50):
        chosen = distribute(
            [7, 7, 8, 9],
            [1, 2],
            allowed=lambda reviewer, pick: reviewer in options[pick],
            seed=seed,
        )
        assert set(chosen[:2]) == {1, 2}


def test_whoever_judged_somebody_least_so_far_comes_first() -> None:
    before = {(5, 1): 1, (5, 2): 1}
    for seed in range(20):
        assert distribute(
            [5], [1, 2, 3], allowed=lambda _reviewer, _pick: True, seed=seed, before=before
        ) == [3]

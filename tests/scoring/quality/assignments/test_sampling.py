"""Which conversations are picked."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from scoring.quality.assignments.sampling import (
    Candidate,
    Method,
    Why,
    draw,
    share_out,
    spread,
    usual,
)

SEEDS = st.integers(0, 2**63 - 1)
REVIEWEES = st.integers(1, 4)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        ticket_id=st.integers(1, 60),
        reviewee_id=REVIEWEES,
        channel=st.sampled_from(["chat", "email", "phone"]),
        replies=st.integers(0, 30),
        seconds=st.none() | st.floats(1, 1e6),
        reopens=st.integers(0, 3),
        is_rated_badly=st.booleans(),
    ),
    max_size=60,
    unique_by=lambda candidate: (candidate.ticket_id, candidate.reviewee_id),
)
GOALS = st.dictionaries(REVIEWEES, st.integers(0, 6))
METHODS = st.sampled_from(Method)


@given(CANDIDATES, GOALS, METHODS, SEEDS, st.randoms())
def test_the_same_seed_gives_the_same_picks_in_whatever_order(
    found: list[Candidate], goals: dict[int, int], method: Method, seed: int, dice: random.Random
) -> None:
    shuffled = found.copy()
    dice.shuffle(shuffled)
    first = draw(found, method=method, goals=goals, seed=seed)
    assert draw(shuffled, method=method, goals=goals, seed=seed) == first


@given(CANDIDATES, GOALS, METHODS, SEEDS)
def test_no_conversation_is_picked_twice_and_no_goal_is_passed(
    found: list[Candidate], goals: dict[int, int], method: Method, seed: int
) -> None:
    picks = [pick.candidate for pick in draw(found, method=method, goals=goals, seed=seed)]
    assert set(picks) <= set(found)
    assert len({pick.ticket_id for pick in picks}) == len(picks)
    for reviewee, count in Counter(pick.reviewee_id for pick in picks).items():
        assert goals.get(reviewee, 0) > 0
        assert method == Method.LOW_CSAT or count <= goals[reviewee]


@given(st.sets(st.integers(1, 500), min_size=2, max_size=60), st.integers(1, 10), SEEDS)
def test_a_new_candidate_changes_at_most_one_random_pick(
    tickets: set[int], goal: int, seed: int
) -> None:
    found = [Candidate(ticket, 1, "chat") for ticket in sorted(tickets)]
    before, after = (
        {pick.candidate for pick in draw(some, method=Method.RANDOM, goals={1: goal}, seed=seed)}
        for some in (found[1:], found)
    )
    assert len(before - after) <= 1
    assert len(after) == min(goal, len(found))


def test_every_conversation_has_the_same_chance() -> None:
    channels = ["chat"] * 5 + ["email"] * 3 + ["phone"] * 2
    found = [Candidate(ticket, 1, channel) for ticket, channel in enumerate(channels)]
    for method in (Method.RANDOM, Method.STRATIFIED):
        drawn: Counter[int] = Counter()
        for seed in range(4_000):
            picks = draw(found, method=method, goals={1: 3}, seed=seed)
            drawn.update(pick.candidate.ticket_id for pick in picks)
        # 1,200 expected, standard deviation 29: five of them either way.
        assert all(1_055 < drawn[ticket] < 1_345 for ticket in range(10)), (method, drawn)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 50)),
    st.integers(0, 80),
    st.fractions(0, 1, max_denominator=1000).filter(lambda start: start < 1),
)
def test_shares_of_strata_are_proportional_to_within_one(
    sizes: dict[str, int], total: int, start: Fraction
) -> None:
    shares = spread(sizes, total, start)
    every = sum(sizes.values())
    assert sum(shares.values()) == min(total, every)
    for name, size in sizes.items():
        exact = Fraction(min(total, every) * size, every or 1)
        assert abs(shares[name] - exact) < 1
        assert 0 <= shares[name] <= size


def test_outliers_are_the_furthest_of_each_kind_in_turn() -> None:
    plain = [Candidate(ticket, 1, "chat", replies=4, seconds=100) for ticket in range(10)]
    odd = [
        Candidate(20, 1, "chat", replies=40, seconds=100),
        Candidate(21, 1, "chat", replies=20, seconds=100),
        Candidate(22, 1, "chat", replies=4, seconds=450),
        Candidate(23, 1, "chat", replies=4, seconds=100, reopens=2),
        Candidate(24, 1, "chat", replies=7, seconds=190),
    ]
    picks = draw(plain + odd, method=Method.OUTLIERS, goals={1: 9}, seed=1)
    assert [(p.candidate.ticket_id, p.why, p.times) for p in picks] == [
        (20, Why.LONG, 10.0),
        (22, Why.SLOW, 4.5),
        (23, Why.REOPENED, 2.0),
        (21, Why.LONG, 5.0),
    ]


def test_what_is_usual_counts_a_conversation_once() -> None:
    found = [Candidate(1, agent, "chat", replies=9) for agent in range(5)]
    found += [Candidate(2, 1, "chat", replies=1), Candidate(3, 1, "chat", replies=2)]
    assert usual(found).replies == 2
    assert usual([]).replies == 0


def test_all_with_a_bad_rating_are_picked_whatever_the_goal() -> None:
    found = [Candidate(n, 1, "chat", is_rated_badly=n % 2 == 0) for n in range(10)]
    picks = draw(found, method=Method.LOW_CSAT, goals={1: 1}, seed=3)
    assert {pick.candidate.ticket_id for pick in picks} == {0, 2, 4, 6, 8}
    assert {pick.why for pick in picks} == {Why.LOW_CSAT}


@given(st.integers(0, 60), st.dictionaries(st.integers(1, 9), st.integers(0, 20)), SEEDS)
def test_shares_of_reviewees_are_even_while_they_last(
    total: int, available: dict[int, int], seed: int
) -> None:
    goals = share_out(total, available, seed)
    assert sum(goals.values()) == min(total, sum(available.values()))
    for one, other in product(goals, repeat=2):
        assert goals[one] <= available[one]
        if goals[other] < available[other]:
            assert goals[one] <= goals[other] + 1

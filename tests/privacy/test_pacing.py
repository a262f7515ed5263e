"""How long a service asks to be left alone, in all the ways that services say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.pacing import Pacer, _spacing, asked_to_wait, permissions_changed, spent_until

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
EPOCH = NOW.timestamp()


@dataclass(frozen=True)
class Allowed:
    calls: int
    seconds: float
    bucket: str = ""


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "4"}, 4.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 09:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 08:00:00 GMT"}, 0.0),
        ({"retry-after": "4", "x-ratelimit-reset": "17.36"}, 4.0),
        ({"x-ratelimit-reset": "17.36"}, 17.36),
        ({"ratelimit-reset": "12"}, 12.0),
        ({"x-ratelimit-reset": str(int(EPOCH) + 9)}, 9.0),
        ({"x-ratelimit-reset": str((int(EPOCH) + 9) * 1000)}, 9.0),
        ({"zendesk-ratelimit-tickets-index": "total=100; remaining=0; resets=17"}, 17.0),
        ({"zendesk-ratelimit-tickets-index": "total=100; remaining=9; resets=17"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_from_what_the_service_says(headers, seconds) -> None:
    wait = asked_to_wait(headers, NOW)
    assert wait == seconds if wait is None else wait == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(EPOCH) + 9)}, 9.0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "12"}, 12.0),
        ({"x-rate-limit-remaining": "0", "rate-limit-reset": "12"}, 12.0),
        ({"ratelimit-remaining": "1", "ratelimit-reset": "12"}, None),
        ({"x-ratelimit-remaining": "0"}, None),
        ({"ratelimit-reset": "12"}, None),
        ({"zendesk-ratelimit-tickets-index": "total=100; remaining=0; resets=17"}, None),
        ({}, None),
    ],
)
def test_the_end_of_a_spent_window_is_read_from_a_good_answer(headers, seconds) -> None:
    wait = spent_until(headers, NOW)
    assert wait == seconds if wait is None else wait == pytest.approx(seconds)


def test_a_date_is_compared_with_the_services_own_clock() -> None:
    headers = {
        "date": "Sun, 22 Nov 2026 10:00:00 GMT",
        "retry-after": "Sun, 22 Nov 2026 10:00:20 GMT",
    }
    assert asked_to_wait(headers, NOW) == 20.0


@given(st.integers(1, 5_000), st.sampled_from([1.0, 10.0, 60.0, 600.0]))
def test_no_window_holds_more_than_the_allowance_and_nine_tenths_are_used(calls, seconds) -> None:
    interval, tolerance = _spacing(Allowed(calls, seconds))
    window = seconds * 1_000_000
    most = 1 + (window + tolerance - 1) // interval
    assert most <= calls
    assert window / interval >= 0.9 * calls - 1e-6


def test_a_shorter_block_does_not_end_a_longer_one() -> None:
    pacer = Pacer(1, "blocked")
    pacer.block(60)
    pacer.block(1)
    assert 58 < pacer.take().wait <= 60
    assert pacer.take().granted == 0
    assert 58 < pacer.blocked_for() <= 60


def test_a_wait_is_not_counted_as_a_call() -> None:
    pacer = Pacer(1, "paced", [Allowed(10, 60.0)])
    assert pacer.take().wait == 0
    first, second = pacer.take().wait, pacer.take().wait
    assert 5.5 < second <= first <= 6.07


def test_as_many_turns_are_granted_at_once_as_one_by_one() -> None:
    allowed = [Allowed(100, 60.0), Allowed(40, 60.0, "export")]
    alone = Pacer(1, "one by one", allowed)
    one_by_one = sum(alone.take("export").granted for _turn in range(10))
    together = Pacer(1, "together", allowed).take("export", 10)
    assert (together.granted, together.wait) == (one_by_one, 0)
    assert one_by_one == 3
    assert Pacer(1, "together", allowed).take("export", 10).granted == 0


def test_without_an_allowance_all_turns_are_granted() -> None:
    assert Pacer(1, "free").take("", 8).granted == 8


def test_the_mark_moves_with_the_permissions_of_the_organisation_alone() -> None:
    here, elsewhere = Pacer(71, "a"), Pacer(72, "a")
    before, other = here.take().mark, elsewhere.take().mark
    permissions_changed(71)
    assert here.take().mark != before
    assert elsewhere.take().mark == other

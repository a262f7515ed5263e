"""Days of cycles, across months and changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.quality.assignments.cycles import Calendar, Cycle, Period, local_day, midnight

DAYS = st.dates(date(2020, 1, 1), date(2031, 12, 31))
REPEATING = st.sampled_from([cycle for cycle in Cycle if cycle != Cycle.ONCE])
ZONES = st.sampled_from(["Europe/Amsterdam", "America/New_York", "Africa/Cairo", "Asia/Kolkata"])


def test_months_begin_on_the_same_day_or_the_last_there_is() -> None:
    calendar = Calendar(Cycle.MONTHLY, date(2027, 1, 31))
    starts = [calendar.period(number).starts_on for number in range(1, 5)]  # type: ignore[union-attr]
    assert starts == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]
    assert calendar.period_on(date(2027, 3, 30)) == Period(2, date(2027, 2, 28), date(2027, 3, 31))


def test_a_single_cycle_lasts_a_week_or_until_its_last_day() -> None:
    first = date(2026, 11, 2)
    assert Calendar(Cycle.ONCE, first).period(1) == Period(1, first, date(2026, 11, 9))
    until = Calendar(Cycle.ONCE, first, date(2026, 11, 30))
    assert until.period_on(date(2026, 11, 30)) == Period(1, first, date(2026, 12, 1))
    assert until.period(2) is None
    assert until.next_start(first) is None


def test_the_last_cycle_is_cut_at_the_last_day() -> None:
    calendar = Calendar(Cycle.WEEKLY, date(2026, 11, 2), date(2026, 11, 12))
    assert calendar.period(2) == Period(2, date(2026, 11, 9), date(2026, 11, 13))
    assert calendar.period(3) is None
    assert calendar.period_on(date(2026, 11, 13)) is None


@pytest.mark.parametrize(("days", "due"), [(None, date(2026, 11, 8)), (3, date(2026, 11, 5))])
def test_reviews_are_due_at_the_end_or_when_it_was_said(days: int | None, due: date) -> None:
    period = Calendar(Cycle.WEEKLY, date(2026, 11, 2)).period(1)
    assert period is not None
    assert period.due_on(days) == due


@given(REPEATING, DAYS, st.integers(0, 2_000))
def test_every_day_from_the_first_on_lies_in_exactly_one_cycle(
    cycle: Cycle, first: date, later: int
) -> None:
    calendar = Calendar(cycle, first)
    day = first + timedelta(days=later)
    period = calendar.period_on(day)
    assert period is not None
    assert period.starts_on <= day < period.ends_on
    assert calendar.period(period.number) == period
    following = calendar.period(period.number + 1)
    assert following is not None
    assert following.starts_on == period.ends_on == calendar.next_start(day)


@given(REPEATING, DAYS, st.integers(1, 100))
def test_no_cycle_lies_before_the_first_day(cycle: Cycle, first: date, before: int) -> None:
    calendar = Calendar(cycle, first)
    assert calendar.period_on(first - timedelta(days=before)) is None
    assert calendar.next_start(first - timedelta(days=before)) == first


@given(DAYS, ZONES)
def test_a_day_begins_with_its_first_instant(day: date, name: str) -> None:
    zone = ZoneInfo(name)
    start = midnight(day, zone)
    assert local_day(start, zone) == day
    assert local_day(start - timedelta(microseconds=1), zone) == day - timedelta(days=1)


def test_a_week_with_a_change_of_the_clocks_is_seven_local_days() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    period = Calendar(Cycle.WEEKLY, date(2026, 10, 19)).period(1)
    assert period is not None
    hours = (midnight(period.ends_on, zone) - midnight(period.starts_on, zone)) / timedelta(hours=1)
    assert hours == 7 * 24 + 1
    evening = datetime(2026, 10, 25, 22, 30, tzinfo=UTC)  # 23:30, in winter time already
    assert Calendar(Cycle.WEEKLY, date(2026, 10, 19)).period_on(local_day(evening, zone)) == period


def test_a_day_whose_midnight_is_skipped_begins_when_the_clocks_go_on() -> None:
    assert midnight(date(2026, 4, 24), ZoneInfo("Africa/Cairo")) == datetime(
        2026, 4, 23, 22, tzinfo=UTC
    )

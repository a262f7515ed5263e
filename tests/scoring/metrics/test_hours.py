from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.metrics.hours import (
    FIRST_YEAR,
    LAST_YEAR,
    OFFICE_HOURS,
    ROUND_THE_CLOCK,
    BusinessCalendar,
)

ZONES = ["Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo", "Asia/Kathmandu"]
CALENDARS = [
    BusinessCalendar(
        time_zone=zone,
        week=((), ((0, 150), (180, 240)), *OFFICE_HOURS[2:5], ((120, 1440),), ((0, 30),)),
        holidays=frozenset({date(2026, 12, 25), date(2026, 3, 28)}),
    )
    for zone in ZONES
]
ALWAYS = [BusinessCalendar(time_zone=zone) for zone in ZONES]
instants = st.integers(1_262_304_000, 1_830_297_600).map(  # 2010 to 2027
    lambda second: datetime.fromtimestamp(second, UTC)
)
berlin = ZoneInfo("Europe/Berlin")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=berlin)


@given(st.sampled_from(CALENDARS), instants, instants, instants)
def test_a_span_is_the_sum_of_its_parts(calendar, one, two, three):
    start, middle, end = sorted([one, two, three])
    assert calendar.business_seconds(start, end) == calendar.business_seconds(
        start, middle
    ) + calendar.business_seconds(middle, end)


@given(st.sampled_from(CALENDARS), instants, instants)
def test_business_time_lies_between_nothing_and_calendar_time(calendar, one, two):
    start, end = sorted([one, two])
    assert 0 <= calendar.business_seconds(start, end) <= (end - start).total_seconds()
    assert calendar.business_seconds(end, start) == 0


@given(st.sampled_from(CALENDARS), instants, instants, instants)
def test_a_later_end_never_shortens_a_span(calendar, start, one, two):
    end, later = sorted([one, two])
    assert calendar.business_seconds(start, end) <= calendar.business_seconds(start, later)


@given(st.sampled_from(ALWAYS), instants, instants)
def test_round_the_clock_is_calendar_time(calendar, one, two):
    start, end = sorted([one, two])
    assert calendar.business_seconds(start, end) == (end - start).total_seconds()


@given(st.sampled_from(CALENDARS), instants)
def test_the_local_day_is_the_wall_clocks(calendar, instant):
    assert calendar.local_day(instant) == instant.astimezone(ZoneInfo(calendar.time_zone)).date()


@given(st.sampled_from(CALENDARS), st.datetimes(timezones=st.just(UTC)), st.datetimes())
def test_any_date_at_all_has_an_answer(calendar, start, naive):
    assert calendar.business_seconds(start, naive) >= 0
    assert FIRST_YEAR <= calendar.local_day(start).year <= LAST_YEAR


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        pytest.param(local(2026, 11, 16, 8), local(2026, 11, 16, 20), 8, id="a Monday"),
        pytest.param(local(2026, 11, 13, 16), local(2026, 11, 16, 10), 2, id="over a weekend"),
        pytest.param(local(2026, 11, 14, 0), local(2026, 11, 16, 0), 0, id="the weekend alone"),
        pytest.param(local(2026, 12, 24, 16), local(2026, 12, 28, 10), 2, id="over a holiday"),
        pytest.param(local(2026, 11, 16, 18), local(2026, 11, 17, 8), 0, id="at night"),
    ],
)
def test_office_hours(start, end, hours):
    calendar = BusinessCalendar(
        time_zone="Europe/Berlin", week=OFFICE_HOURS, holidays=frozenset({date(2026, 12, 25)})
    )
    assert calendar.business_seconds(start, end) == hours * 3600


@pytest.mark.parametrize(("day", "hours"), [(29, 23), (28, 24)])
def test_the_spring_day_has_twenty_three_hours(day, hours):
    calendar = BusinessCalendar(time_zone="Europe/Berlin", week=ROUND_THE_CLOCK)
    start, end = local(2026, 3, day), local(2026, 3, day) + timedelta(days=1)
    assert calendar.business_seconds(start, end) == hours * 3600


def test_office_hours_follow_the_wall_clock_over_a_change_of_the_clocks():
    calendar = BusinessCalendar(time_zone="Europe/Berlin", week=(((9 * 60, 17 * 60),),) * 7)
    for day in (24, 25, 26):
        start, end = local(2026, 10, day, 0), local(2026, 10, day, 23, 59)
        assert calendar.business_seconds(start, end) == 8 * 3600


def test_the_same_instant_falls_on_different_days_in_different_zones():
    instant = datetime(2026, 11, 16, 23, 30, tzinfo=UTC)
    days = {z: BusinessCalendar(time_zone=z).local_day(instant).day for z in ("UTC", "Asia/Tokyo")}
    assert days == {"UTC": 16, "Asia/Tokyo": 17}


@pytest.mark.parametrize(
    "week",
    [
        pytest.param(OFFICE_HOURS[:6], id="six days"),
        pytest.param((((600, 540),),) * 7, id="closes before it opens"),
        pytest.param((((0, 60), (30, 90)),) * 7, id="overlapping"),
        pytest.param((((0, 1441),),) * 7, id="longer than a day"),
    ],
)
def test_an_impossible_week_is_refused(week):
    with pytest.raises(ValueError, match=r"week|Opening"):
        BusinessCalendar(time_zone="UTC", week=week)

"""By when a request must be answered, as a table."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.rights.deadlines import (
    TooLate,
    due_on,
    extended_to,
    is_working_day,
    months_after,
)


@pytest.mark.promise("KU-13-08")
@pytest.mark.parametrize(
    ("received", "country", "due", "why"),
    [
        ("2026-06-03", "NL", "2026-07-03", "the same day of the next month"),
        ("2026-03-03", "NL", "2026-04-07", "Good Friday, the weekend and Easter Monday"),
        ("2026-01-31", "NL", "2026-03-02", "no 31 February: its last day, a Saturday; to Monday"),
        ("2024-01-31", "DE", "2024-02-29", "a leap year's last day of February"),
        ("2025-12-31", "FR", "2026-02-02", "31 January is a Saturday"),
        ("2026-10-31", "DE", "2026-11-30", "no 31 November"),
        ("2026-03-25", "NL", "2026-04-28", "25 April is a Saturday, 27 April is King's Day"),
        ("2026-11-25", "DE", "2026-12-28", "Christmas, then a weekend"),
        ("2026-11-25", "NL", "2026-12-28", "the same in the Netherlands"),
        ("2026-04-01", "FR", "2026-05-04", "Labour Day on a Friday, then a weekend"),
        ("2026-04-01", "DK", "2026-05-01", "not a public holiday in Denmark"),
        ("2026-12-01", "XX", "2027-01-01", "a country without a list has weekends only"),
    ],
)
def test_one_month_is_counted_as_the_law_counts(received, country, due, why):
    assert due_on(date.fromisoformat(received), country) == date.fromisoformat(due), why


@pytest.mark.parametrize(
    ("received", "told", "country", "until"),
    [
        ("2026-03-03", "2026-03-20", "NL", "2026-06-03"),
        ("2026-03-03", "2026-04-07", "NL", "2026-06-03"),
        ("2025-11-30", "2025-12-15", "DE", "2026-03-02"),
    ],
)
def test_two_further_months_when_told_within_the_first(received, told, country, until):
    found = extended_to(date.fromisoformat(received), country, told_on=date.fromisoformat(told))
    assert found == date.fromisoformat(until)


def test_nothing_is_extended_after_the_first_month():
    with pytest.raises(TooLate):
        extended_to(date(2026, 3, 3), "NL", told_on=date(2026, 4, 8))


def test_asking_who_it_is_stops_the_clock():
    assert due_on(date(2026, 6, 3), "NL", paused_days=4) == date(2026, 7, 7)


days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@settings(deadline=None)
@given(days, st.sampled_from(["NL", "DE", "FR", "BE", "IE"]))
def test_a_deadline_is_a_working_day_and_never_sooner_than_a_month(received, country):
    due = due_on(received, country)
    assert is_working_day(due, country)
    assert timedelta(0) <= due - months_after(received, 1) <= timedelta(days=7)


@settings(deadline=None)
@given(days, st.integers(0, 24))
def test_months_never_skip_a_month(day, months):
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months

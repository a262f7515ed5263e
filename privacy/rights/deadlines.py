"""By when a request must be answered. Pure: dates in, dates out.

GDPR Art. 12(3): one month after receipt, extendable by two further months, of which the person is
told within the first month. Counted as Regulation (EEC, Euratom) No 1182/71 Art. 3 says, which the
EDPB's Guidelines 01/2022 (v2.1, points 159 to 163) apply: a period in months ends on the day of the
month on which it began, or on the month's last day when there is no such day; when that is a
Saturday, Sunday or public holiday of the controller's country, on the next working day.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from functools import lru_cache

import holidays

MONTHS = 1
EXTENSION_MONTHS = 2
SATURDAY = 5
DAY = timedelta(days=1)
# When officers are told: a week before the last day, after a week in which nobody did anything, and
# after a day in which a machine should have.
DUE_SOON = timedelta(days=7)
STUCK = timedelta(days=7)
STUCK_AT_WORK = timedelta(days=1)
# Longer than this between two looks at the deadlines, and pages say that nobody watches.
WATCH_AT_LEAST = timedelta(hours=1)


class TooLate(ValueError):  # noqa: N818 - reads as what happened
    """An extension after the first month, of which the law knows nothing."""


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day when it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


@lru_cache(maxsize=256)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    """Of the whole country; a country that the library does not know has none."""
    if country not in holidays.list_supported_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))


def is_working_day(day: date, country: str) -> bool:
    return day.weekday() < SATURDAY and day not in _public_holidays(country, day.year)


def next_working_day(day: date, country: str) -> date:
    """The day itself, or the first working day after it."""
    while not is_working_day(day, country):
        day += DAY
    return day


def due_on(received_on: date, country: str, *, paused_days: int = 0) -> date:
    """The last day for an answer. `country`: ISO 3166, the controller's.

    `paused_days`: while the person was asked, without undue delay, for what is needed to identify
    them; those days do not count (Guidelines 01/2022, point 157).
    """
    ends = months_after(received_on, MONTHS) + paused_days * DAY
    return next_working_day(ends, country)


def extended_to(received_on: date, country: str, *, told_on: date, paused_days: int = 0) -> date:
    """The last day after an extension. Raises TooLate when the person was not told of it by the
    day on which the answer was due."""
    if told_on > due_on(received_on, country, paused_days=paused_days):
        raise TooLate
    ends = months_after(received_on, MONTHS + EXTENSION_MONTHS) + paused_days * DAY
    return next_working_day(ends, country)


def days_left(today: date, due: date) -> int:
    """Whole days until the end of the last day; negative when it has passed."""
    return (due - today).days

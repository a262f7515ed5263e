"""When an assignment's cycles begin and end. Pure.

Days are local days of the assignment's zone, so a week across a change of the clocks is still
seven of them. A month begins on the day of the month on which the assignment began, or on the
month's last day where it has no such day: 31 January, 28 February, 31 March.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

ONCE_DAYS = 7
_MONTHS = 12


class Cycle(StrEnum):
    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    TWO_WEEKLY = "two_weekly"
    MONTHLY = "monthly"


DAYS = {Cycle.ONCE: ONCE_DAYS, Cycle.DAILY: 1, Cycle.WEEKLY: 7, Cycle.TWO_WEEKLY: 14}
# What a cycle looks back at, unless the assignment says otherwise.
LOOK_BACK_DAYS = {
    Cycle.ONCE: 30, Cycle.DAILY: 3, Cycle.WEEKLY: 7, Cycle.TWO_WEEKLY: 14, Cycle.MONTHLY: 31,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """The cycle's days, the first one included, `ends_on` not. Numbers begin with 1."""

    number: int
    starts_on: date
    ends_on: date

    @property
    def last_day(self) -> date:
        return self.ends_on - timedelta(days=1)

    def due_on(self, days: int | None = None) -> date:
        """The last day for its reviews: that many days from its first on, or its own last day."""
        return self.last_day if days is None else self.starts_on + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Calendar:
    """An assignment's cycles from its first day to its last, if it has one."""

    cycle: Cycle
    first_day: date
    last_day: date | None = None

    def period_on(self, day: date) -> Period | None:
        """The cycle that a day belongs to; None before the first and after the last."""
        if day < self.first_day or (self.last_day is not None and day > self.last_day):
            return None
        period = self.period(self._number_on(day))
        return period if period is not None and day < period.ends_on else None

    def period(self, number: int) -> Period | None:
        """The cycle of that number; None when the assignment has no such cycle."""
        if number < 1 or (self.cycle == Cycle.ONCE and number > 1):
            return None
        starts_on, ends_on = self._start(number), self._start(number + 1)
        if self.last_day is None:
            return Period(number, starts_on, ends_on)
        after = self.last_day + timedelta(days=1)
        if starts_on >= after:
            return None
        once = self.cycle == Cycle.ONCE  # whose last day is as long as it lasts
        return Period(number, starts_on, after if once else min(ends_on, after))

    def next_start(self, day: date) -> date | None:
        """The first day of the first cycle that begins after `day`."""
        number = 1 if day < self.first_day else self._number_on(day) + 1
        period = self.period(number)
        return period.starts_on if period else None

    def current_or_next(self, day: date) -> Period | None:
        """The cycle that a day belongs to, or else the first one; None when all are over."""
        return self.period(1) if day < self.first_day else self.period_on(day)

    def _number_on(self, day: date) -> int:
        if self.cycle == Cycle.ONCE:
            return 1
        if self.cycle != Cycle.MONTHLY:
            return (day - self.first_day).days // DAYS[self.cycle] + 1
        months = (day.year - self.first_day.year) * _MONTHS + day.month - self.first_day.month
        return months + 1 if day >= self._start(months + 1) else months

    def _start(self, number: int) -> date:
        if self.cycle != Cycle.MONTHLY:
            return self.first_day + timedelta(days=(number - 1) * DAYS[self.cycle])
        years, month = divmod(self.first_day.month - 1 + number - 1, _MONTHS)
        year = self.first_day.year + years
        day = min(self.first_day.day, monthrange(year, month + 1)[1])
        return date(year, month + 1, day)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins, also where the clocks skip its midnight."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)

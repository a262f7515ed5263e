"""Business hours and local days, pure and fast.

A page of a thousand tickets asks some twenty thousand questions of one calendar, so a calendar
turns its week, holidays and time zone into sorted arrays of UTC seconds once, and every question
afterwards is a binary search. Daylight saving is settled while the arrays are built.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 24 * 60
DAYS_A_WEEK = 7

# Dates outside these years are slips of a source; they are moved to the nearest bound so that the
# arithmetic stays total.
FIRST_YEAR = 1990
LAST_YEAR = 2050

Week = tuple[tuple[tuple[int, int], ...], ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
# Two days inside, so that the local day exists in every time zone.
_EARLIEST = (datetime(FIRST_YEAR, 1, 3, tzinfo=UTC) - _EPOCH) // _SECOND
_LATEST = (datetime(LAST_YEAR, 12, 29, tzinfo=UTC) - _EPOCH) // _SECOND

ROUND_THE_CLOCK: Week = (((0, MINUTES_A_DAY),),) * DAYS_A_WEEK
OFFICE_HOURS: Week = (((9 * 60, 17 * 60),),) * 5 + ((),) * 2


def epoch_seconds(instant: datetime) -> int:
    """The instant in whole UTC seconds, moved into the years a calendar covers."""
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    second = int(instant.timestamp())
    if _EARLIEST <= second <= _LATEST:
        return second
    return _EARLIEST if second < _EARLIEST else _LATEST


@dataclass(slots=True)
class _Years:
    """The unrolled calendar of a run of years. All times are UTC seconds since 1970."""

    first: int
    last: int
    day_starts: list[int]
    days: list[date]
    opens: list[int]
    lengths: list[int]
    opened_before: list[int]  # seconds open before each opening, counted from the first


@dataclass(frozen=True)
class BusinessCalendar:
    """When an organisation works.

    `week` holds seven days, Monday first; a day is a tuple of `(opens, closes)` in local minutes
    after midnight, `(0, 1440)` being the whole day. A day in `holidays` has no opening at all.
    Raises `ValueError` on a week that is not seven days of ordered intervals, and
    `zoneinfo.ZoneInfoNotFoundError` on an unknown time zone.
    """

    time_zone: str
    week: Week = ROUND_THE_CLOCK
    holidays: frozenset[date] = frozenset()
    _years: list[_Years] = field(
        default_factory=list, init=False, repr=False, compare=False, hash=False
    )

    def __post_init__(self) -> None:
        ZoneInfo(self.time_zone)
        if len(self.week) != DAYS_A_WEEK:
            raise ValueError("A business week has seven days, Monday first.")
        for intervals in self.week:
            bounds = [minute for interval in intervals for minute in interval]
            in_order = all(early <= late for early, late in pairwise(bounds))
            if not in_order or any(not 0 <= minute <= MINUTES_A_DAY for minute in bounds):
                raise ValueError("Opening hours must be ordered minutes between 0 and 1440.")

    def business_seconds(self, start: datetime, end: datetime) -> int:
        """Seconds of `[start, end)` inside opening hours; 0 when `end` is not after `start`."""
        return self.seconds_open(epoch_seconds(start), epoch_seconds(end))

    def seconds_open(self, start: int, end: int) -> int:
        """`business_seconds` of two instants already in UTC seconds (see `epoch_seconds`)."""
        if end <= start:
            return 0
        years = self._covering(start, end)
        index = bisect_right(years.opens, start) - 1
        before = _opened_until(years, index, start)
        if index + 1 < len(years.opens) and years.opens[index + 1] <= end:
            index = bisect_right(years.opens, end, index + 1) - 1
        return _opened_until(years, index, end) - before

    def local_day(self, instant: datetime) -> date:
        """The calendar day of the instant in the organisation's time zone."""
        return self.day_of(epoch_seconds(instant))

    def day_of(self, second: int) -> date:
        """`local_day` of an instant already in UTC seconds (see `epoch_seconds`)."""
        years = self._covering(second, second)
        return years.days[bisect_right(years.day_starts, second) - 1]

    def _covering(self, start: int, end: int) -> _Years:
        if self._years:
            years = self._years[0]
            if years.day_starts[0] <= start and end < years.day_starts[-1]:
                return years
        first, last = _year_of(start) - 1, _year_of(end) + 1
        if self._years:
            first, last = min(first, self._years[0].first), max(last, self._years[0].last)
        unrolled = self._unroll(max(first, FIRST_YEAR), min(last, LAST_YEAR))
        # One assignment: threads sharing a calendar see the old arrays or the new ones.
        self._years[:] = [unrolled]
        return unrolled

    def _unroll(self, first: int, last: int) -> _Years:
        zone = ZoneInfo(self.time_zone)
        days = list(_days(date(first, 1, 1), date(last, 12, 31)))
        years = _Years(first, last, [], days, [], [], [])
        closed_at = opened = 0
        for day in days:
            midnight = datetime.combine(day, time.min)
            years.day_starts.append(_utc(midnight, zone))
            for opens, closes in () if day in self.holidays else self.week[day.weekday()]:
                # An hour that the clocks skip must not be counted twice.
                start = max(_utc(midnight + timedelta(minutes=opens), zone), closed_at)
                closed_at = max(_utc(midnight + timedelta(minutes=closes), zone), start)
                years.opens.append(start)
                years.lengths.append(closed_at - start)
                years.opened_before.append(opened)
                opened += closed_at - start
        return years


def _opened_until(years: _Years, index: int, second: int) -> int:
    """Seconds open before `second`, of which opening number `index` is the last to have begun."""
    if index < 0:
        return 0
    passed, length = second - years.opens[index], years.lengths[index]
    return years.opened_before[index] + min(length, passed)


def _utc(local: datetime, zone: ZoneInfo) -> int:
    return (local.replace(tzinfo=zone) - _EPOCH) // _SECOND


def _year_of(second: int) -> int:
    return (_EPOCH + timedelta(seconds=second)).year


def _days(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)

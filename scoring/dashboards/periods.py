"""Spans of local days that dashboards compare. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

A_DAY = timedelta(days=1)
A_WEEK = timedelta(weeks=1)
LONGEST_DAYS = 3 * 366
MOST_DAY_STEPS = 31
MOST_WEEK_STEPS = 27


class Grain(StrEnum):
    """How long the steps of a trend are. Weeks begin on Mondays."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` to `last`, both included.

    Raises `ValueError` when it ends before it begins or is longer than three years.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if not 0 < self.length <= LONGEST_DAYS:
            raise ValueError("A period has at least one day and at most three years.")

    @classmethod
    def of_last_days(cls, count: int, *, today: date) -> Self:
        """The `count` days that end with `today`."""
        return cls(today - (count - 1) * A_DAY, today)

    @classmethod
    def week_of(cls, day: date) -> Self:
        """Monday to Sunday around the day."""
        monday = day - day.weekday() * A_DAY
        return cls(monday, monday + A_WEEK - A_DAY)

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def previous(self) -> Period:
        """As many days, right before."""
        return Period(self.first - self.length * A_DAY, self.first - A_DAY)

    @property
    def grain(self) -> Grain:
        """The steps in which a trend of this length is still read at a glance."""
        if self.length <= MOST_DAY_STEPS:
            return Grain.DAY
        return Grain.WEEK if self.length <= 7 * MOST_WEEK_STEPS else Grain.MONTH

    def steps(self, grain: Grain) -> list[Period]:
        """The period cut into days, calendar weeks or calendar months, the ends cut short."""
        steps = []
        first = self.first
        while first <= self.last:
            last = min(_end_of(first, grain), self.last)
            steps.append(Period(first, last))
            first = last + A_DAY
        return steps

    def days(self) -> list[date]:
        return [self.first + number * A_DAY for number in range(self.length)]


def _end_of(day: date, grain: Grain) -> date:
    if grain is Grain.DAY:
        return day
    if grain is Grain.WEEK:
        return Period.week_of(day).last
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - A_DAY

"""The business calendar of an organisation, ready to count with."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from kaizo.accounts.models import Holiday, OpeningHours, Organisation
from scoring.metrics.hours import DAYS_A_WEEK, ROUND_THE_CLOCK, BusinessCalendar, Week


def calendar_of(organisation_id: int) -> BusinessCalendar:
    """The organisation's calendar as it stands; without any opening hours it never closes.

    Figures that were counted before keep the calendar of their time.
    """
    zone = Organisation.objects.values_list("time_zone", flat=True).get(pk=organisation_id)
    days: list[list[tuple[int, int]]] = [[] for _ in range(DAYS_A_WEEK)]
    spans = OpeningHours.objects.order_by("weekday", "opens").values_list(
        "weekday", "opens", "closes"
    )
    for weekday, opens, closes in spans:
        _add_span(days[weekday], opens, closes)
    week = tuple(tuple(day) for day in days) if any(days) else ROUND_THE_CLOCK
    return _unrolled(zone, week, frozenset(Holiday.objects.values_list("day", flat=True)))


def _add_span(day: list[tuple[int, int]], opens: int, closes: int) -> None:
    """Append a span; one that overlaps the last is merged with it."""
    if day and opens <= day[-1][1]:
        first, last = day.pop()
        opens, closes = first, max(last, closes)
    day.append((opens, closes))


@lru_cache(maxsize=64)
def _unrolled(zone: str, week: Week, holidays: frozenset[date]) -> BusinessCalendar:
    """A calendar is worth keeping: unrolling its years costs as much as counting a page."""
    return BusinessCalendar(time_zone=zone, week=week, holidays=holidays)

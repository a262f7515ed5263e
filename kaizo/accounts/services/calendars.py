"""When an organisation works: its weekly hours and its holidays.

A change counts for what is imported from then on; figures keep the calendar they were counted by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import holidays
from django.utils.translation import gettext as _

from kaizo.accounts.events import Event, record
from kaizo.accounts.models import MINUTES_A_DAY, Holiday, Membership, OpeningHours, Organisation
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.tenancy import tenant_scope

# (weekday, opens, closes): Monday is 0; local minutes since midnight.
Span = tuple[int, int, int]

OFFICE_HOURS: tuple[Span, ...] = tuple((weekday, 9 * 60, 17 * 60) for weekday in range(5))

# KPIs of past years count in business hours too, so holidays reach back as far as imports may.
_YEARS_BACK, _YEARS_AHEAD = 3, 1


def set_opening_hours(
    *, organisation: Organisation, spans: Iterable[Span], actor: Membership | None
) -> None:
    """Replace the weekly hours. Raises DomainError when spans overlap or end before they begin."""
    ordered = sorted(spans)
    _check_spans(ordered)
    with tenant_scope(organisation.pk):
        OpeningHours.objects.all().delete()
        OpeningHours.objects.bulk_create(
            OpeningHours(organisation=organisation, weekday=weekday, opens=opens, closes=closes)
            for weekday, opens, closes in ordered
        )
        record(Event.CALENDAR_CHANGED, actor=actor, target=organisation)


def _check_spans(ordered: Sequence[Span]) -> None:
    last_weekday, last_close = -1, 0
    for weekday, opens, closes in ordered:
        if not (0 <= opens < closes <= MINUTES_A_DAY):
            raise DomainError(_("Opening hours must end after they begin."))
        if weekday == last_weekday and opens < last_close:
            raise DomainError(_("Opening hours of one day must not overlap."))
        last_weekday, last_close = weekday, closes


def add_holiday(
    *, organisation: Organisation, day: date, name: str, actor: Membership | None
) -> Holiday:
    """Raises Conflict when the day is a holiday already."""
    with tenant_scope(organisation.pk):
        holiday, created = Holiday.objects.get_or_create(
            organisation=organisation, day=day, defaults={"name": name}
        )
        if not created:
            raise Conflict(_("This day is a holiday already."))
        record(Event.CALENDAR_CHANGED, actor=actor, target=organisation)
    found: Holiday = holiday
    return found


def remove_holiday(*, holiday: Holiday, actor: Membership) -> None:
    organisation = actor.organisation
    with tenant_scope(holiday.organisation_id):
        holiday.delete()
        record(Event.CALENDAR_CHANGED, actor=actor, target=organisation)


def load_public_holidays(*, organisation: Organisation, actor: Membership | None) -> int:
    """Add the country's public holidays, three years back to next year, and return how many were
    new. Repeating it changes nothing; days that are there keep their names. Countries without
    known holidays add none."""
    with tenant_scope(organisation.pk):
        known = set(Holiday.objects.values_list("day", flat=True))
        new = [
            Holiday(organisation=organisation, day=day, name=name)
            for day, name in _public_holidays(organisation.country)
            if day not in known
        ]
        Holiday.objects.bulk_create(new)
        if new:
            record(Event.CALENDAR_CHANGED, actor=actor, target=organisation)
        return len(new)


def _public_holidays(country: str) -> list[tuple[date, str]]:
    this_year = clock.now().year
    years = range(this_year - _YEARS_BACK, this_year + _YEARS_AHEAD + 1)
    try:
        found = holidays.country_holidays(country, years=years)
    except NotImplementedError:  # the library's word for a country it does not know
        return []
    return [(day, name[:120]) for day, name in sorted(found.items())]

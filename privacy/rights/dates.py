"""Days of a request, in the zone of its organisation."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from kaizo.core import clock
from privacy.rights import deadlines
from privacy.rights.models import RightsRequest


def came_at(day: date, zone: str) -> datetime:
    """A moment for what is known to have come on a day."""
    return datetime.combine(day, time(12), ZoneInfo(zone))


def extended_until(found: RightsRequest, *, country: str, zone: str) -> datetime:
    """The end of an extension that the person is told of today. Raises deadlines.TooLate once the
    first month is over."""
    local = ZoneInfo(zone)
    today = clock.now().astimezone(local).date()
    received = found.received_at.astimezone(local).date()
    last = deadlines.extended_to(received, country, told_on=today)
    return datetime.combine(last, time.max, local)

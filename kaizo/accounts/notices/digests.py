"""Which notices a daily or weekly mail gathers.

A digest is due from 7 o'clock in the organisation's zone, each day or each Monday, and takes what
came before that. What a missed run left goes with the next; nothing older than two weeks is mailed.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery

from kaizo.accounts.models import Notice, NoticeKind, NoticePreference, Organisation
from kaizo.accounts.notices.kinds import DEFAULTS, Frequency
from kaizo.core import clock

HOUR = time(7)
OLDEST = timedelta(days=14)


def members_with_digest(organisation_id: int) -> list[int]:
    """Members of the organisation in scope whose daily or weekly mail is due."""
    found = _due(organisation_id).order_by("recipient").values_list("recipient", flat=True)
    return list(found.distinct())


def due_notices(organisation_id: int, membership_id: int) -> list[int]:
    """What the mail to one member gathers, the oldest first."""
    found = _due(organisation_id).filter(recipient=membership_id).order_by("pk")
    return list(found.values_list("pk", flat=True))


def _due(organisation_id: int) -> QuerySet[Notice]:
    now = clock.now()
    organisation = Organisation.objects.only("time_zone").get(pk=organisation_id)
    day, week = boundaries(now, ZoneInfo(organisation.time_zone))
    frequency = NoticePreference.objects.filter(
        membership=OuterRef("recipient"), kind=OuterRef("kind")
    ).values("frequency")
    default = Q(chosen__isnull=True)
    daily = Q(chosen=Frequency.DAILY) | default & Q(kind__in=_by_default(Frequency.DAILY))
    weekly = Q(chosen=Frequency.WEEKLY) | default & Q(kind__in=_by_default(Frequency.WEEKLY))
    found: QuerySet[Notice] = (
        Notice.objects.filter(
            mailed_at__isnull=True,
            read_at__isnull=True,
            created_at__gt=now - OLDEST,
            recipient__is_active=True,
        )
        .annotate(chosen=Subquery(frequency))
        .filter(daily & Q(created_at__lt=day) | weekly & Q(created_at__lt=week))
    )
    return found


def _by_default(frequency: Frequency) -> list[NoticeKind]:
    return [kind for kind, usual in DEFAULTS.items() if usual == frequency]


def boundaries(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The last 7 o'clock, and the last one of a Monday."""
    local = now.astimezone(zone)
    today = _at(local.date(), zone)
    day = today if today <= local else _at(local.date() - timedelta(days=1), zone)
    week = _at(day.date() - timedelta(days=day.weekday()), zone)
    return day, week


def _at(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, HOUR, zone)

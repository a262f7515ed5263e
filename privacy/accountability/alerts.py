"""Noticing that somebody reads the data of very many people (GDPR Art. 32 and 33).

Counted are people, not clicks: whoever looks at the same person again and again, or at the same
dashboard, is not counted twice. A burst is one alert, however long it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, F, Max, Min
from django.utils.translation import gettext_lazy as _

from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.tenancy import Purpose, current_organisation_id, tenant_scope
from privacy.accountability.access_log import registered_readings
from privacy.accountability.limits import people_allowed
from privacy.accountability.models import Alert, AlertKind, Conclusion, EventSubject
from privacy.audit import record_event, register_actions
from privacy.models import AuditEvent

WINDOW = timedelta(hours=1)
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('privacy_alert'), %s::int)"

register_actions(
    {
        "privacy.alert.raised": {"kind": frozenset(AlertKind.values), "people": int},
        "privacy.alert.acknowledged": {"conclusion": frozenset(Conclusion.values)},
    }
)

# Who is told of a new alert, in its transaction.
_listeners: list[Callable[[Alert], None]] = []


def on_alert(listener: Callable[[Alert], None]) -> None:
    """Call `listener` with every new alert. Repeatable."""
    if listener not in _listeners:
        _listeners.append(listener)


class OwnReading(DomainError):  # noqa: N818 - reads as what happened
    """Somebody wants to judge their own reading."""

    def __init__(self) -> None:
        super().__init__(_("The alert is about your own reading. Somebody else has to judge it."))


@dataclass(frozen=True, slots=True)
class _Burst:
    kind: AlertKind
    actor_user_id: int
    people: int
    allowed: int
    first: datetime
    last: datetime


def raise_alerts(organisation_id: int) -> list[Alert]:
    """Alerts about the last hour of an organisation that are new; a burst that goes on moves the
    end of its alert. Idempotent, and safe to run twice at once."""
    with tenant_scope(organisation_id, purpose=Purpose.SECURITY):
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [organisation_id])
        return [alert for burst in _bursts() if (alert := _alert_of(burst))]


def _bursts() -> Iterator[_Burst]:
    since, allowed = clock.now() - WINDOW, people_allowed()
    events = AuditEvent.objects.filter(
        occurred_at__gt=since, action__in=list(registered_readings()), actor_user_id__isnull=False
    )
    opened = events.filter(subject_id__isnull=False).order_by().values(actor=F("actor_user_id"))
    yield from _over(
        AlertKind.OPENED,
        allowed[AlertKind.OPENED],
        opened.annotate(
            people=Count("subject_id", distinct=True),
            first=Min("occurred_at"),
            last=Max("occurred_at"),
        ),
    )
    seen = EventSubject.objects.filter(event__in=events).order_by()
    yield from _over(
        AlertKind.SEEN,
        allowed[AlertKind.SEEN],
        seen.values(actor=F("event__actor_user_id")).annotate(
            people=Count("subject_id", distinct=True),
            first=Min("event__occurred_at"),
            last=Max("event__occurred_at"),
        ),
    )


def _over(kind: AlertKind, allowed: int, counted: object) -> Iterator[_Burst]:
    rows = counted.filter(people__gt=allowed).order_by("actor")  # type: ignore[attr-defined]  # a query set of sums
    for row in rows:
        yield _Burst(kind, row["actor"], row["people"], allowed, row["first"], row["last"])


def _alert_of(burst: _Burst) -> Alert | None:
    """A new alert, or None when the burst has one already."""
    known = (
        Alert.objects.filter(
            kind=burst.kind, actor_user_id=burst.actor_user_id, last_at__gte=burst.first
        )
        .order_by("-last_at")
        .first()
    )
    if known is None:
        return _raise(burst)
    if burst.last > known.last_at or burst.people > known.people:
        known.last_at = max(known.last_at, burst.last)
        known.people = max(known.people, burst.people)
        known.save(update_fields=["last_at", "people"])
    return None


def _raise(burst: _Burst) -> Alert:
    organisation_id = current_organisation_id()
    alert: Alert = Alert.objects.create(
        organisation_id=organisation_id,
        kind=burst.kind,
        actor_user_id=burst.actor_user_id,
        people=burst.people,
        allowed=burst.allowed,
        started_at=burst.first,
        last_at=burst.last,
    )
    _record("privacy.alert.raised", alert, None, {"kind": burst.kind.value, "people": burst.people})
    for listener in _listeners:
        listener(alert)
    return alert


@transaction.atomic
def acknowledge(alert: Alert, *, conclusion: str, actor_user_id: int) -> Alert:
    """Say what came of an alert. Raises OwnReading for whoever it is about, and Conflict when
    somebody has judged it already."""
    locked: Alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if actor_user_id == locked.actor_user_id:
        raise OwnReading
    if locked.acknowledged_at is not None:
        raise Conflict(_("Somebody has acknowledged this alert already."))
    locked.conclusion = Conclusion(conclusion)
    locked.acknowledged_at, locked.acknowledged_by_id = clock.now(), actor_user_id
    locked.save(update_fields=["conclusion", "acknowledged_at", "acknowledged_by_id"])
    _record("privacy.alert.acknowledged", locked, actor_user_id, {"conclusion": locked.conclusion})
    return locked


def _record(
    action: str, alert: Alert, actor_user_id: int | None, detail: dict[str, int | bool | str]
) -> None:
    record_event(
        organisation_id=alert.organisation_id,
        action=action,
        actor_user_id=actor_user_id,
        object_type="privacy.alert",
        object_id=alert.pk,
        purpose=Purpose.SECURITY,
        detail=detail,
    )

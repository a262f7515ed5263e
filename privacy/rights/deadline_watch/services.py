"""Finding requests whose time runs out or that nobody moves, and telling officers.

Needs no worker and no queue: mails go out from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from kaizo.core import clock
from kaizo.core.logs import get_logger
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.organisations import organisation_ids, organisation_model
from privacy.rights import deadlines, states
from privacy.rights.deadline_watch.models import DeadlineAlert, DeadlineWatch
from privacy.rights.hooks import hooks
from privacy.rights.models import RequestEvent, RightsRequest

log = get_logger(__name__)
Kind = DeadlineAlert.Kind
# A request in one of these is somebody's work, or a machine's, and has to move.
_MOVES_BY_ITSELF = frozenset({states.Status.APPROVED, states.Status.RUNNING})


def look() -> int:
    """Look at every organisation's requests and tell of what is new; of how many. Outside any
    scope. What fails for one organisation is logged and does not keep the others waiting."""
    told = 0
    for organisation_id in organisation_ids():
        try:
            told += look_at(organisation_id)
        except Exception:  # whatever it is, the other organisations are still looked after
            log.exception("deadline_watch_failed", organisation_id=organisation_id)
    DeadlineWatch.objects.update_or_create(pk=1, defaults={"looked_at": clock.now()})
    return told


def look_at(organisation_id: int) -> int:
    """The same for one. A mail that cannot be sent leaves its alerts to be told the next time."""
    with tenant_scope(organisation_id, purpose=Purpose.SUBJECT_ACCESS):
        fresh = [alert for alert in _alerts(organisation_id) if _is_new(alert)]
        if fresh:
            _mail(organisation_id, fresh)
            DeadlineAlert.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def last_look() -> datetime | None:
    return DeadlineWatch.objects.filter(pk=1).values_list("looked_at", flat=True).first()


def is_asleep() -> bool:
    """Whether nobody watches: what a page has to say aloud."""
    seen = last_look()
    return seen is None or clock.now() - seen > deadlines.WATCH_AT_LEAST


def what_is_wrong(
    *, status: str, until: datetime | None, moved_at: datetime | None, now: datetime
) -> list[str]:
    """Pure: what officers have to know of an open request."""
    found = []
    if until is not None and until < now:
        found.append(Kind.OVERDUE.value)
    elif until is not None and until - now <= deadlines.DUE_SOON:
        found.append(Kind.DUE_SOON.value)
    patience = deadlines.STUCK_AT_WORK if status in _MOVES_BY_ITSELF else deadlines.STUCK
    if moved_at is not None and now - moved_at > patience:
        found.append(Kind.STUCK.value)
    return found


def _alerts(organisation_id: int) -> Iterator[DeadlineAlert]:
    now = clock.now()
    events = RequestEvent.objects.filter(request=OuterRef("pk")).order_by()
    last = events.values("request").annotate(at=Max("at")).values("at")
    rows = RightsRequest.objects.filter(status__in=list(states.OPEN)).annotate(
        until=Coalesce("extended_to", "due_at"), moved_at=Subquery(last)
    )
    for found in rows.order_by("until", "pk"):
        for kind in what_is_wrong(
            status=found.status, until=found.until, moved_at=found.moved_at, now=now
        ):
            yield DeadlineAlert(
                organisation_id=organisation_id, request=found, kind=kind, due_at=found.until
            )


def _is_new(alert: DeadlineAlert) -> bool:
    told = DeadlineAlert.objects.filter(request=alert.request, kind=alert.kind)
    if alert.kind == Kind.STUCK:  # one that moves and stands still again is told of again
        return not told.filter(told_at__gt=clock.now() - deadlines.STUCK).exists()
    return not told.filter(due_at=alert.due_at).exists()


def _mail(organisation_id: int, alerts: Sequence[DeadlineAlert]) -> None:
    addresses = sorted({each for ask in hooks.officers for each in ask(organisation_id)})
    if not addresses:
        log.warning("deadline_without_officers", organisation_id=organisation_id)
        return
    organisation = organisation_model()._default_manager.get(pk=organisation_id)  # noqa: SLF001 - Django's documented API
    path = reverse("privacy:board", args=[organisation.slug])  # type: ignore[attr-defined]  # the tenant
    context = {
        "alerts": alerts,
        "name": organisation.name,  # type: ignore[attr-defined]  # the tenant
        "url": f"{settings.BASE_URL}{path}",
    }
    subject = _("Privacy requests that need somebody: %(count)s") % {"count": len(alerts)}
    body = render_to_string("privacy/mail/deadlines.txt", context)
    for address in addresses:  # one each: officers need not know of each other
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [address])


EVERY = timedelta(minutes=15)

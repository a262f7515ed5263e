"""What the audit log's page shows: events by key, by filters, with their seals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from privacy.accountability.access_log import registered_readings
from privacy.accountability.checking import CHECKED
from privacy.accountability.models import AuditSeal, EventSubject
from privacy.models import AuditEvent, Outcome

PER_PAGE = 50
MOST_EXPORTED = 20_000
READINGS = "readings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An event. `actor` and `affected` are the sixteen digits of accounts, never names; all that
    names somebody is empty for a reader who may not see people's rows."""

    id: int
    occurred_at: datetime
    action: str
    outcome: str
    outcome_label: str
    purpose: str
    object_type: str
    object_id: str = ""
    actor: str = ""
    affected: str = ""
    subject_id: UUID | None = None
    people: int = 0
    detail: Sequence[tuple[str, Any]] = ()
    is_sealed: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page by key: `after` is the event to go on from, or None."""

    lines: list[Line]
    after: int | None


@dataclass(frozen=True, slots=True)
class SealState:
    """How far the log is sealed, and when the seals were last compared with the events."""

    seals: int
    sealed_at: datetime | None
    up_to_id: int
    unsealed: int
    checked_at: datetime | None
    is_intact: bool
    problems: int


def seal_state() -> SealState:
    """Of the organisation in scope, in three queries."""
    last = AuditSeal.objects.order_by("-number").first()
    up_to = last.up_to_id if last else 0
    checked = AuditEvent.objects.filter(action=CHECKED).order_by("-pk").first()
    return SealState(
        seals=last.number if last else 0,
        sealed_at=last.sealed_at if last else None,
        up_to_id=up_to,
        unsealed=AuditEvent.objects.filter(pk__gt=up_to).count(),
        checked_at=checked.occurred_at if checked else None,
        is_intact=checked is None or checked.outcome == Outcome.DONE,
        problems=int(checked.detail.get("problems", 0)) if checked else 0,
    )


def events_page(
    filters: dict[str, Any], *, with_people: bool, up_to_id: int, before: int | None = None
) -> Page:
    """The latest events that fit, 50 at a time, in three queries."""
    found = matching(filters)
    if before is not None:
        found = found.filter(pk__lt=before)
    events = list(found.order_by("-pk")[: PER_PAGE + 1])
    after = events[PER_PAGE - 1].pk if len(events) > PER_PAGE else None
    shown = events[:PER_PAGE]
    return Page(list(lines_of(shown, with_people=with_people, up_to_id=up_to_id)), after)


def matching(filters: dict[str, Any]) -> QuerySet[AuditEvent]:
    """Events by `since` and `until` (moments), `action` (or `readings` for all of these),
    `object_type`, `object_id`, `outcome` and `person` (an account's or a subject's id)."""
    events: QuerySet[AuditEvent] = AuditEvent.objects.all()
    if filters.get("since"):
        events = events.filter(occurred_at__gte=filters["since"])
    if filters.get("until"):
        events = events.filter(occurred_at__lt=filters["until"])
    if filters.get("action") == READINGS:
        events = events.filter(action__in=list(registered_readings()))
    elif filters.get("action"):
        events = events.filter(action=filters["action"])
    for name in ("object_type", "object_id", "outcome"):
        if filters.get(name):
            events = events.filter(**{name: filters[name]})
    return events.filter(_about(filters["person"])) if filters.get("person") else events


def _about(person: int | UUID) -> Q:
    if isinstance(person, UUID):
        listed = EventSubject.objects.filter(subject_id=person).values("event_id")
        return Q(subject_id=person) | Q(pk__in=listed)
    return Q(actor_user_id=person) | Q(affected_user_id=person)


def user_of(number: str) -> int | None:
    """The account with these sixteen digits."""
    found = get_user_model().objects.filter(public_number=number).values_list("pk", flat=True)
    return next(iter(found), None)


def number_of(user_ids: Iterable[int | None]) -> dict[int, str]:
    """The sixteen digits of accounts that still exist."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    rows = get_user_model().objects.filter(pk__in=wanted)
    return dict(rows.values_list("pk", "public_number"))


def exported(filters: dict[str, Any], *, with_people: bool) -> list[list[str]] | None:
    """Rows of a file; None when there are more than one file may hold."""
    events = list(matching(filters).order_by("-pk")[: MOST_EXPORTED + 1])
    if len(events) > MOST_EXPORTED:
        return None
    up_to = seal_state().up_to_id
    lines = lines_of(events, with_people=with_people, up_to_id=up_to)
    return [_cells(line, with_people=with_people) for line in lines]


def head(*, with_people: bool) -> list[str]:
    people = ["object_id", "actor", "affected", "subject", "people"] if with_people else []
    return [
        "id", "occurred_at", "action", "outcome", "purpose", "object_type", "detail", "sealed",
        *people,
    ]  # fmt: skip


def _cells(line: Line, *, with_people: bool) -> list[str]:
    cells = [
        str(line.id),
        line.occurred_at.isoformat(),
        line.action,
        line.outcome,
        line.purpose,
        line.object_type,
        " ".join(f"{key}={value}" for key, value in line.detail),
        "yes" if line.is_sealed else "no",
    ]
    if with_people:
        subject = str(line.subject_id or "")
        cells += [line.object_id, line.actor, line.affected, subject, str(line.people)]
    return cells


def lines_of(events: Sequence[AuditEvent], *, with_people: bool, up_to_id: int) -> Iterator[Line]:
    ids = {i for event in events for i in (event.actor_user_id, event.affected_user_id)}
    numbers = number_of(ids) if with_people else {}
    for event in events:
        line: dict[str, Any] = {
            "id": event.pk,
            "occurred_at": event.occurred_at,
            "action": event.action,
            "outcome": event.outcome,
            "outcome_label": event.get_outcome_display(),
            "purpose": event.purpose,
            "object_type": event.object_type,
            "is_sealed": event.pk <= up_to_id,
            "detail": [(k, v) for k, v in sorted(event.detail.items()) if k != "people"],
        }
        if with_people:
            line |= {
                "object_id": event.object_id,
                "actor": _shown(event.actor_user_id, numbers),
                "affected": _shown(event.affected_user_id, numbers),
                "subject_id": event.subject_id,
                "people": int(event.detail.get("people", 0)),
            }
        yield Line(**line)


def _shown(user_id: int | None, numbers: dict[int, str]) -> str:
    """An account that is gone keeps the number under which the log knows it."""
    return "" if user_id is None else numbers.get(user_id, f"#{user_id}")

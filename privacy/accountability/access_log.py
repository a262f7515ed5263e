"""Who has looked at whose data, and what for (GDPR Art. 15(1) and 32; CJEU C-579/21).

Every view of a conversation's words and of another person's scores writes exactly one event. An
app says once which of its actions are such readings, and in which words the people concerned are
told; what they are told holds dates, purposes and roles, and no name of whoever looked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaizo.core.permissions import Role
from kaizo.core.tenancy import Purpose, current_organisation_id
from privacy.audit import DetailType, record_event, register_actions
from privacy.models import AuditEvent, EventSubject

Words = str | Promise


class Channel(StrEnum):
    """How something was looked at."""

    PAGE = "page"
    API = "api"
    FILE = "file"


class Reader(Protocol):
    """Whoever looks: a member, also behind an API token."""

    @property
    def user_id(self) -> int: ...

    @property
    def role(self) -> str: ...


_DETAIL: Mapping[str, DetailType] = {
    "role": frozenset(Role.values),
    "channel": frozenset(Channel),
    "people": int,
}
_readings: dict[str, Words] = {}


def register_readings(
    readings: Mapping[str, Words], detail: Mapping[str, Mapping[str, DetailType]] | None = None
) -> None:
    """Declare actions that show data about people, each with what the people are told was looked
    at. `detail` adds what an event of the action says besides. Repeatable."""
    more = detail or {}
    register_actions({action: {**_DETAIL, **more.get(action, {})} for action in readings})
    _readings.update(readings)


def registered_readings() -> Mapping[str, Words]:
    return dict(_readings)


@transaction.atomic(savepoint=False)
def record_reading(  # noqa: PLR0913 - who saw what, of whom, what for and how
    action: str,
    *,
    reader: Reader,
    people: Iterable[UUID | None],
    purpose: Purpose,
    subject_id: UUID | None = None,
    object_type: str = "",
    object_id: int | UUID | None = None,
    affected_user_id: int | None = None,
    channel: Channel = Channel.PAGE,
    detail: Mapping[str, int | bool | str] | None = None,
) -> None:
    """Write one event, in the caller's transaction and the organisation in scope, that somebody
    saw data about `people` (None among them stands for nobody, and people count once). What was
    opened by itself is mainly about `subject_id`; a list is about nobody in particular."""
    seen = sorted({subject for subject in (*people, subject_id) if subject is not None}, key=str)
    organisation_id = current_organisation_id()
    event = record_event(
        organisation_id=organisation_id,
        action=action,
        actor_user_id=reader.user_id,
        object_type=object_type,
        object_id=object_id,
        affected_user_id=affected_user_id,
        subject_id=subject_id,
        purpose=purpose,
        detail={
            **(detail or {}),
            "role": str(reader.role),
            "channel": channel.value,
            "people": len(seen),
        },
    )
    if seen not in ([], [subject_id]):
        _list_people(organisation_id, event.pk, seen)


def _list_people(organisation_id: int, event_id: int, seen: Sequence[UUID]) -> None:
    """As plain SQL: every page of a list does this for some fifty people."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO privacy_eventsubject (organisation_id, event_id, subject_id)"
            " SELECT %s, %s, unnest(%s::uuid[])",
            [organisation_id, event_id, [subject.hex for subject in seen]],
        )


class AccessLine(NamedTuple):
    """One look at somebody's data. `role` is empty for what was recorded without one."""

    occurred_at: datetime
    purpose: str
    action: str
    role: str

    @property
    def what(self) -> Words:
        """What was looked at, in words."""
        return _readings.get(self.action, self.action)

    @property
    def by(self) -> Words:
        """Whose role it was, in words."""
        return Role(self.role).label if self.role else _("A member of the organisation")

    @property
    def why(self) -> Words:
        """The purpose, in words."""
        return PURPOSES.get(self.purpose, self.purpose)


PURPOSES: Mapping[str, Words] = {
    Purpose.SERVICE: _("To run the service"),
    Purpose.QUALITY_EVALUATION: _("To evaluate quality"),
    Purpose.COACHING: _("For coaching"),
    Purpose.SUBJECT_ACCESS: _("To answer a request about personal data"),
    Purpose.STORAGE: _("To keep it safe"),
    Purpose.SECURITY: _("For security"),
}


def readings_of(
    subject_ids: Collection[UUID], *, user_id: int | None = None
) -> QuerySet[AuditEvent]:
    """Events, in the organisation in scope, in which somebody else looked at data of these
    subjects or of this account. In no order."""
    ids = list(subject_ids)
    mine = AuditEvent.objects.filter(subject_id__in=ids).values("pk")
    listed = EventSubject.objects.filter(subject_id__in=ids).values("event_id")
    found = mine.union(listed, all=True)
    if user_id is not None:
        affected = AuditEvent.objects.filter(affected_user_id=user_id).values("pk")
        found = mine.union(listed, affected, all=True)
    events: QuerySet[AuditEvent] = AuditEvent.objects.filter(
        pk__in=found, action__in=list(_readings)
    )
    if user_id is not None:
        events = events.exclude(Q(actor_user_id=user_id))
    return events


def access_log_of(
    subject_ids: Collection[UUID], *, user_id: int | None = None
) -> Iterator[AccessLine]:
    """Every look at the data of these subjects (and of this account), the newest first: when,
    what for, what, and in which role. In the scope of their organisation; names nobody."""
    rows = readings_of(subject_ids, user_id=user_id).order_by("-occurred_at", "-pk")
    for event in rows.iterator(2_000):
        yield line_of(event)


def line_of(event: AuditEvent) -> AccessLine:
    role = str(event.detail.get("role", ""))
    return AccessLine(
        event.occurred_at, event.purpose, event.action, role if role in Role.values else ""
    )

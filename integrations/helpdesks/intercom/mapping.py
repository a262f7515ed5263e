"""A conversation of Intercom to a `TicketRecord`. Pure; never raises on what a payload holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from integrations.base import Faulty
from integrations.helpdesks.intercom.directory import Directory
from integrations.helpdesks.intercom.history import CUSTOMERS, events_of, messages_of
from integrations.helpdesks.intercom.payloads import Conversation, Deleted, moment
from integrations.helpdesks.texts import text_of_comment
from tickets.contracts import (
    AgentRecord,
    Channel,
    CsatRecord,
    CsatScale,
    EventRecord,
    EventType,
    PersonRecord,
    Priority,
    Status,
    TicketRecord,
)

_MAX_SUBJECT: Final = 2_000
_MAX_FIELD: Final = 2_000
_STATES: Final = {"open": Status.OPEN, "snoozed": Status.PENDING, "closed": Status.SOLVED}
_PRIORITIES: Final = {"priority": Priority.HIGH, "not_priority": Priority.NORMAL}
_RATINGS: Final = range(1, 6)
_CHANNELS: Final = {
    "email": Channel.EMAIL,
    "conversation": Channel.CHAT,
    "push": Channel.CHAT,
    "whatsapp": Channel.MESSAGING,
    "sms": Channel.MESSAGING,
    "slack": Channel.MESSAGING,
    "facebook": Channel.SOCIAL,
    "instagram": Channel.SOCIAL,
    "twitter": Channel.SOCIAL,
    "phone_call": Channel.PHONE,
    "phone_switch": Channel.PHONE,
}


def map_gone(conversation_id: str, at: datetime) -> TicketRecord:
    """An order to erase: an id and a time only."""
    return TicketRecord(
        id=conversation_id,
        channel=Channel.WEB,
        status=Status.DELETED,
        created_at=at,
        updated_at=at,
        requester=PersonRecord(id="0"),
        messages=(),
    )


def map_deleted(row: Deleted) -> TicketRecord:
    return map_gone(str(row.id), moment(row.deleted_at or 0))


def map_conversation(conversation: Conversation, directory: Directory) -> TicketRecord | Faulty:
    """The snapshot of a conversation that exists, or why there is none.

    The vendor gives the newest 500 parts; the record of a longer conversation says from when on it
    is complete.
    """
    number = str(conversation.id)
    status = _STATES.get(conversation.state or "")
    if status is None:
        return Faulty(number, "state: is not one we know")
    events = events_of(conversation, directory)
    source = conversation.source
    return TicketRecord(
        id=number,
        channel=_CHANNELS.get((source.type if source else None) or "", Channel.CHAT),
        status=status,
        created_at=moment(conversation.created_at),
        updated_at=moment(conversation.updated_at),
        requester=directory.person(requester_id(conversation)),
        messages=messages_of(conversation, directory),
        subject=_subject(conversation),
        priority=_PRIORITIES.get(conversation.priority or ""),
        solved_at=_solved_at(conversation, status, events),
        tags=_tags(conversation),
        assignee=_assignee(conversation, directory),
        events=events,
        csat=_rating(conversation),
        fields=_fields(conversation),
        complete_since=_complete_since(conversation),
    )


def _complete_since(conversation: Conversation) -> datetime | None:
    """The oldest part that was given, when there are older ones; None when there are none."""
    parts = conversation.conversation_parts
    if parts.total_count <= len(parts.conversation_parts):
        return None
    given = [part.created_at for part in parts.conversation_parts]
    return moment(min(given, default=conversation.updated_at))


def requester_id(conversation: Conversation) -> str:
    """The first contact. Where all of them have been deleted, somebody of this conversation."""
    for contact in conversation.contacts.contacts if conversation.contacts else []:
        return str(contact.id)
    author = conversation.source.author if conversation.source else None
    if author is not None and author.type in CUSTOMERS and author.id:
        return str(author.id)
    return f"of-{conversation.id}"


def _subject(conversation: Conversation) -> str:
    source = conversation.source
    given = conversation.title or (source.subject if source else None) or ""
    if source is not None and source.redacted:
        given = conversation.title or ""
    is_markup = given.startswith("<")
    return text_of_comment(None, given if is_markup else None, given)[:_MAX_SUBJECT]


def _solved_at(
    conversation: Conversation, status: Status, events: Sequence[EventRecord]
) -> datetime | None:
    if not status.is_solved:
        return None
    closed = conversation.statistics.last_close_at if conversation.statistics else None
    if closed is not None:
        return moment(closed)
    solves = [
        event.at
        for event in events
        if event.type is EventType.STATUS and event.target == Status.SOLVED
    ]
    return solves[-1] if solves else None


def _tags(conversation: Conversation) -> tuple[str, ...]:
    tags = conversation.tags.tags if conversation.tags else []
    return tuple(dict.fromkeys(tag.name for tag in tags if tag.name))


def _assignee(conversation: Conversation, directory: Directory) -> AgentRecord | None:
    holder = str(conversation.admin_assignee_id or "0")
    if holder == "0":
        return None
    return directory.agent(holder, str(conversation.team_assignee_id or ""))


def _rating(conversation: Conversation) -> tuple[CsatRecord, ...]:
    rating = conversation.conversation_rating
    if rating is None or rating.rating is None or rating.rating not in _RATINGS:
        return ()
    at = conversation.updated_at if rating.created_at is None else rating.created_at
    return (
        CsatRecord(
            score=rating.rating,
            scale=CsatScale.ONE_TO_FIVE,
            at=moment(at),
            comment=(rating.remark or "").strip() or None,
        ),
    )


def _fields(conversation: Conversation) -> dict[str, str | int | float | bool | None]:
    """The attributes that hold something plain; lists and objects are left at the source."""
    attributes = (conversation.custom_attributes or {}).items()
    plain = ((name, _plain(value)) for name, value in attributes)
    return {name: value for name, value in plain if value is not None}


def _plain(value: Any) -> str | int | float | bool | None:
    if isinstance(value, str):
        return value[:_MAX_FIELD] or None
    return value if isinstance(value, bool | int | float) else None

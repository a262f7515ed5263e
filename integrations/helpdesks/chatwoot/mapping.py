"""A conversation of Chatwoot with its messages to a `TicketRecord`. Pure; never raises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from integrations.base import Faulty
from integrations.helpdesks.chatwoot.payloads import (
    Conversation,
    Message,
    Meta,
    Person,
    moment,
    survey,
)
from tickets.contracts import (
    AgentRecord,
    AuthorRecord,
    AuthorType,
    Channel,
    CsatRecord,
    CsatScale,
    MessageRecord,
    PersonRecord,
    Priority,
    Status,
    TicketRecord,
)

INCOMING: Final = 0
OUTGOING: Final = 1
ACTIVITY: Final = 2
_MAX_SUBJECT: Final = 2_000
_MAX_FIELD: Final = 2_000
_MAX_TEXT: Final = 16_000_000
_SCORES: Final = range(1, 6)
_STATUSES: Final = {
    "open": Status.OPEN,
    "pending": Status.PENDING,
    "snoozed": Status.HOLD,
    "resolved": Status.SOLVED,
}
_PRIORITIES: Final = {
    "low": Priority.LOW,
    "medium": Priority.NORMAL,
    "high": Priority.HIGH,
    "urgent": Priority.URGENT,
}
_CHANNELS: Final = {
    "Channel::Email": Channel.EMAIL,
    "Channel::WebWidget": Channel.CHAT,
    "Channel::Voice": Channel.PHONE,
    **dict.fromkeys(
        (
            "Channel::Whatsapp", "Channel::TwilioSms", "Channel::Sms", "Channel::Telegram",
            "Channel::Line",
        ),
        Channel.MESSAGING,
    ),
    **dict.fromkeys(
        (
            "Channel::FacebookPage", "Channel::Instagram", "Channel::TwitterProfile",
            "Channel::Tiktok",
        ),
        Channel.SOCIAL,
    ),
}  # fmt: skip


def changed_at(row: Conversation) -> datetime:
    """Its last activity, or its last change where the version tells it: the answer to a survey is
    no activity. Raises ValueError for what is no time."""
    active = moment(row.last_activity_at)
    return active if row.updated_at is None else max(active, moment(row.updated_at))


def map_conversation(
    row: Conversation, messages: Sequence[Message], bots: frozenset[int] = frozenset()
) -> TicketRecord | Faulty:
    """The snapshot of a conversation, or why there is none."""
    status = _STATUSES.get(row.status)
    if status is None:
        return Faulty(str(row.id), "status: is not one we know")
    if row.meta.sender is None:
        return Faulty(str(row.id), "meta.sender: is missing")
    try:
        return _record(row, row.meta.sender, status, messages, bots)
    except ValueError:
        return Faulty(str(row.id), "created_at: is no time")


def map_deleted(row: Conversation) -> TicketRecord:
    """An order to erase: ids and times only. The row's times have been read before."""
    return TicketRecord(
        id=str(row.id),
        channel=_CHANNELS.get(row.meta.channel or "", Channel.WEB),
        status=Status.DELETED,
        created_at=moment(row.created_at),
        updated_at=changed_at(row),
        requester=PersonRecord(id=str(row.meta.sender.id if row.meta.sender else 0)),
        messages=(),
    )


def _record(
    row: Conversation,
    customer: Person,
    status: Status,
    messages: Sequence[Message],
    bots: frozenset[int],
) -> TicketRecord:
    subject = row.additional_attributes.mail_subject if row.additional_attributes else None
    said = [one for one in _in_order(messages) if one.message_type != ACTIVITY]
    return TicketRecord(
        id=str(row.id),
        channel=_CHANNELS.get(row.meta.channel or "", Channel.WEB),
        status=status,
        created_at=moment(row.created_at),
        updated_at=changed_at(row),
        requester=PersonRecord(
            id=str(customer.id),
            name=customer.name or None,
            email=customer.email or None,
            phone=customer.phone_number or None,
        ),
        messages=tuple(_message(one, bots) for one in said),
        subject=(subject or "")[:_MAX_SUBJECT],
        priority=_PRIORITIES.get(row.priority or ""),
        solved_at=_solved_at(row, messages) if status is Status.SOLVED else None,
        tags=tuple(row.labels),
        assignee=_agent(row.meta),
        csat=_ratings(said),
        fields=_fields(row.custom_attributes or {}),
    )


def _in_order(messages: Sequence[Message]) -> list[Message]:
    return sorted(messages, key=lambda one: (moment(one.created_at), one.id))


def _message(message: Message, bots: frozenset[int]) -> MessageRecord:
    attributes = message.content_attributes
    is_deleted = attributes is not None and bool(attributes.deleted)
    return MessageRecord(
        id=str(message.id),
        author=_author(message, bots),
        sent_at=moment(message.created_at),
        # What does not say that it is not private is not shown to customers' eyes.
        public=message.private is False,
        text="" if is_deleted else (message.content or "")[:_MAX_TEXT].strip(),
    )


def _author(message: Message, bots: frozenset[int]) -> AuthorRecord:
    """Only a user's outgoing message is an agent's. Templates (greetings, surveys) and what has no
    sender (automations, deleted users) are nobody's."""
    kind = _kind_of_author(message, bots)
    sender = message.sender
    if sender is None or kind is AuthorType.SYSTEM:
        return AuthorRecord(type=kind)
    return AuthorRecord(type=kind, id=str(sender.id), name=sender.name or None)


def _kind_of_author(message: Message, bots: frozenset[int]) -> AuthorType:
    if message.message_type == INCOMING:
        return AuthorType.CUSTOMER
    if message.message_type != OUTGOING or message.sender is None:
        return AuthorType.SYSTEM
    if message.sender.type == "user" and message.sender.id not in bots:
        return AuthorType.AGENT
    return AuthorType.BOT


def _solved_at(row: Conversation, messages: Sequence[Message]) -> datetime:
    """The conversation does not say when it was resolved. Resolving leaves a line of activity,
    whose words depend on the language; the last one is the latest it can have been."""
    lines = [moment(one.created_at) for one in messages if one.message_type == ACTIVITY]
    return max(lines, default=moment(row.last_activity_at))


def _agent(meta: Meta) -> AgentRecord | None:
    if meta.assignee is None:
        return None
    return AgentRecord(
        id=str(meta.assignee.id),
        name=meta.assignee.name or None,
        email=meta.assignee.email or None,
        team=(meta.team.name if meta.team else None) or None,
    )


def _ratings(messages: Sequence[Message]) -> tuple[CsatRecord, ...]:
    """The latest answer, dated by its question: the message does not say when it was answered."""
    found = [
        CsatRecord(
            score=answer.rating,
            scale=CsatScale.ONE_TO_FIVE,
            at=moment(message.created_at),
            comment=answer.feedback_message or None,
        )
        for message in messages
        if (answer := survey(message)) is not None and answer.rating in _SCORES
        if answer.rating is not None
    ]
    return tuple(found[-1:])


def _fields(attributes: dict[str, Any]) -> dict[str, str | int | float | bool | None]:
    """Custom attributes that hold one plain value; an object is left at the source."""
    return {
        name: value[:_MAX_FIELD] if isinstance(value, str) else value
        for name, value in attributes.items()
        if isinstance(value, str | int | float | bool) and value != ""
    }

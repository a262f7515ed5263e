"""A ticket of Zendesk to a `TicketRecord`. Pure; never raises on what a payload holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from integrations.base import Faulty
from integrations.helpdesks.zendesk.directory import Directory
from integrations.helpdesks.zendesk.history import events_of, messages_of, rating_of
from integrations.helpdesks.zendesk.payloads import Audit, Ticket
from tickets.contracts import (
    Channel,
    EventRecord,
    EventType,
    PersonRecord,
    Priority,
    Status,
    TicketRecord,
)

# The vendor closes the source of a merge and tags it so; the conversation goes on in the target.
MERGED_TAG: Final = "closed_by_merge"
_SCRUBBED: Final = ("SCRUBBED", "X")
_STATUSES: Final = frozenset(Status)
_PRIORITIES: Final = frozenset(Priority)
_MAX_SUBJECT: Final = 2_000
_MAX_FIELD: Final = 2_000

_CHANNELS: Final[dict[int | str, Channel]] = {
    **dict.fromkeys(("email", "mail", 4), Channel.EMAIL),
    **dict.fromkeys(("chat", "chat_transcript", "chat_offline_message", 29), Channel.CHAT),
    **dict.fromkeys(
        (
            "native_messaging", "messaging", "sms", "text_message", "whatsapp", "line", "wechat",
            "telegram", "viber", "kakaotalk", "apple_business_chat", "google_business_messages",
            "google_rcs", "twilio_sms", "messagebird_sms", "sunshine_conversations_api",
            "business_messaging_slack_connect", "slack",
        ),
        Channel.MESSAGING,
    ),
    **dict.fromkeys(
        ("voice", "phone", "phone_call_inbound", "phone_call_outbound", "voicemail", 33, 34, 35),
        Channel.PHONE,
    ),
    **dict.fromkeys(
        (
            "facebook", "facebook_post", "facebook_message", "facebook_private_message", "twitter",
            "twitter_dm", "twitter_favorite", "twitter_like", "instagram_dm", "instagram",
            "sunshine_conversations_facebook_messenger", "sunshine_conversations_twitter_dm",
            "fb_messenger", "any_channel", 23, 26, 30, 38, 41,
        ),
        Channel.SOCIAL,
    ),
}  # fmt: skip


def is_deleted(ticket: Ticket) -> bool:
    """Deleted, or scrubbed: the last word on a deleted ticket, which keeps its old `updated_at`."""
    subject = ticket.raw_subject or ticket.subject
    return ticket.status == Status.DELETED or (subject, ticket.description) == _SCRUBBED


def map_deleted(ticket: Ticket) -> TicketRecord:
    """An order to erase: ids and times only. Its clock is the feed's, which has moved on."""
    at = ticket.updated_at
    if ticket.generated_timestamp is not None:
        at = max(at, moment_of(ticket.generated_timestamp) or at)
    return TicketRecord(
        id=str(ticket.id),
        channel=channel_of(ticket),
        status=Status.DELETED,
        created_at=ticket.created_at,
        updated_at=at,
        requester=PersonRecord(id=str(ticket.requester_id or 0)),
        messages=(),
    )


def map_ticket(
    ticket: Ticket, audits: Sequence[Audit], directory: Directory
) -> TicketRecord | Faulty:
    """The snapshot of a ticket that exists, or why there is none."""
    if ticket.status not in _STATUSES:
        return Faulty(str(ticket.id), "status: is not one we know")
    if ticket.requester_id is None:
        return Faulty(str(ticket.id), "requester_id: is missing")
    status = Status(ticket.status)
    events = events_of(ticket, audits, directory)
    assignee = ticket.assignee_id
    return TicketRecord(
        id=str(ticket.id),
        channel=channel_of(ticket),
        status=status,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        requester=directory.person(ticket.requester_id),
        messages=messages_of(ticket, audits, directory),
        subject=(ticket.raw_subject or ticket.subject or "")[:_MAX_SUBJECT],
        priority=Priority(ticket.priority) if ticket.priority in _PRIORITIES else None,
        solved_at=_solved_at(ticket, status, events),
        tags=tuple(ticket.tags),
        assignee=directory.agent(assignee, ticket.group_id) if assignee else None,
        events=events,
        csat=rating_of(ticket, audits),
        fields=fields_of(ticket, directory),
        is_merged=MERGED_TAG in ticket.tags,
    )


def channel_of(ticket: Ticket) -> Channel:
    """Forms, the API and the vendor's apps are the web; so is a channel we have not heard of."""
    channel = ticket.via.channel if ticket.via else None
    return _CHANNELS.get(channel, Channel.WEB) if channel is not None else Channel.WEB


def _solved_at(ticket: Ticket, status: Status, events: Sequence[EventRecord]) -> datetime | None:
    if not status.is_solved or MERGED_TAG in ticket.tags:
        return None
    if ticket.metric_set is not None and ticket.metric_set.solved_at is not None:
        return ticket.metric_set.solved_at
    solves = [
        event.at
        for event in events
        if event.type is EventType.STATUS and event.target == Status.SOLVED
    ]
    return solves[-1] if solves else None


def fields_of(ticket: Ticket, directory: Directory) -> dict[str, str | int | float | bool | None]:
    """The custom fields that hold something, by title; two of one title keep their ids as well."""
    filled = [field for field in ticket.custom_fields if _plain(field.value) is not None]
    titles = [directory.titles.get(field.id) or str(field.id) for field in filled]
    return {
        title if titles.count(title) == 1 else f"{title} ({field.id})": _plain(field.value)
        for field, title in zip(filled, titles, strict=True)
    }


def _plain(value: Any) -> str | int | float | bool | None:
    """A choice of several becomes one text; an object is left at the source."""
    if isinstance(value, list):
        value = ", ".join(part for part in value if isinstance(part, str)) or None
    if isinstance(value, str):
        return value[:_MAX_FIELD] or None
    return value if isinstance(value, bool | int | float) else None


def moment_of(epoch: int) -> datetime | None:
    """A time in epoch seconds; None for a number that is no time."""
    try:
        return datetime.fromtimestamp(epoch, UTC)
    except (OverflowError, ValueError, OSError):
        return None

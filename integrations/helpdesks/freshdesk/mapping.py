"""A ticket of Freshdesk to a `TicketRecord`. Pure; never raises on what a payload holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from integrations.base import Faulty
from integrations.helpdesks.freshdesk.directory import Directory, person
from integrations.helpdesks.freshdesk.payloads import (
    Conversation,
    Gone,
    Rating,
    Stats,
    Ticket,
)
from integrations.helpdesks.texts import text_of_comment
from tickets.contracts import (
    AuthorRecord,
    AuthorType,
    Channel,
    CsatRecord,
    CsatScale,
    EventRecord,
    EventType,
    MessageRecord,
    PersonRecord,
    Priority,
    Status,
    TicketRecord,
)

_MAX_SUBJECT: Final = 2_000
_MAX_FIELD: Final = 2_000

# 6 and 7 are the vendor's own further ones (waiting on the customer, on somebody else). Higher
# numbers are the account's: neither resolved nor closed, so somebody still works on them.
_STATUSES: Final = {
    2: Status.OPEN, 3: Status.PENDING, 4: Status.SOLVED, 5: Status.CLOSED,
    6: Status.PENDING, 7: Status.HOLD,
}  # fmt: skip
_FIRST_STATUS: Final = 2
_PRIORITIES: Final = {1: Priority.LOW, 2: Priority.NORMAL, 3: Priority.HIGH, 4: Priority.URGENT}
_OUTBOUND: Final = 10
_CHANNELS: Final = {
    1: Channel.EMAIL, _OUTBOUND: Channel.EMAIL, 2: Channel.WEB, 9: Channel.WEB,
    3: Channel.PHONE, 7: Channel.CHAT, 5: Channel.SOCIAL, 6: Channel.SOCIAL,
    13: Channel.MESSAGING,
}  # fmt: skip
_SURVEY: Final = 6  # sources of a conversation
_FORWARD: Final = 8
# The vendor's scales have three, five or seven steps of these numbers.
_SCORES: Final = {103: 5, 102: 4, 101: 4, 100: 3, -101: 2, -102: 2, -103: 1}
_OVERALL: Final = "default_question"


def map_gone(row: Gone | Ticket) -> TicketRecord:
    """An order to erase: ids and times only."""
    return TicketRecord(
        id=str(row.id),
        channel=Channel.WEB,
        status=Status.DELETED,
        created_at=row.created_at,
        updated_at=row.updated_at,
        requester=PersonRecord(id="0"),
        messages=(),
    )


def map_ticket(
    ticket: Ticket,
    conversations: Sequence[Conversation],
    ratings: Sequence[Rating],
    directory: Directory,
) -> TicketRecord | Faulty:
    """The snapshot of a ticket that exists, or why there is none."""
    if ticket.status < _FIRST_STATUS:
        return Faulty(str(ticket.id), "status: is not one we know")
    if ticket.requester_id is None:
        return Faulty(str(ticket.id), "requester_id: is missing")
    status = _STATUSES.get(ticket.status, Status.OPEN)
    stats = ticket.stats or Stats()
    assignee = ticket.responder_id
    return TicketRecord(
        id=str(ticket.id),
        channel=_CHANNELS.get(ticket.source or 0, Channel.WEB),
        status=status,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        requester=person(ticket),
        messages=messages_of(ticket, conversations, directory),
        subject=(ticket.subject or "")[:_MAX_SUBJECT],
        priority=_PRIORITIES.get(ticket.priority or 0),
        solved_at=(stats.resolved_at or stats.closed_at) if status.is_solved else None,
        tags=tuple(ticket.tags or ()),
        assignee=directory.agent(assignee, ticket.group_id) if assignee else None,
        events=events_of(stats),
        csat=ratings_of(ratings),
        fields=fields_of(ticket),
    )


def messages_of(
    ticket: Ticket, conversations: Sequence[Conversation], directory: Directory
) -> tuple[MessageRecord, ...]:
    """The description, which is the first message and no conversation, and what followed."""
    first = MessageRecord(
        id=f"description-{ticket.id}",
        author=_opener(ticket),
        sent_at=ticket.created_at,
        public=True,
        text=text_of_comment(ticket.description_text, ticket.description, None),
    )
    rest = [
        MessageRecord(
            id=str(said.id),
            author=_author(ticket, said, directory),
            sent_at=said.created_at,
            # A forward goes to somebody outside, not to the customer.
            public=not said.private and said.source != _FORWARD,
            text=text_of_comment(said.body_text, said.body, None),
        )
        for said in {said.id: said for said in conversations}.values()
    ]
    return (first, *sorted(rest, key=lambda message: message.sent_at))


def _opener(ticket: Ticket) -> AuthorRecord:
    """An outbound mail was written by an agent; the ticket does not say by which."""
    if ticket.source == _OUTBOUND:
        return AuthorRecord(type=AuthorType.AGENT)
    name = person(ticket).name
    return AuthorRecord(type=AuthorType.CUSTOMER, id=str(ticket.requester_id), name=name)


def _author(ticket: Ticket, said: Conversation, directory: Directory) -> AuthorRecord:
    kind = _kind_of_author(ticket, said, directory)
    if said.user_id is None or kind is AuthorType.SYSTEM:
        return AuthorRecord(type=kind)
    is_requester = said.user_id == ticket.requester_id
    name = person(ticket).name if is_requester else directory.name(said.user_id)
    return AuthorRecord(type=kind, id=str(said.user_id), name=name)


def _kind_of_author(ticket: Ticket, said: Conversation, directory: Directory) -> AuthorType:
    if said.user_id in directory.bots:
        return AuthorType.BOT
    if said.automation_id is not None or said.auto_response:
        return AuthorType.SYSTEM
    if said.user_id == ticket.requester_id or said.source == _SURVEY:
        return AuthorType.CUSTOMER
    if said.user_id in directory.agents:
        return AuthorType.AGENT
    return _kind_of_stranger(said)


def _kind_of_stranger(said: Conversation) -> AuthorType:
    """Agents who have left are in no list any more: that it went out tells them from customers."""
    if said.incoming:
        return AuthorType.CUSTOMER
    if said.user_id is None:
        return AuthorType.SYSTEM
    is_agent = said.incoming is False or said.private
    return AuthorType.AGENT if is_agent else AuthorType.CUSTOMER


def events_of(stats: Stats) -> tuple[EventRecord, ...]:
    """The last solve, close and reopening: all that the vendor's API tells of a history."""
    known = (
        (stats.reopened_at, Status.SOLVED, Status.OPEN),
        (stats.resolved_at, None, Status.SOLVED),
        (stats.closed_at, None, Status.CLOSED),
    )
    found = [
        EventRecord(type=EventType.STATUS, at=at, source=source, target=target)
        for at, source, target in known
        if at is not None
    ]
    found.sort(key=lambda event: event.at)
    return tuple(found)


def ratings_of(ratings: Sequence[Rating]) -> tuple[CsatRecord, ...]:
    """Oldest first. An answer that is no number of the vendor's is no rating."""
    found = [
        CsatRecord(
            score=score,
            scale=CsatScale.ONE_TO_FIVE,
            at=rating.created_at,
            comment=_comment(rating.feedback),
        )
        for rating in {rating.id: rating for rating in ratings}.values()
        if (score := _score(rating.ratings.get(_OVERALL))) is not None
    ]
    found.sort(key=lambda rating: rating.at)
    return tuple(found)


def _score(value: Any) -> int | None:
    return _SCORES.get(value) if isinstance(value, int) else None


def _comment(feedback: str | None) -> str | None:
    return text_of_comment(None, feedback, None) or None


def fields_of(ticket: Ticket) -> dict[str, str | int | float | bool | None]:
    """The custom fields that hold something, by the vendor's names for them."""
    filled = ((name, _plain(value)) for name, value in (ticket.custom_fields or {}).items())
    return {name: value for name, value in filled if value is not None}


def _plain(value: Any) -> str | int | float | bool | None:
    """A choice of several becomes one text; an object is left at the source."""
    if isinstance(value, list):
        value = ", ".join(part for part in value if isinstance(part, str)) or None
    if isinstance(value, str):
        return value[:_MAX_FIELD] or None
    return value if isinstance(value, bool | int | float) else None

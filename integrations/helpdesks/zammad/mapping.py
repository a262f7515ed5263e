"""A ticket of Zammad with its articles and history to a `TicketRecord`. Pure; never raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from integrations.base import Faulty
from integrations.helpdesks.texts import text_of_comment
from integrations.helpdesks.zammad.payloads import Article, Change, State, Ticket, User
from tickets.contracts import (
    AgentRecord,
    AuthorRecord,
    AuthorType,
    Channel,
    EventRecord,
    EventType,
    MessageRecord,
    PersonRecord,
    Priority,
    Status,
    TicketRecord,
)

NOBODY: Final = 1  # the vendor's own user: the owner of what nobody owns, the author of its mails
_MAX_SUBJECT: Final = 2_000
_MERGED: Final = "merged"
# By the type of a state: names of states are the customer's to choose.
_STATUSES: Final = {
    "new": Status.NEW,
    "open": Status.OPEN,
    "pending reminder": Status.PENDING,
    "pending action": Status.PENDING,
    "pending close": Status.PENDING,  # the name of the state of the type above
    "closed": Status.SOLVED,
    _MERGED: Status.CLOSED,
    "removed": Status.CLOSED,
}
_PRIORITIES: Final = {1: Priority.LOW, 2: Priority.NORMAL, 3: Priority.HIGH}
_FIELDS: Final = {
    "state": EventType.STATUS,
    "owner": EventType.ASSIGNMENT,
    "priority": EventType.PRIORITY,
}
_SENDERS: Final = {"Agent": AuthorType.AGENT, "Customer": AuthorType.CUSTOMER}
_CHANNELS: Final = {
    "email": Channel.EMAIL,
    "phone": Channel.PHONE,
    "chat": Channel.CHAT,
    "sms": Channel.MESSAGING,
    "telegram personal-message": Channel.MESSAGING,
    "whatsapp message": Channel.MESSAGING,
}
_SOCIAL: Final = ("twitter", "facebook")


@dataclass(slots=True)
class Directory:
    """People and states seen so far. `bots` are users that are programs."""

    bots: frozenset[int] = frozenset()
    users: dict[int, User] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)

    def learn(self, users: Iterable[User]) -> None:
        self.users.update((user.id, user) for user in users)

    def learn_states(self, states: Iterable[State]) -> None:
        self.states.update((one.id, (one.state_type or one.name).lower()) for one in states)

    def state_type(self, ticket: Ticket) -> str:
        return self.states.get(ticket.state_id) or (ticket.state or "").lower()

    def name(self, user_id: int) -> str | None:
        user = self.users.get(user_id)
        return _full_name(user) if user is not None else None


def _full_name(user: User) -> str | None:
    return " ".join(part for part in (user.firstname, user.lastname) if part).strip() or None


def map_ticket(
    ticket: Ticket,
    articles: Sequence[Article],
    changes: Sequence[Change],
    tags: Sequence[str],
    directory: Directory,
) -> TicketRecord | Faulty:
    """The snapshot of a ticket, or why there is none."""
    state = directory.state_type(ticket)
    status = _STATUSES.get(state)
    if status is None:
        return Faulty(str(ticket.id), "state_id: is not one we know")
    events = events_of(ticket, changes, directory)
    owner = ticket.owner_id if ticket.owner_id not in {None, 0, NOBODY} else None
    return TicketRecord(
        id=str(ticket.id),
        channel=channel_of(ticket),
        status=status,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        requester=_person(ticket.customer_id, directory),
        messages=tuple(_message(one, ticket, directory) for one in _in_order(articles)),
        subject=(ticket.title or "")[:_MAX_SUBJECT],
        priority=_PRIORITIES.get(ticket.priority_id or 0),
        solved_at=_solved_at(ticket, status, events) if state != _MERGED else None,
        tags=tuple(tags),
        assignee=_agent(owner, ticket, directory) if owner else None,
        events=events,
        is_merged=state == _MERGED,
    )


def map_deleted(ticket: Ticket) -> TicketRecord:
    """An order to erase: ids and times only."""
    return TicketRecord(
        id=str(ticket.id),
        channel=channel_of(ticket),
        status=Status.DELETED,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        requester=PersonRecord(id=str(ticket.customer_id)),
        messages=(),
    )


def channel_of(ticket: Ticket) -> Channel:
    """By how its first article came; forms, notes and the API are the web."""
    kind = ticket.create_article_type or ""
    if kind.startswith(_SOCIAL):
        return Channel.SOCIAL
    return _CHANNELS.get(kind, Channel.WEB)


def _in_order(articles: Sequence[Article]) -> list[Article]:
    return sorted(articles, key=lambda one: (one.created_at, one.id))


def _message(article: Article, ticket: Ticket, directory: Directory) -> MessageRecord:
    author = _author(article, ticket, directory)
    # A note reaches nobody, also when the customer could look it up.
    is_note = article.type == "note" and author.type is not AuthorType.CUSTOMER
    body = article.body or ""
    markup = body if "html" in (article.content_type or "") else None
    return MessageRecord(
        id=str(article.id),
        author=author,
        sent_at=article.created_at,
        # What does not say that it is not internal is not shown to customers' eyes.
        public=article.internal is False and not is_note,
        text=text_of_comment(None if markup else body, markup, body if markup else None),
    )


def _author(article: Article, ticket: Ticket, directory: Directory) -> AuthorRecord:
    """`origin_by` is whom an agent wrote for: the customer on the phone."""
    user_id = article.origin_by_id or article.created_by_id
    kind = _SENDERS.get(article.sender or "", AuthorType.SYSTEM)
    if kind is AuthorType.AGENT and user_id == ticket.customer_id:
        kind = AuthorType.CUSTOMER
    if user_id in directory.bots:
        kind = AuthorType.BOT
    if user_id is None or user_id == NOBODY or kind is AuthorType.SYSTEM:
        return AuthorRecord(type=AuthorType.SYSTEM if kind is AuthorType.AGENT else kind)
    return AuthorRecord(type=kind, id=str(user_id), name=directory.name(user_id))


def events_of(
    ticket: Ticket, changes: Sequence[Change], directory: Directory
) -> tuple[EventRecord, ...]:
    """Changes of status, assignee and priority, oldest first. What a change does not alter here
    (one kind of pending for another) is none."""
    found = []
    for change in changes:
        kind = _FIELDS.get(change.attribute or "")
        if kind is None or change.object != "Ticket" or change.type != "updated":
            continue
        source = _value(kind, change.id_from, directory.states)
        target = _value(kind, change.id_to, directory.states)
        if source == target or (target is None and kind is not EventType.ASSIGNMENT):
            continue
        actor = _actor(change.created_by_id, ticket, directory)
        found.append(
            EventRecord(type=kind, at=change.created_at, source=source, target=target, actor=actor)
        )
    found.sort(key=lambda event: event.at)
    return tuple(found)


def _value(kind: EventType, number: int | None, states: Mapping[int, str]) -> str | None:
    if kind is EventType.ASSIGNMENT:
        return str(number) if number and number != NOBODY else None
    found = (
        _STATUSES.get(states.get(number or 0, ""))
        if kind is EventType.STATUS
        else _PRIORITIES.get(number or 0)
    )
    return str(found) if found is not None else None


def _actor(user_id: int | None, ticket: Ticket, directory: Directory) -> str:
    if user_id is None or user_id == NOBODY:
        return "system"
    if user_id in directory.bots:
        return "bot"
    return "customer" if user_id == ticket.customer_id else str(user_id)


def _solved_at(ticket: Ticket, status: Status, events: Sequence[EventRecord]) -> datetime | None:
    """`close_at` is the first close and stays so when the ticket is opened again."""
    if status is not Status.SOLVED:
        return None
    closes = [
        event.at
        for event in events
        if event.type is EventType.STATUS and event.target == Status.SOLVED
    ]
    return ticket.last_close_at or (closes[-1] if closes else ticket.close_at)


def _person(user_id: int, directory: Directory) -> PersonRecord:
    user = directory.users.get(user_id)
    if user is None:
        return PersonRecord(id=str(user_id))
    return PersonRecord(
        id=str(user_id),
        name=_full_name(user),
        email=user.email or None,
        phone=user.phone or user.mobile or None,
    )


def _agent(user_id: int, ticket: Ticket, directory: Directory) -> AgentRecord:
    """Agents belong to many groups; the ticket's is the one that they work in here."""
    user = directory.users.get(user_id)
    return AgentRecord(
        id=str(user_id),
        name=_full_name(user) if user else None,
        email=(user.email or None) if user else None,
        team=ticket.group or None,
    )

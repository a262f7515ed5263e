"""A ticket of Request Tracker to a `TicketRecord`. Pure; never raises on what a payload holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from integrations.base import Faulty
from integrations.helpdesks.request_tracker.payloads import (
    ANONYMISED,
    CustomField,
    Text,
    Ticket,
    Transaction,
    User,
    WholeUser,
)
from integrations.helpdesks.texts import text_of_comment
from tickets.contracts import (
    AgentRecord,
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

MESSAGES: Final = frozenset({"Create", "Correspond", "Comment"})
MERGE_FIELD: Final = "MergedInto"
_PRIVATE: Final = "Comment"
_OWNER_TWICE: Final = "SetWatcher"  # stands beside each change of owner and says the same
_RATING: Final = "CustomField"
_SYSTEM: Final = "RT_System"
_NOBODY: Final = "Nobody"
_UNSET_BEFORE: Final = datetime(1971, 1, 1, tzinfo=UTC)
_TOGETHER: Final = timedelta(seconds=2)
_MAX_TEXT: Final = 2_000
_MAX_LANGUAGE: Final = 35  # RFC 5646, 4.4.1
_NORMAL_FROM: Final = 50  # Low, Medium and High are 0, 50 and 100 unless configured otherwise
_HIGH_FROM: Final = 100

_STATUSES: Final = {
    "new": Status.NEW,
    "open": Status.OPEN,
    "stalled": Status.PENDING,
    "pending": Status.PENDING,
    "resolved": Status.SOLVED,
    "rejected": Status.CLOSED,
    "closed": Status.CLOSED,
    "deleted": Status.DELETED,
}


@dataclass(slots=True)
class Directory:
    """Users by number, as far as they were asked for; None for one whom the server does not know.
    `bots` are the names of users that are programs; `rating_field` is a custom field's name."""

    users: dict[str, WholeUser | None] = field(default_factory=dict)
    bots: frozenset[str] = frozenset()
    rating_field: str = ""

    def is_nobody(self, user_id: str) -> bool:
        user = self.users.get(user_id)
        return user is not None and user.name == _NOBODY

    def is_bot(self, user_id: str) -> bool:
        user = self.users.get(user_id)
        return user is not None and (user.name or "").casefold() in self.bots

    def is_system(self, user_id: str) -> bool:
        user = self.users.get(user_id)
        return not user_id or (user is not None and user.name == _SYSTEM)

    def is_agent(self, user_id: str) -> bool | None:
        """None when the user is not known."""
        user = self.users.get(user_id)
        return None if user is None else user.is_agent


@dataclass(slots=True)
class History:
    """What happened to a ticket, oldest first, and the texts by transaction."""

    transactions: Sequence[Transaction] = ()
    texts: Mapping[str, Sequence[Text]] = field(default_factory=dict)

    def merged_ids(self, ticket_id: str) -> set[str]:
        """The tickets that were merged into this one."""
        return {one.ticket_id for one in self.transactions} - {ticket_id}


def map_deleted(ticket_id: str, at: datetime) -> TicketRecord:
    """An order to erase: the ticket is gone as such, deleted or merged into another."""
    return TicketRecord(
        id=ticket_id,
        channel=Channel.EMAIL,
        status=Status.DELETED,
        created_at=at,
        updated_at=at,
        requester=PersonRecord(id="0"),
        messages=(),
    )


def map_ticket(ticket: Ticket, history: History, directory: Directory) -> TicketRecord | Faulty:
    """The snapshot of a ticket that exists, or why there is none."""
    own = [one for one in history.transactions if one.ticket_id == str(ticket.id)]
    requester = _requester(ticket, own)
    if requester is None:
        return Faulty(str(ticket.id), "Requestor: is missing")
    status = status_of(ticket, own)
    if status is Status.DELETED:
        return map_deleted(str(ticket.id), ticket.last_updated)
    return TicketRecord(
        id=str(ticket.id),
        channel=Channel.EMAIL,
        status=status,
        created_at=ticket.created,
        updated_at=ticket.last_updated,
        requester=requester,
        messages=messages_of(ticket, history, directory),
        subject=(ticket.subject or "")[:_MAX_TEXT],
        priority=priority_of(ticket.priority),
        solved_at=_solved_at(ticket, status, own),
        assignee=_assignee(ticket.owner),
        events=events_of(ticket, own, directory),
        csat=_rating_of(ticket, own, directory),
        fields=_fields_of(ticket, directory),
    )


def status_of(ticket: Ticket, own: Sequence[Transaction]) -> Status:
    """A queue may have statuses of its own: one at whose beginning the ticket was resolved ends
    it, any other is open."""
    known = _STATUSES.get(ticket.status.casefold())
    if known is not None:
        return known
    changes = [one.created for one in own if one.field == "Status"]
    resolved = _set(ticket.resolved)
    ended = resolved is not None and (not changes or resolved >= max(changes) - _TOGETHER)
    return Status.SOLVED if ended else Status.OPEN


def _set(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment >= _UNSET_BEFORE else None


def _solved_at(ticket: Ticket, status: Status, own: Sequence[Transaction]) -> datetime | None:
    """A rejected ticket is closed and nobody solved it."""
    if status is not Status.SOLVED:
        return None
    solves = [one.created for one in own if one.field == "Status" and one.new_value == "resolved"]
    return _set(ticket.resolved) or (max(solves) if solves else None)


def priority_of(value: int | str | None) -> Priority | None:
    try:
        number = int(value or 0)
    except ValueError:
        return None
    if number >= _HIGH_FROM:
        return Priority.HIGH
    return Priority.NORMAL if number >= _NORMAL_FROM else Priority.LOW


def _name(user: User | WholeUser) -> str | None:
    """The real name; a user who was anonymised has none."""
    return user.real_name or None


def _login(user: User | WholeUser) -> str | None:
    """A login name will do for an agent, unless it is an address or tells of an anonymising."""
    name = user.name or ""
    return None if not name or "@" in name or name.startswith(ANONYMISED) else name


def _person(user: User) -> PersonRecord:
    return PersonRecord(
        id=str(user.id),
        name=_name(user),
        email=user.email_address or None,
        phone=user.mobile_phone or None,
        language=(user.lang or "")[:_MAX_LANGUAGE] or None,
    )


def _requester(ticket: Ticket, own: Sequence[Transaction]) -> PersonRecord | None:
    """The first requestor; a ticket without one is its creator's."""
    for user in ticket.requestor:
        return _person(user)
    creators = [one.creator for one in own if one.type == "Create"]
    return next((_person(one) for one in creators if isinstance(one, User)), None)


def _assignee(owner: User | None) -> AgentRecord | None:
    if owner is None or owner.name == _NOBODY:
        return None
    return AgentRecord(
        id=str(owner.id), name=_name(owner) or _login(owner), email=owner.email_address or None
    )


def messages_of(
    ticket: Ticket, history: History, directory: Directory
) -> tuple[MessageRecord, ...]:
    """What people wrote, oldest first, in tickets that were merged into this one as well."""
    found = []
    for one in history.transactions:
        if one.type not in MESSAGES:
            continue
        text = _text(history.texts.get(str(one.id), ()))
        if one.type == "Create" and not text:
            continue  # made without a word
        public = one.type != _PRIVATE
        found.append(
            MessageRecord(
                id=str(one.id),
                author=_author(ticket, one, directory, public=public),
                sent_at=one.created,
                public=public,
                text=text,
            )
        )
    found.sort(key=lambda message: message.sent_at)
    return tuple(found)


def _text(parts: Sequence[Text]) -> str:
    """The plain text, else the HTML's words. A message of several parts brings both."""
    body = [part for part in parts if not part.filename and part.content]
    plain = next((part.content for part in body if part.content_type == "text/plain"), None)
    markup = next((part.content for part in body if part.content_type == "text/html"), None)
    return text_of_comment(plain, None if plain and plain.strip() else markup, None)


def _author(
    ticket: Ticket, one: Transaction, directory: Directory, *, public: bool
) -> AuthorRecord:
    user_id = one.creator_id
    kind = _kind_of_author(ticket, user_id, directory, public=public)
    if kind is AuthorType.SYSTEM:
        return AuthorRecord(type=kind)
    user = one.creator if isinstance(one.creator, User) else None
    name = _name(user) if user else None
    if user and kind is not AuthorType.CUSTOMER:
        name = name or _login(user)
    return AuthorRecord(type=kind, id=user_id, name=name)


def _kind_of_author(
    ticket: Ticket, user_id: str, directory: Directory, *, public: bool
) -> AuthorType:
    if directory.is_system(user_id):
        return AuthorType.SYSTEM
    if directory.is_bot(user_id):
        return AuthorType.BOT
    if user_id in {str(user.id) for user in ticket.requestor}:
        return AuthorType.CUSTOMER
    is_agent = directory.is_agent(user_id)
    # Only agents comment; a public message of somebody unknown is never an agent's credit.
    if is_agent is None:
        is_agent = not public
    return AuthorType.AGENT if is_agent else AuthorType.CUSTOMER


def events_of(
    ticket: Ticket, own: Sequence[Transaction], directory: Directory
) -> tuple[EventRecord, ...]:
    """Changes of status, owner and priority of the ticket itself, oldest first."""
    found = _first_owner(ticket, own, directory)
    for one in own:
        change = _change(one, directory)
        if change is None:
            continue
        kind, source, target = change
        if source == target or (target is None and kind is not EventType.ASSIGNMENT):
            continue
        actor = _actor(ticket, one, directory)
        found.append(
            EventRecord(type=kind, at=one.created, source=source, target=target, actor=actor)
        )
    found.sort(key=lambda event: event.at)
    return tuple(found)


def _first_owner(
    ticket: Ticket, own: Sequence[Transaction], directory: Directory
) -> list[EventRecord]:
    """The history has no line for an owner with whom a ticket was created."""
    changes = [one for one in own if _is_owner(one)]
    now = str(ticket.owner.id) if _assignee(ticket.owner) and ticket.owner else ""
    first = _agent(changes[0].old_value, directory) if changes else now
    if not first:
        return []
    creation = next((one for one in own if one.type == "Create"), None)
    actor = _actor(ticket, creation, directory) if creation else "system"
    return [EventRecord(type=EventType.ASSIGNMENT, at=ticket.created, target=first, actor=actor)]


def _is_owner(one: Transaction) -> bool:
    return one.field == "Owner" and one.type != _OWNER_TWICE


def _change(
    one: Transaction, directory: Directory
) -> tuple[EventType, str | None, str | None] | None:
    if _is_owner(one):
        source, target = (_agent(value, directory) for value in (one.old_value, one.new_value))
        return EventType.ASSIGNMENT, source, target
    if one.type == "Status":
        return EventType.STATUS, _status(one.old_value), _status(one.new_value)
    if one.type == "Set" and one.field == "Priority":
        return EventType.PRIORITY, priority_of(one.old_value), priority_of(one.new_value)
    return None


def _status(value: str | None) -> str | None:
    return _STATUSES.get((value or "").casefold())


def _agent(value: str | None, directory: Directory) -> str | None:
    """A user's number; None for the user who stands for nobody."""
    known = value is not None and value.isdecimal() and value != "0"
    return value if known and not directory.is_nobody(value or "") else None


def _actor(ticket: Ticket, one: Transaction, directory: Directory) -> str:
    kind = _kind_of_author(ticket, one.creator_id, directory, public=True)
    return one.creator_id if kind is AuthorType.AGENT else kind.value


def _rating_of(
    ticket: Ticket, own: Sequence[Transaction], directory: Directory
) -> tuple[CsatRecord, ...]:
    """The rating that stands, dated by the change that brought it."""
    given = next((one for one in ticket.custom_fields if _is_rating(one, directory)), None)
    value = str(_plain(given.values) or "").strip().casefold() if given else ""
    if given is None or not value:
        return ()
    changes = [
        one.created
        for one in own
        if one.type == _RATING and one.field == str(given.id)
        and (one.new_value or "").strip().casefold() == value
    ]  # fmt: skip
    at = max(changes, default=ticket.last_updated)
    if value in {"good", "bad"}:
        return (CsatRecord(score=value, scale=CsatScale.GOOD_BAD, at=at),)
    if value in {"1", "2", "3", "4", "5"}:
        return (CsatRecord(score=int(value), scale=CsatScale.ONE_TO_FIVE, at=at),)
    return ()


def _is_rating(one: CustomField, directory: Directory) -> bool:
    return bool(directory.rating_field) and one.name.casefold() == directory.rating_field


def _fields_of(ticket: Ticket, directory: Directory) -> dict[str, str | int | float | bool | None]:
    """The queue, and the custom fields that hold something, by name."""
    found: dict[str, str | int | float | bool | None] = {}
    if ticket.queue is not None and ticket.queue.name:
        found["Queue"] = ticket.queue.name[:_MAX_TEXT]
    for one in ticket.custom_fields:
        value = _plain(one.values)
        if value is not None and not _is_rating(one, directory):
            found[one.name if one.name and one.name not in found else f"{one.name} ({one.id})"] = (
                value
            )
    return found


def _plain(values: Sequence[Any]) -> str | None:
    """Several values become one text; a file is left at the source."""
    return ", ".join(one for one in values if isinstance(one, str))[:_MAX_TEXT] or None

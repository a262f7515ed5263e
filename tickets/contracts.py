"""The only way ticket data enters the product.

Every source (a file, a helpdesk's API, the demo generator) maps its own format to a
`TicketRecord` and hands it to `tickets.services.ingest_tickets`. The structs double as typed JSON
decoders: a field that is not declared here is never built, so it cannot be stored by accident.

A record is a *snapshot*: it holds every message, event and rating the source knows for the ticket
at `updated_at`. No Django here: mappings and metrics stay testable without a database.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum

import msgspec


class Channel(StrEnum):
    EMAIL = "email"
    CHAT = "chat"
    MESSAGING = "messaging"
    PHONE = "phone"
    WEB = "web"
    SOCIAL = "social"


class Status(StrEnum):
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    HOLD = "hold"
    SOLVED = "solved"
    CLOSED = "closed"
    DELETED = "deleted"

    @property
    def is_solved(self) -> bool:
        return self in {Status.SOLVED, Status.CLOSED}


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class AuthorType(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"


class EventType(StrEnum):
    STATUS = "status"
    ASSIGNMENT = "assignment"
    PRIORITY = "priority"


class CsatScale(StrEnum):
    ONE_TO_FIVE = "1-5"
    GOOD_BAD = "good_bad"


class CsatVerdict(IntEnum):
    """What a rating counts as. On a scale of five, 4 and 5 are good; 3 is bad."""

    BAD = 0
    GOOD = 1


class PersonRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A requester. `id` is the source's own id; everything else may be unknown."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None


class AgentRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str | None = None
    email: str | None = None
    team: str | None = None


class AuthorRecord(msgspec.Struct, frozen=True, kw_only=True):
    type: AuthorType
    id: str | None = None
    name: str | None = None


class MessageRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    author: AuthorRecord
    sent_at: datetime
    public: bool
    text: str


class EventRecord(
    msgspec.Struct, frozen=True, kw_only=True, rename={"source": "from", "target": "to"}
):
    """A change of status, assignee or priority. `source` and `target` are the values before and
    after (for an assignment: agent ids); `actor` is an agent id, or a word such as `system`."""

    type: EventType
    at: datetime
    source: str | None = None
    target: str | None = None
    actor: str | None = None


class CsatRecord(msgspec.Struct, frozen=True, kw_only=True):
    score: int | str
    scale: CsatScale
    at: datetime
    comment: str | None = None

    @property
    def verdict(self) -> CsatVerdict:
        """Good or bad; a scale of five follows the helpdesks' reading (4 and 5 are good)."""
        if self.scale is CsatScale.GOOD_BAD:
            return CsatVerdict.GOOD if self.score in {"good", 1} else CsatVerdict.BAD
        return CsatVerdict.GOOD if int(self.score) >= 4 else CsatVerdict.BAD  # noqa: PLR2004 - the scale's own step


class TicketRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket as its source knows it at `updated_at`. All times carry an offset.

    `is_merged` says that the source has closed it in favour of another, where the conversation goes
    on: it is kept to be read and counts nowhere. `complete_since` is set when the source no longer
    hands out the beginning: messages and events up to then may be missing from the snapshot, and
    what is stored of them stays.
    """

    id: str
    channel: Channel
    status: Status
    created_at: datetime
    updated_at: datetime
    requester: PersonRecord
    messages: tuple[MessageRecord, ...]
    subject: str = ""
    priority: Priority | None = None
    language: str | None = None
    solved_at: datetime | None = None
    tags: tuple[str, ...] = ()
    assignee: AgentRecord | None = None
    events: tuple[EventRecord, ...] = ()
    csat: tuple[CsatRecord, ...] = ()
    fields: dict[str, str | int | float | bool | None] = {}
    is_merged: bool = False
    complete_since: datetime | None = None


class Utterance(msgspec.Struct, frozen=True):
    """A message as the metrics see it: who and when, never what. `agent_id` is our own id, set for
    human agents only; a bot's message has `author` BOT and no agent."""

    sent_at: datetime
    author: AuthorType
    public: bool
    agent_id: int | None


class Change(msgspec.Struct, frozen=True):
    """An event as the metrics see it. Agent references are our own ids; `None` for automations
    and for agents we do not know."""

    at: datetime
    type: EventType
    source_status: Status | None = None
    target_status: Status | None = None
    source_agent_id: int | None = None
    target_agent_id: int | None = None
    actor_agent_id: int | None = None


class Rating(msgspec.Struct, frozen=True):
    at: datetime
    verdict: CsatVerdict


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the KPIs need to know about one ticket, without any of its words."""

    ticket_id: int
    channel: Channel
    status: Status
    created_at: datetime
    solved_at: datetime | None
    assignee_id: int | None
    utterances: tuple[Utterance, ...]
    changes: tuple[Change, ...]
    ratings: tuple[Rating, ...]
    is_merged: bool = False
    complete_since: datetime | None = None

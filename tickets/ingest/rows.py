"""Turns records into rows: the inner loop of ingest, so plain and flat on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from privacy import api as privacy
from tickets.contracts import (
    AuthorType,
    Change,
    CsatRecord,
    EventRecord,
    EventType,
    MessageRecord,
    Rating,
    Status,
    TicketRecord,
    Timeline,
    Utterance,
)
from tickets.ingest.copying import NULL, blob, moment, number, text
from tickets.ingest.people import KnownPerson
from tickets.models import TAG_LENGTH

TITLE = "tickets.Ticket.title"
FIELDS = "tickets.Ticket.fields"
BODY = "tickets.Message.body"
COMMENT = "tickets.CsatResponse.comment"

TICKET_COLUMNS = (
    "organisation_id", "id", "requester_id", "assignee_id", "subject_id", "title", "fields",
    "channel", "status", "priority", "language", "message_count", "is_merged", "complete_since",
    "digest", "created_at", "updated_at", "solved_at", "source", "external_id",
)  # fmt: skip
MESSAGE_COLUMNS = (
    "organisation_id", "id", "author_type", "agent_id", "other_customer_id", "is_public", "body",
    "sent_at", "ticket_id", "external_id",
)  # fmt: skip
EVENT_COLUMNS = (
    "organisation_id", "ticket_id", "position", "event_type", "from_value", "to_value",
    "from_agent_id", "to_agent_id", "actor_agent_id", "at",
)  # fmt: skip
CSAT_COLUMNS = (
    "organisation_id", "id", "ticket_id", "position", "scale", "score", "is_good", "comment", "at",
)  # fmt: skip

_encode = msgspec.json.Encoder().encode
_STATUSES = frozenset(Status)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody on the page, by the source's own ids, and what may be kept of custom fields."""

    organisation_id: int
    source: str
    agents: dict[str, int]
    customers: dict[str, KnownPerson]
    ciphers: dict[UUID, privacy.Cipher]
    kept_fields: frozenset[str]
    # Corrected by people, of known tickets by the source's own ids: what the source says of these
    # is not believed any more.
    assignees: dict[str, int | None] = field(default_factory=dict)
    authors: dict[tuple[str, str], int | None] = field(default_factory=dict)

    def agent(self, external_id: str | None) -> int | None:
        return self.agents.get(external_id) if external_id else None


def ticket_line(cast: Cast, record: TicketRecord, ticket_id: int, digest: bytes) -> str:
    requester = cast.customers[record.requester.id]
    subject = requester.subject_id
    cipher = cast.ciphers[subject]
    fields = {k: v for k, v in record.fields.items() if k in cast.kept_fields}
    org = cast.organisation_id
    return "\t".join(
        [
            str(org),
            str(ticket_id),
            str(requester.id),
            number(assignee(cast, record)),
            str(subject),
            blob(cipher.encrypt(record.subject, privacy.aad(org, TITLE, ticket_id, subject))),
            blob(
                cipher.encrypt(_encode(fields), privacy.aad(org, FIELDS, ticket_id, subject))
                if fields
                else None
            ),
            record.channel,
            record.status,
            record.priority or "",
            text(record.language or ""),
            str(len(record.messages)),
            "t" if record.is_merged else "f",
            moment(record.complete_since),
            blob(digest),
            moment(record.created_at),
            moment(record.updated_at),
            moment(record.solved_at),
            text(cast.source),
            text(record.id),
        ]
    )


def message_lines(
    cast: Cast, record: TicketRecord, ticket_id: int, turns: Iterable[tuple[MessageRecord, int]]
) -> Iterable[str]:
    """Lines of one ticket's messages, each with the row id it gets. The hottest loop of ingest:
    what is the same for all of them is worked out once."""
    subject = cast.customers[record.requester.id].subject_id
    encrypt = cast.ciphers[subject].encrypt
    bound_to = privacy.aad_of_rows(cast.organisation_id, BODY, subject)
    head, tail = f"{cast.organisation_id}\t", f"\t{ticket_id}\t"
    for message, row_id in turns:
        body = encrypt(message.text, bound_to(row_id)).hex()
        agent = number(message_agent(cast, record, message))
        yield (
            f"{head}{row_id}\t{message.author.type.value}\t{agent}"
            f"\t{number(other_customer(cast, record, message))}\t{'t' if message.public else 'f'}"
            f"\t\\\\x{body}\t{message.sent_at.isoformat()}{tail}{text(message.id)}"
        )


def assignee(cast: Cast, record: TicketRecord) -> int | None:
    if cast.assignees and record.id in cast.assignees:
        return cast.assignees[record.id]
    return cast.agent(record.assignee.id) if record.assignee else None


def message_agent(cast: Cast, record: TicketRecord, message: MessageRecord) -> int | None:
    author = message.author
    if cast.authors and (record.id, message.id) in cast.authors:
        return cast.authors[record.id, message.id]
    return cast.agent(author.id) if author.type is AuthorType.AGENT else None


def other_customer(cast: Cast, record: TicketRecord, message: MessageRecord) -> int | None:
    """The customer who wrote the message, when it was not the requester."""
    author = message.author
    if author.type is not AuthorType.CUSTOMER or author.id in {None, record.requester.id}:
        return None
    person = cast.customers.get(author.id)
    return person.id if person else None


def event_lines(cast: Cast, record: TicketRecord, ticket_id: int) -> Iterable[str]:
    head, agent = f"{cast.organisation_id}\t{ticket_id}\t", cast.agent
    for position, event in enumerate(record.events):
        if event.type is EventType.ASSIGNMENT:
            change = f"\t\t{number(agent(event.source))}\t{number(agent(event.target))}"
        else:
            before, after = (event.source or "")[:20], (event.target or "")[:20]
            change = f"{text(before)}\t{text(after)}\t{NULL}\t{NULL}"
        yield (
            f"{head}{position}\t{event.type.value}\t{change}"
            f"\t{number(agent(event.actor))}\t{event.at.isoformat()}"
        )


def csat_line(
    cast: Cast, record: TicketRecord, rating: CsatRecord, ticket_id: int, at: tuple[int, int]
) -> str:
    """`at` is the rating's position and its row id."""
    position, row_id = at
    subject = cast.customers[record.requester.id].subject_id
    org = cast.organisation_id
    comment = NULL
    if rating.comment:
        aad = privacy.aad(org, COMMENT, row_id, subject)
        comment = blob(cast.ciphers[subject].encrypt(rating.comment, aad))
    return (
        f"{org}\t{row_id}\t{ticket_id}\t{position}\t{rating.scale.value}\t{text(str(rating.score))}"
        f"\t{'t' if rating.verdict else 'f'}\t{comment}\t{rating.at.isoformat()}"
    )


def timeline_of(cast: Cast, record: TicketRecord, ticket_id: int) -> Timeline:
    """The record as the metrics see it: who and when, never what."""
    return Timeline(
        ticket_id=ticket_id,
        channel=record.channel,
        status=record.status,
        created_at=record.created_at,
        solved_at=record.solved_at,
        assignee_id=assignee(cast, record),
        utterances=tuple(
            Utterance(m.sent_at, m.author.type, m.public, message_agent(cast, record, m))
            for m in record.messages
        ),
        changes=tuple(_change(cast, event) for event in record.events),
        ratings=tuple(Rating(rating.at, rating.verdict) for rating in record.csat),
        is_merged=record.is_merged,
        complete_since=record.complete_since,
    )


def _change(cast: Cast, event: EventRecord) -> Change:
    actor = cast.agent(event.actor)
    if event.type is EventType.ASSIGNMENT:
        return Change(
            event.at,
            event.type,
            source_agent_id=cast.agent(event.source),
            target_agent_id=cast.agent(event.target),
            actor_agent_id=actor,
        )
    if event.type is EventType.STATUS:
        return Change(
            event.at, event.type, _status(event.source), _status(event.target), actor_agent_id=actor
        )
    return Change(event.at, event.type, actor_agent_id=actor)


def _status(value: str | None) -> Status | None:
    return Status(value) if value in _STATUSES else None


def tags_of(records: Sequence[TicketRecord]) -> set[str]:
    return {tag[:TAG_LENGTH] for record in records for tag in record.tags}

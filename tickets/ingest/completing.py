"""Joins a snapshot whose beginning the source no longer hands out to what is stored of it.

Some helpdesks give only the latest part of a long conversation. What came in earlier stays, and
counts, so the record is made whole again before anything else looks at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from privacy import api as privacy
from tickets.contracts import (
    AuthorRecord,
    AuthorType,
    EventRecord,
    EventType,
    MessageRecord,
    TicketRecord,
)
from tickets.ingest.page import KnownTicket
from tickets.ingest.people import AGENT_FIELD, CUSTOMER_FIELD, Profile
from tickets.ingest.rows import BODY
from tickets.models import Agent, Customer, Message, TicketEvent

_profile = msgspec.json.Decoder(Profile).decode


def completed(
    organisation_id: int, records: Sequence[TicketRecord], known: Mapping[str, KnownTicket]
) -> list[TicketRecord]:
    """The records, those that are cut off with their stored beginning; a page without any costs
    nothing."""
    cut = [known[record.id] for record in records if record.complete_since is not None]
    if not cut:
        return list(records)
    stored = _Stored(organisation_id, cut)
    return [
        stored.joined_to(record, known[record.id], record.complete_since)
        if record.complete_since is not None
        else record
        for record in records
    ]


def complete_since(ticket: KnownTicket, since: datetime) -> datetime | None:
    """From when on the two together are whole; None: from the beginning.

    What was stored reaches up to the ticket's clock. When the snapshot begins before that, nothing
    is missing between them.
    """
    return ticket.complete_since if ticket.updated_at >= since else since


class _Stored:
    """What is stored of some tickets, in the source's own words."""

    def __init__(self, organisation_id: int, tickets: Iterable[KnownTicket]) -> None:
        self.organisation_id = organisation_id
        self.tickets = {ticket.id: ticket for ticket in tickets}
        self.messages = self._rows(
            Message, "sent_at", "external_id", "author_type", "agent_id", "other_customer_id",
            "is_public", "body", "id",
        )  # fmt: skip
        self.events = self._rows(
            TicketEvent, "position", "event_type", "at", "from_value", "to_value",
            "from_agent_id", "to_agent_id", "actor_agent_id",
        )  # fmt: skip
        self.agents, self.customers = self._agents(), self._customers()
        subjects = {person["subject_id"] for person in [*self.agents, *self.customers]}
        subjects |= {ticket.subject_id for ticket in self.tickets.values()}
        self.ciphers = privacy.ciphers_for(organisation_id, subjects, create=False)
        self.agent_ids = self._external_ids(self.agents, AGENT_FIELD)
        self.customer_ids = self._external_ids(self.customers, CUSTOMER_FIELD)

    def _rows(self, model: Any, order: str, *columns: str) -> dict[int, list[dict[str, Any]]]:
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        rows = model.objects.filter(ticket_id__in=list(self.tickets)).order_by(order, "id")
        for row in rows.values("ticket_id", order, *columns):
            found[row["ticket_id"]].append(row)
        return found

    def _agents(self) -> list[dict[str, Any]]:
        ids = {row["agent_id"] for rows in self.messages.values() for row in rows}
        for name in ("from_agent_id", "to_agent_id", "actor_agent_id"):
            ids |= {row[name] for rows in self.events.values() for row in rows}
        found = Agent.objects.filter(pk__in=ids - {None})
        return list(found.values("id", "subject_id", "profile"))

    def _customers(self) -> list[dict[str, Any]]:
        ids = {row["other_customer_id"] for rows in self.messages.values() for row in rows}
        ids |= {ticket.requester_id for ticket in self.tickets.values()}
        found = Customer.objects.filter(pk__in=ids - {None})
        return list(found.values("id", "subject_id", "profile"))

    def _external_ids(self, people: Iterable[dict[str, Any]], field: str) -> dict[int, str]:
        """The source's own ids; without those whose key is destroyed."""
        found = {}
        for person in people:
            bound_to = privacy.aad(self.organisation_id, field, person["id"], person["subject_id"])
            text = self._opened(person["subject_id"], person["profile"], bound_to)
            if text is not None:
                found[person["id"]] = _profile(text).id
        return found

    def _opened(self, subject_id: UUID, stored: memoryview, bound_to: bytes) -> str | None:
        cipher = self.ciphers.get(subject_id)
        if cipher is None or cipher.erased:
            return None
        return cipher.decrypt(bytes(stored), bound_to)

    def joined_to(self, record: TicketRecord, ticket: KnownTicket, since: datetime) -> TicketRecord:
        given = {message.id for message in record.messages}
        kept = [
            message
            for row in self.messages[ticket.id]
            if row["sent_at"] <= since and row["external_id"] not in given
            if (message := self._message(ticket, row)) is not None
        ]
        return replace(
            record,
            messages=tuple(sorted([*kept, *record.messages], key=lambda one: one.sent_at)),
            events=self._events(record, ticket, since),
            complete_since=complete_since(ticket, since),
        )

    def _message(self, ticket: KnownTicket, row: dict[str, Any]) -> MessageRecord | None:
        """None when nobody can read it any more."""
        bound_to = privacy.aad(self.organisation_id, BODY, row["id"], ticket.subject_id)
        text = self._opened(ticket.subject_id, row["body"], bound_to)
        if text is None:
            return None
        return MessageRecord(
            id=row["external_id"],
            author=self._author(ticket, row),
            sent_at=row["sent_at"],
            public=row["is_public"],
            text=text,
        )

    def _author(self, ticket: KnownTicket, row: dict[str, Any]) -> AuthorRecord:
        kind = AuthorType(row["author_type"])
        if kind is AuthorType.AGENT:
            return AuthorRecord(type=kind, id=self.agent_ids.get(row["agent_id"]))
        if kind is AuthorType.CUSTOMER:
            writer = row["other_customer_id"] or ticket.requester_id
            return AuthorRecord(type=kind, id=self.customer_ids.get(writer))
        return AuthorRecord(type=kind)

    def _events(
        self, record: TicketRecord, ticket: KnownTicket, since: datetime
    ) -> tuple[EventRecord, ...]:
        """The stored ones up to the cut, then the record's, of which the first of its kind goes on
        from the last stored one."""
        given = {(event.type, event.at, event.target) for event in record.events}
        rows = [row for row in self.events[ticket.id] if row["at"] <= since]
        kept = [event for event in map(self._event, rows) if _key(event) not in given]
        last = {event.type: event.target for event in kept}
        joined = list(kept)
        for event in record.events:
            before = last.pop(event.type, event.source)
            if before != event.target:
                joined.append(replace(event, source=before))
        return tuple(joined)

    def _event(self, row: dict[str, Any]) -> EventRecord:
        kind = EventType(row["event_type"])
        values = row["from_value"] or None, row["to_value"] or None
        if kind is EventType.ASSIGNMENT:
            values = self._agent_id(row["from_agent_id"]), self._agent_id(row["to_agent_id"])
        return EventRecord(
            type=kind,
            at=row["at"],
            source=values[0],
            target=values[1],
            actor=self._agent_id(row["actor_agent_id"]),
        )

    def _agent_id(self, agent_id: int | None) -> str | None:
        return self.agent_ids.get(agent_id) if agent_id is not None else None


def _key(event: EventRecord) -> tuple[EventType, datetime, str | None]:
    return event.type, event.at, event.target

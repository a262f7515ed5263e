"""Writes tickets with everything that hangs on them: messages, events, ratings, tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from privacy import api as privacy
from tickets.contracts import MessageRecord, TicketRecord, Timeline
from tickets.ingest import copying, rows
from tickets.ingest.page import IngestReport, KnownTicket
from tickets.models import TAG_LENGTH, Message, Tag

# A ticket's id, its record, and some of its messages.
Turns = tuple[int, TicketRecord, Sequence[MessageRecord]]


class Stored(NamedTuple):
    """A stored message, as far as telling whether it changed needs."""

    id: int
    author_type: str
    agent_id: int | None
    other_customer_id: int | None
    is_public: bool
    body: memoryview
    sent_at: datetime


class Writer:
    """Creates and updates the tickets of one page. Counts into the report it is given."""

    def __init__(
        self,
        cast: rows.Cast,
        known: dict[str, KnownTicket],
        digests: dict[str, bytes],
        report: IngestReport,
    ) -> None:
        self.cast = cast
        self.known = known
        self.digests = digests
        self.report = report

    def create(self, records: Sequence[TicketRecord]) -> list[Timeline]:
        if not records:
            return []
        ids = copying.new_ids("tickets_ticket", len(records))
        by_id = dict(zip(ids, records, strict=True))
        copying.insert_rows("tickets_ticket", rows.TICKET_COLUMNS, self._ticket_lines(by_id))
        self._insert_messages(
            [(ticket_id, record, record.messages) for ticket_id, record in by_id.items()]
        )
        self._insert_rest(by_id)
        self.report.tickets.created += len(records)
        return self._timelines(by_id)

    def update(self, records: Sequence[TicketRecord]) -> list[Timeline]:
        """Bring known tickets up to date: only messages that differ are rewritten; events,
        ratings and tags are few and replaced whole."""
        if not records:
            return []
        by_id = {self.known[record.id].id: record for record in records}
        copying.update_rows("tickets_ticket", rows.TICKET_COLUMNS, self._ticket_lines(by_id))
        self._update_messages(by_id)
        for table in ("tickets_ticketevent", "tickets_csatresponse", "tickets_tickettag"):
            copying.delete_where(table, "ticket_id", self.cast.organisation_id, list(by_id))
        self._insert_rest(by_id)
        self.report.tickets.updated += len(records)
        return self._timelines(by_id)

    def _ticket_lines(self, by_id: dict[int, TicketRecord]) -> list[str]:
        return [
            rows.ticket_line(self.cast, record, ticket_id, self.digests[record.id])
            for ticket_id, record in by_id.items()
        ]

    def _timelines(self, by_id: dict[int, TicketRecord]) -> list[Timeline]:
        self.report.dropped_fields += sum(
            key not in self.cast.kept_fields for record in by_id.values() for key in record.fields
        )
        return [rows.timeline_of(self.cast, record, key) for key, record in by_id.items()]

    def _insert_messages(self, turns: Sequence[Turns]) -> None:
        count = sum(len(messages) for _, _, messages in turns)
        ids = iter(copying.new_ids("tickets_message", count))
        lines = [
            line
            for ticket_id, record, messages in turns
            for line in rows.message_lines(
                self.cast, record, ticket_id, [(message, next(ids)) for message in messages]
            )
        ]
        copying.insert_rows("tickets_message", rows.MESSAGE_COLUMNS, lines)
        self.report.messages.created += count

    def _update_messages(self, by_id: dict[int, TicketRecord]) -> None:
        stored = self._stored_messages(by_id)
        fresh: list[Turns] = []
        changed: list[str] = []
        for ticket_id, record in by_id.items():
            unknown, different = self._compare(ticket_id, record, stored)
            fresh.append((ticket_id, record, unknown))
            changed += rows.message_lines(self.cast, record, ticket_id, different)
            self.report.messages.unchanged += len(record.messages) - len(unknown) - len(different)
        copying.update_rows("tickets_message", rows.MESSAGE_COLUMNS, changed)
        self._insert_messages(fresh)
        # A message that a newer snapshot no longer holds was deleted at the source.
        gone = [message.id for message in stored.values()]
        copying.delete_where("tickets_message", "id", self.cast.organisation_id, gone)
        self.report.messages.updated += len(changed)
        self.report.messages.erased += len(gone)

    def _compare(
        self, ticket_id: int, record: TicketRecord, stored: dict[tuple[int, str], Stored]
    ) -> tuple[list[MessageRecord], list[tuple[MessageRecord, int]]]:
        """The messages not stored yet, and those that differ, with their row's id. Takes those it
        finds out of `stored`."""
        unknown: list[MessageRecord] = []
        different: list[tuple[MessageRecord, int]] = []
        for message in record.messages:
            old = stored.pop((ticket_id, message.id), None)
            if old is None:
                unknown.append(message)
            elif self._differs(record, message, old):
                different.append((message, old.id))
        return unknown, different

    def _stored_messages(self, ticket_ids: Iterable[int]) -> dict[tuple[int, str], Stored]:
        found = Message.objects.filter(ticket_id__in=list(ticket_ids)).values_list(
            "ticket_id", "external_id", "id", "author_type", "agent_id", "other_customer_id",
            "is_public", "body", "sent_at",
        )  # fmt: skip
        return {(row[0], row[1]): Stored(*row[2:]) for row in found.iterator(5_000)}

    def _differs(self, record: TicketRecord, message: MessageRecord, old: Stored) -> bool:
        subject = self.cast.customers[record.requester.id].subject_id
        if subject != self.known[record.id].subject_id:
            return True  # the requester changed, so the key does
        facts = (
            message.author.type.value,
            rows.message_agent(self.cast, record, message),
            rows.other_customer(self.cast, record, message),
            message.public,
            message.sent_at,
        )
        if facts != (
            old.author_type,
            old.agent_id,
            old.other_customer_id,
            old.is_public,
            old.sent_at,
        ):
            return True
        aad = privacy.aad(self.cast.organisation_id, rows.BODY, old.id, subject)
        return self.cast.ciphers[subject].decrypt(old.body, aad) != message.text

    def _insert_rest(self, by_id: dict[int, TicketRecord]) -> None:
        cast = self.cast
        events = [line for key, r in by_id.items() for line in rows.event_lines(cast, r, key)]
        copying.insert_rows("tickets_ticketevent", rows.EVENT_COLUMNS, events)
        ratings = [
            (key, record, position, rating)
            for key, record in by_id.items()
            for position, rating in enumerate(record.csat)
        ]
        ids = copying.new_ids("tickets_csatresponse", len(ratings))
        lines = [
            rows.csat_line(cast, record, rating, key, (position, row_id))
            for (key, record, position, rating), row_id in zip(ratings, ids, strict=True)
        ]
        copying.insert_rows("tickets_csatresponse", rows.CSAT_COLUMNS, lines)
        self._insert_tags(by_id)

    def _insert_tags(self, by_id: dict[int, TicketRecord]) -> None:
        names = rows.tags_of(list(by_id.values()))
        if not names:
            return
        organisation_id = self.cast.organisation_id
        ids = dict(Tag.objects.filter(name__in=names).values_list("name", "id"))
        missing = [Tag(organisation_id=organisation_id, name=n) for n in sorted(names - ids.keys())]
        ids.update({tag.name: tag.pk for tag in Tag.objects.bulk_create(missing)})
        lines = [
            f"{organisation_id}\t{ids[name]}\t{key}"
            for key, record in by_id.items()
            for name in sorted({tag[:TAG_LENGTH] for tag in record.tags})
        ]
        copying.insert_rows("tickets_tickettag", ("organisation_id", "tag_id", "ticket_id"), lines)

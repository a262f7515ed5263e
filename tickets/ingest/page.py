"""What goes into one page of ingest and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self
from uuid import UUID

from tickets.contracts import Status, TicketRecord, Timeline


@dataclass(slots=True)
class Counts:
    """How many things a page, or many pages together, created, changed, left alone or erased."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    erased: int = 0

    def add(self, other: Self) -> None:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.erased += other.erased


@dataclass(slots=True)
class IngestReport:
    """The outcome of `ingest_tickets`; add pages up with `add`."""

    tickets: Counts = field(default_factory=Counts)
    messages: Counts = field(default_factory=Counts)
    suppressed: int = 0
    dropped_fields: int = 0

    def add(self, other: Self) -> None:
        self.tickets.add(other.tickets)
        self.messages.add(other.messages)
        self.suppressed += other.suppressed
        self.dropped_fields += other.dropped_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestedPage:
    """What followers (metrics, checks) learn about a page, inside its transaction.

    `unmeasured` are those of its tickets that may count in nothing: somebody had their data frozen
    or objected.
    """

    organisation_id: int
    timelines: list[Timeline]
    erased_ticket_ids: list[int]
    moved_agents: dict[int, date]  # agent -> first local day in the new team
    unmeasured: Set[int] = frozenset()

    @property
    def measured(self) -> list[Timeline]:
        return [each for each in self.timelines if each.ticket_id not in self.unmeasured]


Follower = Callable[[IngestedPage], None]


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """A stored ticket, as far as the decision to touch it needs."""

    id: int
    digest: bytes
    updated_at: datetime
    subject_id: UUID
    requester_id: int
    complete_since: datetime | None


@dataclass(slots=True)
class Plan:
    """Which records of a page are new, changed, orders to erase, or nothing to do."""

    created: list[TicketRecord] = field(default_factory=list)
    updated: list[TicketRecord] = field(default_factory=list)
    deleted: list[TicketRecord] = field(default_factory=list)
    unchanged: int = 0


def newest_of_each(records: Iterable[TicketRecord]) -> tuple[dict[str, TicketRecord], int]:
    """One record per ticket: the one with the latest clock, the later line among equals.

    Also returns how many records others of the same page made superfluous.
    """
    newest: dict[str, TicketRecord] = {}
    superfluous = 0
    for record in records:
        rival = newest.get(record.id)
        superfluous += rival is not None
        if rival is None or record.updated_at >= rival.updated_at:
            newest[record.id] = record
    return newest, superfluous


def make_plan(
    records: dict[str, TicketRecord],
    known: dict[str, KnownTicket],
    digests: dict[str, bytes],
) -> Plan:
    """Decide by content and by the source's clock, never by the clock alone: a helpdesk may scrub
    a ticket without moving its `updated_at`. An older snapshot never overwrites a newer one."""
    plan = Plan()
    for external_id, record in records.items():
        stored = known.get(external_id)
        if record.status is Status.DELETED:
            plan.deleted.append(record)
        elif stored is None:
            plan.created.append(record)
        elif stored.digest == digests[external_id] or record.updated_at < stored.updated_at:
            plan.unchanged += 1
        else:
            plan.updated.append(record)
    return plan

"""The sandbox's tickets and the order in which they changed.

Tickets are kept packed and their export rows rendered, so that tens of thousands fit and a page is
a join of bytes. Every method may be called from any thread.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from itertools import cycle
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from integrations.demo.generator import generate
from integrations.helpdesks.sandbox import people, rendering
from tickets.contracts import (
    AgentRecord,
    AuthorRecord,
    AuthorType,
    CsatRecord,
    CsatScale,
    EventRecord,
    EventType,
    MessageRecord,
    PersonRecord,
    Status,
    TicketRecord,
)

MERGED_TAG: Final = "closed_by_merge"
_POOL: Final = 60
_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(TicketRecord).decode


class State(Enum):
    LIVE = auto()
    DELETED = auto()
    SCRUBBED = auto()
    GONE = auto()  # deleted for good: the row stays in the feed, the ticket answers 404
    VANISHED = auto()  # deleted for good without a word in the feed


@dataclass(slots=True)
class Entry:
    packed: bytes
    row: bytes
    metrics: bytes
    stamp: int
    people: tuple[int, ...]
    state: State = State.LIVE


class Store:
    """`clock` says what time it is; `now` is the moment the conversations lead up to."""

    def __init__(
        self, *, tickets: int, seed: int, now: datetime, clock: Callable[[], datetime]
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.users: dict[int, bytes] = {}
        self.entries: dict[int, Entry] = {}
        self.order: list[tuple[int, int]] = []
        self.user_order: list[tuple[int, int]] = []  # changes of users, in their own order
        self._last_stamp = 0
        self._next_id = 1
        for user in people.staff().values():
            self.users[user["id"]] = msgspec.json.encode(user)
        for record in generate(tickets, now=now, seed=seed):
            self._add(record, int(record.id.rpartition("-")[2]))
        # Whoever starts it again gets the same conversations, and no number twice for what came
        # after them (unless more than one came a second).
        self._next_id += max(0, int((clock() - now).total_seconds()))
        self._pool = cycle(list(generate(_POOL, now=now, seed=seed + 1)))

    def _add(self, record: TicketRecord, ticket_id: int, *, stamp: int | None = None) -> None:
        requester = people.customer(record.requester)
        self.users.setdefault(requester["id"], msgspec.json.encode(requester))
        self._next_id = max(self._next_id, ticket_id + 1)
        stamp = int(record.updated_at.timestamp()) if stamp is None else stamp
        self._last_stamp = max(self._last_stamp, stamp)
        self.entries[ticket_id] = self._entry(ticket_id, record, stamp, State.LIVE)
        insort(self.order, (stamp, ticket_id))

    def _entry(self, ticket_id: int, record: TicketRecord, stamp: int, state: State) -> Entry:
        scrubbed = state is State.SCRUBBED
        row = rendering.ticket_row(
            ticket_id, record, stamp, deleted=state is not State.LIVE, scrubbed=scrubbed
        )
        named = [people.number_of(record.requester.id)]
        if record.assignee:
            named.append(people.number_of(record.assignee.id))
        metrics = rendering.metric_set(ticket_id, record)
        return Entry(_pack(record), row, metrics, stamp, tuple(named), state)

    # Reading

    def export(
        self, *, start: int | None, after: tuple[int, int] | None, size: int, lag: int
    ) -> tuple[list[Entry], tuple[int, int], bool]:
        """Rows from a time or behind a position, the position reached, whether that is the end.

        Rows of the last `lag` seconds are held back."""
        with self.lock:
            first = bisect_left(self.order, (start or 0, 0)) if after is None else 0
            position = after or (start or 0, 0)
            if after is not None:
                first = bisect_right(self.order, after)
            end = len(self.order)
            if lag:
                end = bisect_right(self.order, (int(self.clock().timestamp()) - lag, 2**62))
            chosen = self.order[first : min(first + size, end)]
            rows = [self.entries[ticket_id] for _, ticket_id in chosen]
            return rows, chosen[-1] if chosen else position, first + size >= end

    def record(self, ticket_id: int) -> TicketRecord:
        """Raises KeyError for a ticket that never was."""
        return _unpack(self.entries[ticket_id].packed)

    def live(self, ticket_id: int) -> Entry | None:
        entry = self.entries.get(ticket_id)
        return entry if entry is not None and entry.state is State.LIVE else None

    def stored(self, ticket_id: int) -> Entry | None:
        """Live or in the bin: what GET on a ticket shows."""
        entry = self.entries.get(ticket_id)
        shown = {State.LIVE, State.DELETED, State.SCRUBBED}
        return entry if entry is not None and entry.state in shown else None

    def live_ids(self) -> list[int]:
        with self.lock:
            return [one for one, entry in self.entries.items() if entry.state is State.LIVE]

    def users_of(self, rows: list[Entry]) -> Iterator[bytes]:
        wanted = dict.fromkeys(number for row in rows for number in row.people)
        return (self.users[number] for number in wanted if number in self.users)

    # Changing

    def _moment(self) -> datetime:
        return self.clock().astimezone(UTC).replace(microsecond=0)

    def _stamp(self) -> int:
        """Later than every other: nothing changes behind a reader's back."""
        self._last_stamp = max(self._last_stamp + 1, int(self.clock().timestamp()))
        return self._last_stamp

    def _put(self, ticket_id: int, record: TicketRecord, state: State = State.LIVE) -> None:
        with self.lock:
            old = (self.entries[ticket_id].stamp, ticket_id)
            position = bisect_left(self.order, old)
            if self.order[position : position + 1] == [old]:
                del self.order[position]
            entry = self._entry(ticket_id, record, self._stamp(), state)
            self.entries[ticket_id] = entry
            if state is not State.VANISHED:
                insort(self.order, (entry.stamp, ticket_id))

    def create(self) -> int:
        """A new ticket of a customer, unanswered."""
        with self.lock:
            model, at, ticket_id = next(self._pool), self._moment(), self._next_id
            opening = replace(model.messages[0], sent_at=at)
            record = replace(
                model,
                id=f"demo-{ticket_id}",
                status=Status.NEW,
                created_at=at,
                updated_at=at,
                solved_at=None,
                assignee=None,
                messages=(opening,),
                events=(),
                csat=(),
            )
            self._add(record, ticket_id, stamp=self._stamp())
            return ticket_id

    def reply(self, ticket_id: int, text: str, author: AuthorRecord, *, public: bool) -> int:
        """The new comment's id."""
        with self.lock:
            record, at = self.record(ticket_id), self._moment()
            position = len(record.messages)
            said = MessageRecord(
                id=str(position), author=author, sent_at=at, public=public, text=text
            )
            self._put(ticket_id, replace(record, messages=(*record.messages, said), updated_at=at))
            return rendering.comment_id(ticket_id, position)

    def change_status(self, ticket_id: int, status: Status, actor: str) -> None:
        with self.lock:
            record, at = self.record(ticket_id), self._moment()
            change = EventRecord(
                type=EventType.STATUS, at=at, source=record.status, target=status, actor=actor
            )
            solved_at = (record.solved_at or at) if status.is_solved else None
            self._put(
                ticket_id,
                replace(
                    record,
                    status=status,
                    solved_at=solved_at,
                    updated_at=at,
                    events=(*record.events, change),
                ),
            )

    def assign(self, ticket_id: int, agent: AgentRecord, actor: str) -> None:
        with self.lock:
            record, at = self.record(ticket_id), self._moment()
            before = record.assignee.id if record.assignee else None
            change = EventRecord(
                type=EventType.ASSIGNMENT, at=at, source=before, target=agent.id, actor=actor
            )
            self._put(
                ticket_id,
                replace(record, assignee=agent, updated_at=at, events=(*record.events, change)),
            )

    def rate(self, ticket_id: int, score: str, comment: str | None) -> None:
        with self.lock:
            record, at = self.record(ticket_id), self._moment()
            rating = CsatRecord(score=score, scale=CsatScale.GOOD_BAD, at=at, comment=comment)
            self._put(ticket_id, replace(record, csat=(rating,), updated_at=at))

    def merge(self, source_id: int, target_id: int) -> None:
        """Close the source as the vendor does: a tag, a comment in each, a change of status."""
        with self.lock:
            author = AuthorRecord(type=AuthorType.SYSTEM, id=rendering.MERGE_AUTHOR)
            record = self.record(source_id)
            self._put(source_id, replace(record, tags=(*record.tags, MERGED_TAG)))
            self.reply(source_id, f"Closed and merged into #{target_id}.", author, public=False)
            self.change_status(source_id, Status.CLOSED, rendering.MERGE_AUTHOR)
            self.reply(target_id, f"#{source_id} was merged here.", author, public=False)

    def redact(self, ticket_id: int, comment_id: int, text: str) -> bool:
        """Whether the comment held the text. The comment changes in place; the ticket's own clock
        does not move."""
        with self.lock:
            record = self.record(ticket_id)
            position = comment_id - rendering.comment_id(ticket_id, 0)
            if not 0 <= position < len(record.messages):
                return False
            messages = list(record.messages)
            held = messages[position]
            if not text or text not in held.text:
                return False
            messages[position] = replace(held, text=held.text.replace(text, "▇" * len(text)))
            self._put(ticket_id, replace(record, messages=tuple(messages)))
            return True

    def delete(self, ticket_id: int) -> None:
        with self.lock:
            record = replace(self.record(ticket_id), updated_at=self._moment())
            self._put(ticket_id, record, State.DELETED)

    def restore(self, ticket_id: int) -> None:
        self._put(ticket_id, self.record(ticket_id))

    def settle(self, ticket_id: int, state: State) -> None:
        """Scrub, delete for good or let vanish: the ticket's own clock stays where it was."""
        self._put(ticket_id, self.record(ticket_id), state)

    def change_user(self, user_id: int, change: Callable[[dict[str, Any]], dict[str, Any]]) -> bool:
        """Whether there is such a user."""
        with self.lock:
            if user_id not in self.users:
                return False
            user = msgspec.json.decode(self.users[user_id])
            self.users[user_id] = msgspec.json.encode(change(user))
            self.user_order.append((self._stamp(), user_id))
            return True

    def changed_users(self, after: tuple[int, int], size: int) -> list[tuple[int, int]]:
        """(stamp, id) of users that changed behind a position, each where it last did."""
        with self.lock:
            last = {user_id: stamp for stamp, user_id in self.user_order}
            rows = sorted((stamp, user_id) for user_id, stamp in last.items())
            first = bisect_right(rows, after)
            return rows[first : first + size]

    def merge_users(self, loser: int, winner: int) -> None:
        """As the vendor joins two people: the tickets live on with the winner."""
        with self.lock:
            person = self._person(winner)
            for ticket_id, entry in list(self.entries.items()):
                if loser in entry.people[:1]:
                    record = self.record(ticket_id)
                    self._put(ticket_id, replace(record, requester=person), entry.state)
            self.change_user(loser, lambda user: people.deleted(user, for_good=False))

    def _person(self, user_id: int) -> PersonRecord:
        """Raises KeyError for a user who never was."""
        for entry in self.entries.values():
            if user_id in entry.people[:1]:
                return _unpack(entry.packed).requester
        raise KeyError(user_id)

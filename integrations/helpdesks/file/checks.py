"""What the types of a record cannot say: times that make sense, ids used once, scores on their
scale. Pure; a fault is a sentence that names the field and never repeats what stood in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from tickets.contracts import CsatRecord, CsatScale, TicketRecord

# No helpdesk holds older tickets; the year 1 is what broken exports write for "unknown".
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
# Clocks differ and an export may run ahead by a time zone, never by more than a day.
CLOCK_TOLERANCE: Final = timedelta(days=1)

_ONE_TO_FIVE: Final = frozenset({1, 2, 3, 4, 5, "1", "2", "3", "4", "5"})
_GOOD_BAD: Final = frozenset({0, 1, "good", "bad"})


def find_fault(record: TicketRecord, now: datetime) -> str | None:
    """The first fault of a record as "field: what is wrong", or None. `now` carries an offset."""
    latest = now + CLOCK_TOLERANCE
    if not _times_fit(record, latest):
        return next(_time_faults(record, latest))
    if record.solved_at is not None and record.solved_at < record.created_at:
        return "solved_at: is earlier than created_at"
    messages = record.messages
    if len({message.id for message in messages}) != len(messages):
        return _repeated_id(record)
    if record.csat:
        return next(_score_faults(record.csat), None)
    return None


def _times_fit(record: TicketRecord, latest: datetime) -> bool:
    """The hot path: one comparison a time, names worked out only when one fails."""
    if not EARLIEST <= record.created_at <= latest or not EARLIEST <= record.updated_at <= latest:
        return False
    for message in record.messages:
        if not EARLIEST <= message.sent_at <= latest:
            return False
    for event in record.events:
        if not EARLIEST <= event.at <= latest:
            return False
    return all(EARLIEST <= rating.at <= latest for rating in record.csat) and (
        record.solved_at is None or EARLIEST <= record.solved_at <= latest
    )


def _time_faults(record: TicketRecord, latest: datetime) -> Iterator[str]:
    for name, at in _named_times(record):
        if at is None:
            continue
        if at > latest:
            yield f"{name}: lies in the future"
        elif at < EARLIEST:
            yield f"{name}: lies before {EARLIEST.year}"


def _named_times(record: TicketRecord) -> Iterator[tuple[str, datetime | None]]:
    yield "created_at", record.created_at
    yield "updated_at", record.updated_at
    yield "solved_at", record.solved_at
    for index, message in enumerate(record.messages):
        yield f"messages[{index}].sent_at", message.sent_at
    for index, event in enumerate(record.events):
        yield f"events[{index}].at", event.at
    for index, rating in enumerate(record.csat):
        yield f"csat[{index}].at", rating.at


def _repeated_id(record: TicketRecord) -> str | None:
    seen: set[str] = set()
    for index, message in enumerate(record.messages):
        if message.id in seen:
            return f"messages[{index}].id: stands twice in this ticket"
        seen.add(message.id)
    return None


def _score_faults(ratings: tuple[CsatRecord, ...]) -> Iterator[str]:
    for index, rating in enumerate(ratings):
        if rating.scale is CsatScale.ONE_TO_FIVE and rating.score not in _ONE_TO_FIVE:
            yield f"csat[{index}].score: must be a whole number from 1 to 5"
        elif rating.scale is CsatScale.GOOD_BAD and rating.score not in _GOOD_BAD:
            yield f"csat[{index}].score: must be good or bad"

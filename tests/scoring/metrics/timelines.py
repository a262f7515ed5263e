"""Short ways to write timelines: times are minutes after Monday 16 November 2026, 10:00 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scoring.metrics.hours import BusinessCalendar
from tickets.contracts import (
    AuthorType,
    Change,
    Channel,
    CsatVerdict,
    EventType,
    Rating,
    Status,
    Timeline,
    Utterance,
)

BASE = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)
ALWAYS_OPEN = BusinessCalendar(time_zone="UTC")
DAY = 24 * 60

ANA, BEN, CLEO = 1, 2, 3


def at(minute: float) -> datetime:
    return BASE + timedelta(minutes=minute)


def customer(minute: float, *, public: bool = True) -> Utterance:
    return Utterance(at(minute), AuthorType.CUSTOMER, public, None)


def agent(minute: float, agent_id: int | None = ANA) -> Utterance:
    return Utterance(at(minute), AuthorType.AGENT, True, agent_id)


def note(minute: float, agent_id: int | None = ANA) -> Utterance:
    return Utterance(at(minute), AuthorType.AGENT, False, agent_id)


def bot(minute: float) -> Utterance:
    return Utterance(at(minute), AuthorType.BOT, True, None)


def status(minute: float, source: str, target: str, actor: int | None = None) -> Change:
    return Change(
        at(minute),
        EventType.STATUS,
        source_status=Status(source),
        target_status=Status(target),
        actor_agent_id=actor,
    )


def solve(minute: float, actor: int | None = ANA) -> Change:
    return status(minute, "open", "solved", actor)


def reopen(minute: float, actor: int | None = None) -> Change:
    return status(minute, "solved", "open", actor)


def assign(
    minute: float, source: int | None, target: int | None, actor: int | None = None
) -> Change:
    return Change(
        at(minute),
        EventType.ASSIGNMENT,
        source_agent_id=source,
        target_agent_id=target,
        actor_agent_id=actor,
    )


def good(minute: float) -> Rating:
    return Rating(at(minute), CsatVerdict.GOOD)


def bad(minute: float) -> Rating:
    return Rating(at(minute), CsatVerdict.BAD)


def timeline(*acts: Utterance | Change | Rating, **known: object) -> Timeline:
    """A ticket opened at minute 0; it is solved if its last status change, or `status`, says so."""
    changes = tuple(act for act in acts if isinstance(act, Change))
    moves = sorted((c for c in changes if c.type is EventType.STATUS), key=lambda c: c.at)
    fields = {
        "ticket_id": 7,
        "channel": Channel.EMAIL,
        "status": moves[-1].target_status if moves else Status.OPEN,
        "created_at": BASE,
        "solved_at": None,
        "assignee_id": None,
        "utterances": tuple(act for act in acts if isinstance(act, Utterance)),
        "changes": changes,
        "ratings": tuple(act for act in acts if isinstance(act, Rating)),
    }
    return Timeline(**{**fields, **known})

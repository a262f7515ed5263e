"""Stored tickets as the metrics see them: for when figures are made anew without the source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

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
from tickets.models import CsatResponse, Message, Ticket, TicketEvent

_STATUSES = frozenset(Status)


def timelines_of(ticket_ids: Sequence[int]) -> list[Timeline]:
    """In the tenant's scope; four queries, however many tickets. The same timelines that ingest
    made of their records."""
    said, changed, rated = _utterances(ticket_ids), _changes(ticket_ids), _ratings(ticket_ids)
    tickets = Ticket.objects.filter(pk__in=ticket_ids).order_by("pk").values_list(
        "pk", "channel", "status", "created_at", "solved_at", "assignee_id", "is_merged",
        "complete_since",
    )  # fmt: skip
    return [
        Timeline(
            ticket_id=pk,
            channel=Channel(channel),
            status=Status(status),
            created_at=created_at,
            solved_at=solved_at,
            assignee_id=assignee_id,
            utterances=tuple(said[pk]),
            changes=tuple(changed[pk]),
            ratings=tuple(rated[pk]),
            is_merged=is_merged,
            complete_since=complete_since,
        )
        for pk, channel, status, created_at, solved_at, assignee_id, is_merged, complete_since
        in tickets
    ]  # fmt: skip


def _rows(model: Any, ticket_ids: Sequence[int], order: str, *columns: str) -> Iterable[Any]:
    rows = model.objects.filter(ticket_id__in=ticket_ids).order_by("ticket_id", order, "id")
    found: Iterable[Any] = rows.values_list("ticket_id", *columns)
    return found


def _utterances(ticket_ids: Sequence[int]) -> dict[int, list[Utterance]]:
    found: dict[int, list[Utterance]] = defaultdict(list)
    columns = ("sent_at", "author_type", "is_public", "agent_id")
    for key, sent_at, author, public, agent_id in _rows(Message, ticket_ids, "sent_at", *columns):
        agent = agent_id if author == AuthorType.AGENT else None
        found[key].append(Utterance(sent_at, AuthorType(author), public, agent))
    return found


def _changes(ticket_ids: Sequence[int]) -> dict[int, list[Change]]:
    found: dict[int, list[Change]] = defaultdict(list)
    columns = ("event_type", "at", "from_value", "to_value", "from_agent_id", "to_agent_id",
               "actor_agent_id")  # fmt: skip
    for key, kind, at, before, after, source, target, actor in _rows(
        TicketEvent, ticket_ids, "position", *columns
    ):
        found[key].append(
            Change(
                at,
                EventType(kind),
                source_status=_status(kind, before),
                target_status=_status(kind, after),
                source_agent_id=source,
                target_agent_id=target,
                actor_agent_id=actor,
            )
        )
    return found


def _ratings(ticket_ids: Sequence[int]) -> dict[int, list[Rating]]:
    found: dict[int, list[Rating]] = defaultdict(list)
    for key, at, is_good in _rows(CsatResponse, ticket_ids, "position", "at", "is_good"):
        found[key].append(Rating(at, CsatVerdict.GOOD if is_good else CsatVerdict.BAD))
    return found


def _status(kind: str, value: str) -> Status | None:
    return Status(value) if kind == EventType.STATUS and value in _STATUSES else None

"""Ticket lines for the tests of file imports."""

from __future__ import annotations

import io
import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from integrations.helpdesks.file.reader import Item, TicketFile

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)

TICKET: dict[str, Any] = {
    "id": "T-1",
    "subject": "Parcel has not arrived",
    "channel": "email",
    "status": "solved",
    "priority": "normal",
    "language": "en",
    "created_at": "2026-03-30T08:12:00+02:00",
    "updated_at": "2026-03-30T09:40:00+02:00",
    "solved_at": "2026-03-30T09:40:00+02:00",
    "tags": ["delivery"],
    "requester": {"id": "C-77", "name": "Robin Example", "email": "robin@customer.example"},
    "assignee": {"id": "A-3", "name": "Sam Example", "team": "Orders"},
    "messages": [
        {
            "id": "M-1",
            "author": {"type": "customer", "id": "C-77"},
            "sent_at": "2026-03-30T08:12:00+02:00",
            "public": True,
            "text": "Where is order 10-4471?",
        },
        {
            "id": "M-2",
            "author": {"type": "agent", "id": "A-3", "name": "Sam Example"},
            "sent_at": "2026-03-30T09:38:00+02:00",
            "public": True,
            "text": "It arrives tomorrow before noon.",
        },
    ],
    "events": [
        {"type": "status", "at": "2026-03-30T09:40:00+02:00", "from": "open", "to": "solved"},
    ],
    "csat": [{"score": 5, "scale": "1-5", "at": "2026-03-30T10:00:00+02:00"}],
    "fields": {"plan": "gold"},
}


def ticket(path: str = "", value: Any = None, **changes: Any) -> dict[str, Any]:
    """The sample ticket with top-level `changes`; `path` ("messages.1.text") reaches further in."""
    changed = deepcopy(TICKET) | changes
    if path:
        *parents, last = path.split(".")
        place: Any = changed
        for key in parents:
            place = place[int(key) if key.isdigit() else key]
        place[int(last) if last.isdigit() else last] = value
    return changed


def as_line(value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


def read(content: bytes, *, line_limit: int = 10_000_000) -> tuple[list[Item], TicketFile]:
    with TicketFile(io.BytesIO(content), now=NOW, line_limit=line_limit) as tickets:
        return list(tickets), tickets

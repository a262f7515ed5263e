"""Replies as Zammad documents them, and a gate that plays them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from integrations.base import Page, Reply
from integrations.helpdesks import zammad
from integrations.helpdesks.zammad.adapter import make_adapter
from tickets.contracts import TicketRecord

FIXTURES = Path(zammad.__file__).with_name("fixtures")
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class ZammadHttp:
    """Answers from `replies` by path below the API; else 404."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[tuple[str, str, Any]] = []
        self.give("tickets/search", fixture("search"))
        self.give("ticket_states", fixture("ticket_states"))
        self.give("users/11", fixture("user_11"))
        for number in (9, 10, 11):
            tags = ["delivery", "vip"] if number == 9 else []
            self.give(f"ticket_articles/by_ticket/{number}", fixture(f"articles_{number}"))
            self.give(f"ticket_history/{number}", fixture(f"history_{number}"))
            self.give(f"tags?object=Ticket&o_id={number}", json.dumps({"tags": tags}).encode())

    def give(self, name: str, body: bytes, status: int = 200) -> None:
        self.replies[name] = Reply(status, {}, body)

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, bucket: str = "") -> Reply:
        return self.send("GET", path, params, bucket=bucket)

    def send(self, method: str, path: str, payload: Any = None, *, bucket: str = "") -> Reply:
        assert bucket == "", "the vendor has one allowance for all"
        name = path.removeprefix("/api/v1/").removesuffix("?expand=true")
        self.asked.append((method, name, payload))
        return self.replies.get(name, Reply(404, {}, b'{"error":"not found"}'))


def captured_page(http: ZammadHttp | None = None) -> Page:
    adapter = make_adapter({}, http or ZammadHttp())
    return adapter.page(adapter.first_cursor(SINCE))


def record_of(page: Page, number: int) -> TicketRecord:
    (found,) = [record for record in page.records if record.id == str(number)]
    return found

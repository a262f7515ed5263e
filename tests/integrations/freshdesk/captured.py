"""Replies as the vendor documents them, and a gate that plays them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from integrations.base import Page, Reply
from integrations.helpdesks import freshdesk
from integrations.helpdesks.freshdesk.adapter import FreshdeskAdapter, make_adapter
from tickets.contracts import TicketRecord

FIXTURES = Path(freshdesk.__file__).with_name("fixtures")
TICKETS = "/api/v2/tickets"
RATINGS = "/api/v2/surveys/satisfaction_ratings"
NEXT = {"link": '<https://elsewhere.example/page>; rel="next"'}
NOT_IN_PLAN = Reply(403, {}, b'{"code":"require_feature","message":"not in your plan"}')
NO_RIGHT = Reply(403, {}, b'{"code":"access_denied","message":"not authorized"}')


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class CapturedHttp:
    """Answers from `replies` (path -> reply, or what makes one of the parameters); else 404."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply | Callable[[Mapping[str, Any]], Reply]] = {}
        self.asked: list[tuple[str, Mapping[str, Any], str]] = []
        self.sent: list[tuple[str, str]] = []

    def give(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        self.replies[path] = Reply(status, headers, body)

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, bucket: str = "") -> Reply:
        path, _, query = path.partition("?")
        asked = {**dict(parse_qsl(query)), **(params or {})}
        self.asked.append((path, asked, bucket))
        reply = self.replies.get(path, Reply(404, {}, b""))
        return reply if isinstance(reply, Reply) else reply(asked)

    def send(self, method: str, path: str, payload: Any = None, *, bucket: str = "") -> Reply:
        self.sent.append((method, path))
        return self.get(path, payload, bucket=bucket)


def captured_account() -> CapturedHttp:
    http = CapturedHttp()
    lists = {"deleted": "deleted_page"}
    http.replies[TICKETS] = lambda asked: Reply(
        200, {}, fixture(lists.get(asked.get("filter", ""), "tickets_page"))
    )
    for number in (20, 21):
        http.give(f"{TICKETS}/{number}/conversations", fixture(f"conversations_{number}"))
        http.give(f"{TICKETS}/{number}/satisfaction_ratings", b"[]")
    http.give(f"{TICKETS}/23/conversations", b"[]")
    http.give(f"{TICKETS}/20/satisfaction_ratings", fixture("ratings_20"))
    http.give(RATINGS, fixture("ratings_20"))
    http.give("/api/v2/agents", fixture("agents"))
    http.give("/api/v2/agents/me", fixture("me"))
    http.give("/api/v2/groups", fixture("groups"))
    return http


def adapter_of(http: CapturedHttp) -> FreshdeskAdapter:
    return make_adapter({"bot_ids": "88"}, http)


def captured_pages(http: CapturedHttp | None = None) -> list[Page]:
    """The three lists, once."""
    adapter = adapter_of(http or captured_account())
    pages = [adapter.page(adapter.first_cursor(at("2026-01-01T00:00:00")))]
    while not pages[-1].is_last:
        pages.append(adapter.page(pages[-1].cursor))
    return pages


def record_of(page: Page, number: int) -> TicketRecord:
    (found,) = [record for record in page.records if record.id == str(number)]
    return found

"""Replies as the vendor documents them, and a gate that plays them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from integrations.base import Page, Reply
from integrations.helpdesks import zendesk
from integrations.helpdesks.zendesk.adapter import make_adapter
from tickets.contracts import TicketRecord

FIXTURES = Path(zendesk.__file__).with_name("fixtures")
EXPORT = "/api/v2/incremental/tickets/cursor.json"


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class CapturedHttp:
    """Answers from `replies` (path -> reply, or what makes one of the parameters); else 404."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply | Callable[[Mapping[str, Any]], Reply]] = {}
        self.asked: list[tuple[str, Mapping[str, Any], str]] = []

    def give(self, path: str, body: bytes, status: int = 200) -> None:
        self.replies[path] = Reply(status, {}, body)

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, bucket: str = "") -> Reply:
        path, _, query = path.partition("?")
        asked = {**dict(parse_qsl(query)), **(params or {})}
        self.asked.append((path, asked, bucket))
        reply = self.replies.get(path, Reply(404, {}, b'{"error":"RecordNotFound"}'))
        return reply if isinstance(reply, Reply) else reply(asked)

    def send(self, method: str, path: str, payload: Any = None, *, bucket: str = "") -> Reply:
        return self.get(path, {"method": method, "payload": payload}, bucket=bucket)


def captured_account() -> CapturedHttp:
    http = CapturedHttp()
    http.give(EXPORT, fixture("export_page"))
    for number in (35436, 35437, 35438):
        http.give(f"/api/v2/tickets/{number}/audits.json", fixture(f"audits_{number}"))
    http.give("/api/v2/ticket_fields.json", fixture("ticket_fields"))
    return http


def captured_page(http: CapturedHttp | None = None) -> Page:
    adapter = make_adapter({"bot_ids": "235398"}, http or captured_account())
    return adapter.page(adapter.first_cursor(at("2026-01-01T00:00:00")))


def record_of(page: Page, number: int) -> TicketRecord:
    (found,) = [record for record in page.records if record.id == str(number)]
    return found

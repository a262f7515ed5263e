"""Replies as the vendor documents them, and a gate that plays them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from integrations.base import Page, Reply
from integrations.helpdesks import intercom
from integrations.helpdesks.intercom.adapter import IntercomAdapter, make_adapter
from tickets.contracts import TicketRecord

FIXTURES = Path(intercom.__file__).with_name("fixtures")
ROBIN = "64f0a1b2c3d4e5f601020304"
SEARCH = "/conversations/search"
DELETED = "/conversations/deleted"
NO_RIGHT = Reply(403, {}, b'{"type":"error.list","errors":[{"code":"api_plan_restricted"}]}')


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def changed(name: str, **values: Any) -> bytes:
    """The fixture with other values at its top."""
    return json.dumps({**json.loads(fixture(name)), **values}).encode()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class CapturedHttp:
    """Answers from `replies` (path -> reply, or what makes one of the payload); else 404."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply | Callable[[Any], Reply]] = {}
        self.asked: list[tuple[str, str, Any]] = []

    def give(self, path: str, body: bytes, status: int = 200) -> None:
        self.replies[path] = Reply(status, {}, body)

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, bucket: str = "") -> Reply:
        return self.send("GET", path, params, bucket=bucket)

    def send(self, method: str, path: str, payload: Any = None, *, bucket: str = "") -> Reply:
        path, _, query = path.partition("?")
        assert bucket == ""
        self.asked.append((method, path, query or payload))
        reply = self.replies.get(path, Reply(404, {}, b'{"type":"error.list"}'))
        return reply if isinstance(reply, Reply) else reply(payload)


def captured_account() -> CapturedHttp:
    http = CapturedHttp()
    http.give(SEARCH, fixture("search_page"))
    http.give(DELETED, fixture("deleted_page"))
    for number in (471, 472, 473):
        http.give(f"/conversations/{number}", fixture(f"conversation_{number}"))
    http.give(f"/contacts/{ROBIN}", fixture("contact"))
    for name in ("admins", "teams", "me"):
        http.give(f"/{name}", fixture(name))
    return http


def adapter_of(http: CapturedHttp) -> IntercomAdapter:
    return make_adapter({}, http)


def captured_pages(http: CapturedHttp | None = None) -> list[Page]:
    """Both lists, once."""
    adapter = adapter_of(http or captured_account())
    pages = [adapter.page(adapter.first_cursor(at("2026-01-01T00:00:00")))]
    while not pages[-1].is_last:
        pages.append(adapter.page(pages[-1].cursor))
    return pages


def record_of(page: Page, number: int) -> TicketRecord:
    (found,) = [record for record in page.records if record.id == str(number)]
    return found

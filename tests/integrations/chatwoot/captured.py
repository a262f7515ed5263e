"""Replies as Chatwoot documents them, and a gate that plays them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from integrations.base import Page, Reply
from integrations.helpdesks import chatwoot
from integrations.helpdesks.chatwoot.adapter import ChatwootAdapter, make_adapter
from tickets.contracts import TicketRecord

FIXTURES = Path(chatwoot.__file__).with_name("fixtures")
BASE = "/api/v1/accounts/1/"
SINCE = datetime(2026, 3, 1, tzinfo=UTC)

Answer = Reply | Callable[[Mapping[str, Any]], Reply]


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ok(body: bytes) -> Reply:
    return Reply(200, {}, body)


EMPTY = ok(b'{"data": {"meta": {"all_count": 4}, "payload": []}}')


class ChatwootHttp:
    """Answers from `replies` by path below the account; else 404."""

    def __init__(self) -> None:
        self.replies: dict[str, Answer] = {
            "conversations": lambda asked: (
                ok(fixture("conversations")) if asked["page"] == 1 else EMPTY
            ),
            "/api/v1/profile": ok(fixture("profile")),
            "csat_survey_responses": ok(b"[]"),
        }
        for number in (12, 13, 15):
            path = f"conversations/{number}/messages?after=0"
            self.replies[path] = ok(fixture(f"messages_{number}"))
        self.asked: list[tuple[str, str, Any]] = []

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, bucket: str = "") -> Reply:
        return self.send("GET", path, params, bucket=bucket)

    def send(self, method: str, path: str, payload: Any = None, *, bucket: str = "") -> Reply:
        assert bucket == "", "the vendor has one allowance for all"
        name = path.removeprefix(BASE)
        self.asked.append((method, name, payload))
        found = self.replies.get(name, Reply(404, {}, b"{}"))
        return found if isinstance(found, Reply) else found(payload or {})


def adapter_of(http: ChatwootHttp, **settings: str) -> ChatwootAdapter:
    return make_adapter({"account_id": "1", **settings}, http)


def captured_page(http: ChatwootHttp | None = None) -> Page:
    adapter = adapter_of(http or ChatwootHttp())
    return adapter.page(adapter.first_cursor(SINCE))


def record_of(page: Page, number: int) -> TicketRecord:
    (found,) = [record for record in page.records if record.id == str(number)]
    return found

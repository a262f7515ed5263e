"""Replies as the server writes them, and a gate that plays them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from integrations.base import Page, Reply
from integrations.helpdesks import request_tracker
from integrations.helpdesks.request_tracker.adapter import make_adapter
from tickets.contracts import TicketRecord

FIXTURES = Path(request_tracker.__file__).with_name("fixtures")
API = "/REST/2.0/"
SETTINGS = {
    "address": "https://rt.shop.example",
    "token": "1-32-0123456789abcdef",
    "rating_field": "rating",
    "bots": "ReplyBot",
}


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rows(*items: Any, total: int | None = 0) -> dict[str, Any]:
    return {"items": list(items), "count": len(items), "total": total}


Answer = Callable[[Mapping[str, Any]], Any]


class CapturedHttp:
    """Answers from `answers` (path below the API -> what makes the JSON of the parameters)."""

    def __init__(self) -> None:
        self.users = fixture("users")
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.answers: dict[str, Answer] = {
            "tickets": _tickets,
            "transactions": _transactions,
            "ticket/11/history": lambda params: _first(params, fixture("history_11")["items"]),
            "attachments": _texts,
        }

    def get(self, path: str, params: Mapping[str, Any] | None = None, **_bucket: str) -> Reply:
        name = path.removeprefix(API).partition("?")[0]
        self.asked.append((name, params or {}))
        if name.startswith("user/"):
            return _reply(self.users.get(name.removeprefix("user/")))
        answer = self.answers.get(name)
        return _reply(answer(params or {}) if answer else None)

    def send(self, *_call: Any, **_words: Any) -> Reply:
        raise AssertionError("nothing is written")


def _reply(value: Any) -> Reply:
    if isinstance(value, Reply):
        return value
    headers = {"date": "Thu, 05 Mar 2026 12:00:00 GMT"}
    if value is None:
        return Reply(404, headers, b'{"message":"Not Found"}')
    return Reply(200, headers, json.dumps(value).encode())


def _tickets(params: Mapping[str, Any]) -> Any:
    if params["query"] == "id > 0":
        return rows({"id": "17", "Created": "2026-03-03T09:40:00Z"}, total=1)
    if "Created" in params["query"]:
        return rows({"id": "17"}, total=1)
    return fixture("tickets")


def _first(params: Mapping[str, Any], items: list[Any]) -> Any:
    return rows(*(items if params["page"] == 1 else ()), total=None)


def _transactions(params: Mapping[str, Any]) -> Any:
    wanted = json.loads(params["query"])[1]["value"]
    items = fixture("transactions")["items"]
    return _first(params, [each for each in items if int(each["ObjectId"]) in wanted])


def _texts(params: Mapping[str, Any]) -> Any:
    wanted = json.loads(params["query"])[0]["value"]
    items = fixture("attachments")["items"]
    return rows(*(each for each in items if int(each["TransactionId"]) in wanted), total=None)


def captured_page(http: CapturedHttp | None = None) -> Page:
    adapter = make_adapter(SETTINGS, http or CapturedHttp())
    return adapter.page(adapter.first_cursor(at("2026-01-01T00:00:00")))


def record_of(page: Page, number: int) -> TicketRecord:
    (found,) = [record for record in page.records if record.id == str(number)]
    return found

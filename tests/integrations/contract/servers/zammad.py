"""Zammad: the search by last change, articles, history, tags, and who we are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timezone
from typing import Any
from urllib.parse import parse_qsl

from integrations.base import Reply
from integrations.helpdesks.zammad.adapter import VENDOR, ZammadAdapter, make_adapter
from tests.integrations.contract.desk import Call, Case, Desk, DeskHttp, Said, as_json

_PART = re.compile(r"(tickets|ticket_history|ticket_articles/by_ticket)/(\d+)")
_STATES = [
    {"id": 1, "name": "new", "state_type": "new"},
    {"id": 2, "name": "in the works", "state_type": "open"},
    {"id": 4, "name": "done", "state_type": "closed"},
]
_SENDERS = {"customer": "Customer", "agent": "Agent", "bot": "Agent", "gone": "Agent"}


class ZammadServer:
    vendor = VENDOR
    # An empty list is the vendor's own word for the end.
    lacks: frozenset[str] = frozenset({"empty_list"})

    def adapter(self, http: DeskHttp) -> ZammadAdapter:
        return make_adapter({"bot_ids": "8"}, http)

    def answer(self, desk: Desk, call: Call) -> Reply:
        path, _, query = call.path.partition("?")
        name = path.removeprefix("/api/v1/")
        if not desk.knows_us:
            return as_json({"error": "Authentication required"}, 403)
        match = _PART.fullmatch(name)
        if match:
            return _part(desk, match[1], int(match[2]))
        if name == "tags":
            found = desk.latest(int(dict(parse_qsl(query))["o_id"]))
            return as_json({"tags": []}) if found else _missing()
        lists = {
            "users/me": {"id": 3, "login": "qa@shop.example"},
            "ticket_states": _STATES,
            "tickets/search": _search(desk, call) if name == "tickets/search" else [],
        }
        return as_json(lists[name]) if name in lists else _missing()


def _missing() -> Reply:
    return as_json({"error": "Couldn't find it"}, 404)


def _part(desk: Desk, kind: str, number: int) -> Reply:
    found = desk.latest(number)
    if found is None:
        return _missing()
    if kind == "tickets":
        return as_json(_row(desk, found))
    if kind == "ticket_history":
        return as_json({"history": [], "assets": {"User": _people(found)}})
    return as_json([_article(desk, found, said) for said in found.said])


def _search(desk: Desk, call: Call) -> list[dict[str, Any]]:
    after = datetime.fromisoformat(call.params["condition[ticket.updated_at][value]"])
    latest = {each.id: desk.latest(each.id) for each in desk.cases}
    found = [each for each in latest.values() if each and each.updated_at > after]
    found.sort(key=lambda each: (each.updated_at, each.id))
    size = min(desk.page_size, call.params["per_page"])
    start = (call.params["page"] - 1) * size
    return [_row(desk, each) for each in found[start : start + size]]


def _row(desk: Desk, found: Case) -> dict[str, Any]:
    return {
        "id": found.id,
        "title": found.subject,
        "state_id": 4 if found.closed else 2,
        "state": "done" if found.closed else "in the works",
        "priority_id": 2,
        "owner_id": 7,
        "customer_id": 100 + found.id,
        "group": "Users",
        "create_article_type": "email",
        "created_at": _time(desk, found.created_at),
        "updated_at": _time(desk, found.updated_at),
        "shoe_size": 44,
    }


def _people(found: Case) -> dict[str, Any]:
    people = [
        {"id": 7, "firstname": "Sam", "lastname": "Example", "email": "sam@shop.example"},
        {"id": 8, "firstname": "Helper", "lastname": ""},
        {"id": 100 + found.id, "firstname": "Robin", "lastname": "Example"},
    ]
    return {str(person["id"]): person for person in people}


def _article(desk: Desk, found: Case, said: Said) -> dict[str, Any]:
    authors = {"customer": 100 + found.id, "agent": 7, "bot": 8, "gone": 999}
    return {
        "id": said.id,
        "ticket_id": found.id,
        "sender": _SENDERS[said.by],
        "type": "email" if said.public else "note",
        "internal": not said.public,
        "body": said.html or said.text,
        "content_type": "text/html" if said.html else "text/plain",
        "created_by_id": authors[said.by],
        "origin_by_id": None,
        "created_at": _time(desk, said.at),
    }


def _time(desk: Desk, at: datetime) -> str:
    return at.astimezone(timezone(desk.offset) if desk.offset else UTC).isoformat()


SERVER = ZammadServer()

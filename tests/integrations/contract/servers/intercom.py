"""Intercom: the search, a conversation with its parts, and who we are."""

from __future__ import annotations

import re
from typing import Any

from integrations.base import Reply
from integrations.helpdesks.intercom.adapter import VENDOR, IntercomAdapter, make_adapter
from tests.integrations.contract.desk import Call, Case, Desk, DeskHttp, Said, as_json

_CONVERSATION = re.compile(r"/conversations/(\d+)")
_SAM = {"type": "admin", "id": "7", "name": "Sam Example", "team_ids": []}


class IntercomServer:
    vendor = VENDOR
    lacks: frozenset[str] = frozenset()

    def adapter(self, http: DeskHttp) -> IntercomAdapter:
        return make_adapter({}, http)

    def answer(self, desk: Desk, call: Call) -> Reply:
        path = call.path.partition("?")[0]
        match = _CONVERSATION.fullmatch(path)
        if match:
            found = desk.latest(int(match[1]))
            return as_json(_row(found)) if found else as_json({"type": "error.list"}, 404)
        if path == "/conversations/search":
            return as_json(_search(desk, call.payload))
        if path == "/conversations/deleted":
            return as_json(_deleted(desk))
        if path == "/me" and not desk.knows_us:
            return as_json({"type": "error.list"}, 401)
        known = {"/me": _SAM, "/admins": {"admins": [_SAM]}, "/teams": {"teams": []}}
        return as_json(known[path]) if path in known else as_json({"type": "error.list"}, 404)


def _search(desk: Desk, payload: dict[str, Any]) -> dict[str, Any]:
    since = payload["query"]["value"][0]["value"]
    cases = [
        each
        for each in sorted(desk.cases, key=lambda each: each.updated_at)
        if each.updated_at.timestamp() > since and not each.deleted
    ]
    start = int(payload["pagination"].get("starting_after", 0))
    end = start + desk.page_size
    rows = [
        {"type": "conversation", "id": str(each.id), "updated_at": _epoch(each.updated_at)}
        for each in cases[start:end]
    ]
    following = {"page": 2, "starting_after": str(end)} if end < len(cases) else None
    return {"conversations": rows, "pages": {"next": following}, "total_count": len(cases)}


def _deleted(desk: Desk) -> dict[str, Any]:
    rows = [
        {"id": str(each.id), "deleted_at": _epoch(each.updated_at), "metrics_retained": True}
        for each in desk.cases
        if each.deleted
    ]
    return {"type": "conversations.list", "conversations": rows, "total_count": len(rows)}


def _row(found: Case) -> dict[str, Any]:
    first = found.said[0]
    parts = [_part(found, said) for said in found.said[1:]]
    return {
        "type": "conversation",
        "id": str(found.id),
        "created_at": _epoch(found.created_at),
        "updated_at": _epoch(found.updated_at),
        "title": found.subject,
        "state": "closed" if found.closed else "open",
        "admin_assignee_id": 7,
        "source": {
            "type": "conversation",
            "id": str(first.id),
            "delivered_as": "customer_initiated",
            "body": first.html or first.text,
            "author": _author(found, first),
        },
        "contacts": {"contacts": [{"type": "contact", "id": str(100 + found.id)}]},
        "conversation_parts": {"conversation_parts": parts, "total_count": len(parts)},
        "shoe_size": 44,
    }


def _part(found: Case, said: Said) -> dict[str, Any]:
    return {
        "type": "conversation_part",
        "id": str(said.id),
        "part_type": "comment" if said.public else "note",
        "body": said.html or said.text,
        "created_at": _epoch(said.at),
        "author": _author(found, said),
    }


def _author(found: Case, said: Said) -> dict[str, Any]:
    return {
        "customer": {"type": "user", "id": str(100 + found.id), "name": "Robin Example"},
        "agent": {"type": "admin", "id": "7", "name": "Sam Example"},
        "bot": {"type": "bot", "id": "8", "name": "Helper"},
        "gone": {"type": "admin", "id": "999", "name": None},
    }[said.by]


def _epoch(at: Any) -> int:
    return int(at.timestamp())


SERVER = IntercomServer()

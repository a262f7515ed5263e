"""Zendesk: the export, the audits, and who we are."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from integrations.base import Reply
from integrations.helpdesks.zendesk.adapter import VENDOR, ZendeskAdapter, make_adapter
from tests.integrations.contract.desk import Call, Case, Desk, DeskHttp, Said, as_json

_PEOPLE = [
    {"id": 7, "name": "Sam Example", "role": "agent", "active": True},
    {"id": 8, "name": "Helper", "role": "agent", "active": True},
]
_TICKET = re.compile(r"/api/v2/tickets/(\d+)(/audits)?\.json")


class ZendeskServer:
    vendor = VENDOR
    lacks: frozenset[str] = frozenset()

    def adapter(self, http: DeskHttp) -> ZendeskAdapter:
        return make_adapter({}, http)

    def answer(self, desk: Desk, call: Call) -> Reply:
        path = call.path.partition("?")[0]
        match = _TICKET.fullmatch(path)
        if match:
            found = desk.latest(int(match[1]))
            if found is None:
                return as_json({"error": "RecordNotFound"}, 404)
            return as_json(_audits(desk, found) if match[2] else {"ticket": _row(desk, found)})
        name = path.removeprefix("/api/v2/").removesuffix(".json")
        if name == "users/me":
            stranger = {"id": None, "name": "Anonymous user", "role": None}
            return as_json({"user": {**_PEOPLE[0], "role": "admin"} if desk.knows_us else stranger})
        if name == "incremental/tickets/cursor":
            return as_json(_export(desk, call))
        if name == "tickets/show_many":
            cases = [desk.latest(int(each)) for each in call.params["ids"].split(",")]
            return as_json({"tickets": [_row(desk, each) for each in cases if each]})
        return as_json({"error": "InvalidEndpoint"}, 404)


def _export(desk: Desk, call: Call) -> dict[str, Any]:
    start = int(call.params.get("cursor", 0))
    if "start_time" in call.params:
        since = call.params["start_time"]
        later = (i for i, each in enumerate(desk.cases) if each.updated_at.timestamp() >= since)
        start = next(later, len(desk.cases))
    end = min(start + desk.page_size, len(desk.cases))
    rows = [_row(desk, each) for each in desk.cases[start:end]]
    return {
        "tickets": rows,
        "users": _PEOPLE,
        "after_cursor": str(end),
        "after_url": "https://alias.example/api/v2/incremental/tickets/cursor.json",
        "end_of_stream": end == len(desk.cases),
    }


def _row(desk: Desk, found: Case) -> dict[str, Any]:
    status = "closed" if found.closed else "open"
    return {
        "id": found.id,
        "via": {"channel": "email"},
        "created_at": _time(desk, found.created_at),
        "updated_at": _time(desk, found.updated_at),
        "generated_timestamp": int(found.updated_at.timestamp()),
        "subject": found.subject,
        "raw_subject": found.subject,
        "description": found.said[0].text if found.said else "",
        "status": "deleted" if found.deleted else status,
        "requester_id": 100 + found.id,
        "assignee_id": 7,
        "tags": [],
        "custom_fields": [],
        "shoe_size": 44,
    }


def _audits(desk: Desk, found: Case) -> dict[str, Any]:
    return {
        "audits": [_audit(desk, found, said) for said in found.said],
        "users": [{"id": 100 + found.id, "name": "Robin Example", "role": "end-user"}],
        "meta": {"has_more": False},
    }


def _audit(desk: Desk, found: Case, said: Said) -> dict[str, Any]:
    authors = {"customer": 100 + found.id, "agent": 7, "bot": 8, "gone": 999}
    comment = {
        "id": said.id,
        "type": "Comment",
        "author_id": authors[said.by],
        "body": said.text,
        "html_body": said.html or None,
        "plain_body": said.text,
        "public": said.public,
    }
    return {
        "id": said.id * 10,
        "created_at": _time(desk, said.at),
        "author_id": authors[said.by],
        "via": {"channel": "answer_bot_api" if said.by == "bot" else "web"},
        "events": [comment],
    }


def _time(desk: Desk, at: datetime) -> str:
    return at.astimezone(timezone(desk.offset or timedelta(0))).isoformat()


SERVER = ZendeskServer()

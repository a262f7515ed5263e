"""Freshdesk: four lists, a ticket's conversation, and who we are."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

from integrations.base import Reply
from integrations.helpdesks.freshdesk.adapter import VENDOR, FreshdeskAdapter, make_adapter
from tests.integrations.contract.desk import Call, Case, Desk, DeskHttp, Said, as_json

_PEOPLE = [
    {"id": 7, "contact": {"name": "Sam Example"}, "ticket_scope": 1, "type": "support_agent"},
    {"id": 8, "contact": {"name": "Helper"}, "ticket_scope": 1, "type": "support_agent"},
]
_TICKET = re.compile(r"/api/v2/tickets/(\d+)(/conversations)?")


class FreshdeskServer:
    vendor = VENDOR
    lacks = frozenset({"empty_list"})

    def adapter(self, http: DeskHttp) -> FreshdeskAdapter:
        return make_adapter({"bot_ids": "8"}, http)

    def answer(self, desk: Desk, call: Call) -> Reply:
        path, _, query = call.path.partition("?")
        params = {**call.params, **dict(parse_qsl(query))}
        match = _TICKET.fullmatch(path)
        if match:
            return _ticket(desk, desk.latest(int(match[1])), talk=bool(match[2]))
        name = path.removeprefix("/api/v2/")
        if name == "tickets":
            return _list(desk, params)
        if name == "agents/me" and not desk.knows_us:
            return as_json({"code": "invalid_credentials"}, 401)
        if name == "surveys/satisfaction_ratings":
            return as_json({"code": "require_feature"}, 403)
        known = {"agents/me": _PEOPLE[0], "agents": _PEOPLE, "groups": []}
        return as_json(known[name]) if name in known else Reply(404, {}, b"")


def _ticket(desk: Desk, found: Case | None, *, talk: bool) -> Reply:
    if found is None:
        return Reply(404, {}, b"")
    if talk:
        return as_json([_conversation(desk, found, said) for said in found.said[1:]])
    return as_json(_row(desk, found))


def _list(desk: Desk, params: dict[str, Any]) -> Reply:
    since = datetime.fromisoformat(params["updated_since"])
    wanted = params.get("filter", "tickets")
    cases = [
        each
        for each in sorted(desk.cases, key=lambda each: each.updated_at)
        if each.updated_at >= since and wanted == ("deleted" if each.deleted else "tickets")
    ]
    first = desk.page_size * (params["page"] - 1)
    end = first + desk.page_size
    rows = [_row(desk, each) for each in cases[first:end]]
    links = {"link": '<https://other.example/?page=2>; rel="next"'} if end < len(cases) else {}
    return as_json(rows, **links)


def _row(desk: Desk, found: Case) -> dict[str, Any]:
    first = found.said[0]
    return {
        "id": found.id,
        "created_at": _time(desk, found.created_at),
        "updated_at": _time(desk, found.updated_at),
        "subject": found.subject,
        "description": first.html or None,
        "description_text": first.text,
        "status": 5 if found.closed else 2,
        "priority": 1,
        "source": 1,
        "requester_id": 100 + found.id,
        "requester": {"id": 100 + found.id, "name": "Robin Example"},
        "responder_id": 7,
        "spam": False,
        "shoe_size": 44,
        **({"deleted": True} if found.deleted else {}),
    }


def _conversation(desk: Desk, found: Case, said: Said) -> dict[str, Any]:
    authors = {"customer": 100 + found.id, "agent": 7, "bot": 8, "gone": 999}
    return {
        "id": said.id,
        "body": said.html or None,
        "body_text": said.text,
        "user_id": authors[said.by],
        "incoming": said.by == "customer",
        "private": not said.public,
        "source": 0 if said.public else 2,
        "created_at": _time(desk, said.at),
    }


def _time(desk: Desk, at: datetime) -> str:
    return at.astimezone(timezone(desk.offset or timedelta(0))).isoformat()


SERVER = FreshdeskServer()

"""Chatwoot: the list by latest activity, messages, and who we are."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from integrations.base import Reply
from integrations.helpdesks.chatwoot.adapter import VENDOR, ChatwootAdapter, make_adapter
from tests.integrations.contract.desk import Call, Case, Desk, DeskHttp, Said, as_json

_BASE = "/api/v1/accounts/1/"
_CONVERSATION = re.compile(r"conversations/(\d+)(/messages)?")
_MESSAGES_A_PAGE = 100
_SENDERS = {
    "agent": {"id": 7, "name": "Sam Example", "type": "user"},
    "bot": {"id": 8, "name": "Helper", "type": "agent_bot"},
    "gone": None,
}


class ChatwootServer:
    vendor = VENDOR
    # Contents are plain text with Markdown signs, whatever the channel.
    lacks: frozenset[str] = frozenset({"html"})

    def adapter(self, http: DeskHttp) -> ChatwootAdapter:
        return make_adapter({"account_id": "1"}, http)

    def answer(self, desk: Desk, call: Call) -> Reply:
        path, _, query = call.path.partition("?")
        if not desk.knows_us:
            return as_json({"error": "Invalid Access Token"}, 401)
        if path == "/api/v1/profile":
            me = {"id": 3, "name": "Ada", "accounts": [{"id": 1, "role": "administrator"}]}
            return as_json(me)
        name = path.removeprefix(_BASE)
        match = _CONVERSATION.fullmatch(name)
        if match:
            found = desk.latest(int(match[1]))
            if found is None:
                return as_json({"error": "Resource could not be found"}, 404)
            after = int(dict(parse_qsl(query)).get("after", 0))
            return as_json(_messages(found, after) if match[2] else _row(found))
        if name == "conversations":
            return as_json(_list(desk, call))
        return as_json([]) if name == "csat_survey_responses" else as_json({}, 404)


def _list(desk: Desk, call: Call) -> dict[str, Any]:
    latest = {each.id: desk.latest(each.id) for each in desk.cases}
    found = [each for each in latest.values() if each]
    found.sort(key=lambda each: (each.updated_at, each.id), reverse=True)
    start = (call.params["page"] - 1) * desk.page_size
    rows = [_row(each) for each in found[start : start + desk.page_size]]
    return {"data": {"meta": {"all_count": len(found)}, "payload": rows}}


def _row(found: Case) -> dict[str, Any]:
    return {
        "id": found.id,
        "status": "resolved" if found.closed else "open",
        "created_at": _time(found.created_at),
        "last_activity_at": _time(found.updated_at),
        "labels": [],
        "messages": [{"id": said.id} for said in found.said[-1:]],
        "meta": {
            "channel": "Channel::WebWidget",
            "sender": {"id": 100 + found.id, "name": "Robin Example", "type": "contact"},
            "assignee": {"id": 7, "name": "Sam Example"},
        },
        "shoe_size": 44,
    }


def _messages(found: Case, after: int) -> dict[str, Any]:
    later = [said for said in found.said if said.id > after]
    return {"meta": {}, "payload": [_message(found, said) for said in later[:_MESSAGES_A_PAGE]]}


def _message(found: Case, said: Said) -> dict[str, Any]:
    customer = {"id": 100 + found.id, "name": "Robin Example", "type": "contact"}
    return {
        "id": said.id,
        "content": said.text,
        "message_type": 0 if said.by == "customer" else 1,
        "content_type": "text",
        "content_attributes": {},
        "created_at": _time(said.at),
        "private": not said.public,
        "sender": customer if said.by == "customer" else _SENDERS[said.by],
    }


def _time(at: datetime) -> int:
    """The vendor's times are epoch seconds: the server's zone does not show."""
    return int(at.timestamp())


SERVER = ChatwootServer()

"""Request Tracker: the search, the lists of transactions and attachments, and single objects.

Answers as to an account without all rights: lists are not counted, and a page may lack rows.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from integrations.base import Reply
from integrations.helpdesks.request_tracker.adapter import (
    VENDOR,
    RequestTrackerAdapter,
    make_adapter,
)
from tests.integrations.contract.desk import Call, Case, Desk, DeskHttp, Said, as_json

_API = "/REST/2.0/"
_USERS = {
    5: {"Name": "ingest", "RealName": "Kaizo", "Privileged": 1},
    7: {"Name": "sam", "RealName": "Sam Example", "Privileged": 1},
    8: {"Name": "helper", "RealName": "Helper", "Privileged": 1},
}
_TIME = r"'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)'"


class RequestTrackerServer:
    vendor = VENDOR
    lacks: frozenset[str] = frozenset()

    def adapter(self, http: DeskHttp) -> RequestTrackerAdapter:
        return make_adapter({"token": "1-5-abc", "bots": "helper"}, http)

    def answer(self, desk: Desk, call: Call) -> Reply:
        if not desk.knows_us:
            return as_json({"message": "Unauthorized"}, 401)
        path = call.path.removeprefix(_API).partition("?")[0]
        kind, _slash, rest = path.partition("/")
        if kind == "tickets":
            return as_json(_search(desk, call.params))
        if kind == "transactions":
            return as_json(_transactions(desk, call.params))
        if kind == "attachments":
            return as_json(_attachments(desk, call.params))
        if kind == "user":
            user = _USERS.get(int(rest))
            return as_json(user) if user else as_json({"message": "Not Found"}, 404)
        found = desk.latest(int(rest)) if kind == "ticket" else None
        return as_json(_row(found)) if found else as_json({"message": "Not Found"}, 404)


def _living(desk: Desk) -> list[Case]:
    numbers = {each.id for each in desk.cases}
    found = [desk.latest(number) for number in numbers]
    return sorted((each for each in found if each), key=lambda each: (each.updated_at, each.id))


def _search(desk: Desk, params: Any) -> dict[str, Any]:
    query = params["query"]
    rows = [each for each in _living(desk) if _fits(each, query)]
    if params.get("order") == "DESC":
        rows.reverse()
    page = rows[: min(desk.page_size, params["per_page"])]
    if "OR id" in query:
        page = rows
    return _list([_row(each) for each in page], total=len(rows))


def _fits(found: Case, query: str) -> bool:
    """The few queries that the adapter asks."""
    at = found.updated_at.strftime("%Y-%m-%d %H:%M:%S")
    ids = {int(each) for each in re.findall(r"id = (\d+)", query)}
    if "Created" in query:
        first, end = re.findall(_TIME, query)
        return found.id in ids and first <= found.created_at.strftime("%Y-%m-%d %H:%M:%S") < end
    if "LastUpdated" not in query:
        return not ids or found.id in ids
    first, *others = re.findall(_TIME, query)
    if not others:
        return at >= first
    after = int(query.rpartition("id > ")[2].rstrip(")"))
    return at >= first or (others[0] <= at < others[1] and found.id > after)


def _list(rows: list[Any], total: int | None) -> dict[str, Any]:
    return {"items": rows, "count": len(rows), "total": total, "pages": 0.0, "per_page": 100}


def _row(found: Case) -> dict[str, Any]:
    return {
        "type": "ticket",
        "id": str(found.id),
        "Subject": found.subject,
        "Status": "resolved" if found.closed else "open",
        "Created": _time(found.created_at),
        "LastUpdated": _time(found.updated_at),
        "Resolved": "1970-01-01T00:00:00Z",
        "Priority": "0",
        "Owner": {"id": 7, "Name": "sam", "RealName": "Sam Example"},
        "Requestor": [_customer(found)],
        "CustomFields": [],
        "shoe_size": 44,
    }


def _customer(found: Case) -> dict[str, Any]:
    return {"type": "user", "id": 100 + found.id, "Name": "robin", "RealName": "Robin Example"}


def _limits(params: Any) -> dict[str, Any]:
    return {limit["field"]: limit["value"] for limit in json.loads(params["query"])}


def _said(desk: Desk, wanted: set[int]) -> list[tuple[Case, Said]]:
    return [(each, said) for each in _living(desk) if each.id in wanted for said in each.said]


def _transactions(desk: Desk, params: Any) -> dict[str, Any]:
    """The first page is one of which we may see nothing."""
    rows = _said(desk, set(_limits(params)["ObjectId"]))
    pages = [[], *(rows[start : start + 4] for start in range(0, len(rows), 4))]
    page = pages[params["page"] - 1] if params["page"] <= len(pages) else []
    return _list([_transaction(*each) for each in page], total=None)


def _transaction(found: Case, said: Said) -> dict[str, Any]:
    authors = {"customer": 100 + found.id, "agent": 7, "bot": 8, "gone": 999}
    number = authors[said.by]
    creator = _USERS.get(number, _customer(found) if said.by == "customer" else {"Name": ""})
    return {
        "id": str(said.id),
        "ObjectId": str(found.id),
        "Type": "Correspond" if said.public else "Comment",
        "Created": _time(said.at),
        "Creator": {**creator, "id": number},
        "Field": "",
        "OldValue": "",
        "NewValue": "",
    }


def _attachments(desk: Desk, params: Any) -> dict[str, Any]:
    wanted = set(_limits(params)["TransactionId"])
    rows = [said for each in _living(desk) for said in each.said if said.id in wanted]
    page = rows[(params["page"] - 1) * 100 : params["page"] * 100]
    return _list([_attachment(each) for each in page], total=None)


def _attachment(said: Said) -> dict[str, Any]:
    return {
        "id": str(said.id + 5000),
        "TransactionId": str(said.id),
        "ContentType": "text/html" if said.html else "text/plain",
        "Filename": "",
        "Content": said.html or said.text,
    }


def _time(at: datetime) -> str:
    """The vendor writes all times in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


SERVER = RequestTrackerServer()

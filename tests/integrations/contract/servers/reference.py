"""No vendor: the simplest API that keeps the contract, so that the suite itself is tried."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from html import unescape
from typing import Any

from integrations.base import (
    Account,
    Faulty,
    Http,
    Page,
    PermanentError,
    Problem,
    Reply,
    TemporaryError,
    Vendor,
)
from tests.integrations.contract.desk import Call, Case, Desk, DeskHttp, Said, as_json
from tickets.contracts import (
    AuthorRecord,
    AuthorType,
    Channel,
    MessageRecord,
    PersonRecord,
    Status,
    TicketRecord,
)

VENDOR = Vendor(kind="reference", name="Reference", settings=(), fetched=())
_KNOWN = {"id", "updated", "created", "subject", "closed", "deleted", "messages"}


class ReferenceAdapter:
    vendor = VENDOR

    def __init__(self, http: Http) -> None:
        self.http = http

    def check(self) -> Account:
        me = _decode(self.http.get("/me"))
        if not me.get("id"):
            raise PermanentError(Problem.WRONG_CREDENTIALS)
        return Account(str(me["id"]), me["name"], me["role"])

    def first_cursor(self, since: datetime) -> str:
        return f"since:{since.isoformat()}"

    def page(self, cursor: str) -> Page:
        value = _decode(self.http.get("/feed", {"cursor": cursor}))
        if not isinstance(value, dict) or not isinstance(value.get("tickets"), list):
            raise TemporaryError(Problem.MALFORMED)
        page = Page([], str(value["cursor"]), bool(value["last"]))
        for row in value["tickets"]:
            try:
                page.records.append(_record(row))
            except (KeyError, TypeError, ValueError) as error:
                page.faulty.append(Faulty(str(row.get("id")), type(error).__name__))
            for name in row.keys() - _KNOWN:
                page.unknown_fields[name] = page.unknown_fields.get(name, 0) + 1
        page.reached = max((record.updated_at for record in page.records), default=None)
        return page

    def ticket(self, external_id: str) -> TicketRecord | None:
        reply = self.http.get(f"/ticket/{external_id}")
        return None if reply.status == 404 else _record(_decode(reply))

    def present_ids(self, external_ids: Iterable[str]) -> Iterator[str]:
        return (each for each in external_ids if self.ticket(each) is not None)


def _decode(reply: Reply) -> Any:
    try:
        value = json.loads(reply.body)
    except ValueError:
        raise TemporaryError(Problem.MALFORMED) from None
    if not isinstance(value, dict):
        raise TemporaryError(Problem.MALFORMED)
    return value


def _record(row: dict[str, Any]) -> TicketRecord:
    status = Status.CLOSED if row["closed"] else Status.OPEN
    return TicketRecord(
        id=str(row["id"]),
        channel=Channel.EMAIL,
        status=Status.DELETED if row["deleted"] else status,
        created_at=datetime.fromisoformat(row["created"]),
        updated_at=datetime.fromisoformat(row["updated"]),
        requester=PersonRecord(id=str(100 + row["id"])),
        subject=row["subject"],
        messages=tuple(_message(each) for each in row["messages"]),
    )


def _message(said: dict[str, Any]) -> MessageRecord:
    types = {"customer": AuthorType.CUSTOMER, "agent": AuthorType.AGENT, "bot": AuthorType.BOT}
    text = said["text"]
    if said["html"]:
        text = re.sub(r"<(script|style).*?</\1>", "", said["html"], flags=re.DOTALL)
        text = unescape(re.sub(r"<[^>]+>", "", text)).strip()
    return MessageRecord(
        id=str(said["id"]),
        author=AuthorRecord(type=types.get(said["by"], AuthorType.SYSTEM)),
        sent_at=datetime.fromisoformat(said["at"]),
        public=said["public"],
        text=text,
    )


class ReferenceServer:
    vendor = VENDOR
    lacks: frozenset[str] = frozenset()

    def adapter(self, http: DeskHttp) -> ReferenceAdapter:
        return ReferenceAdapter(http)

    def answer(self, desk: Desk, call: Call) -> Reply:
        if call.path == "/me":
            me = {"id": 1, "name": "Ada Agent", "role": "admin"}
            return as_json(me if desk.knows_us else {"name": "Anonymous"})
        if call.path == "/feed":
            return self._feed(desk, call.params["cursor"])
        found = desk.latest(int(call.path.rpartition("/")[2]))
        return as_json({}, 404) if found is None else as_json(_row(desk, found))

    def _feed(self, desk: Desk, cursor: str) -> Reply:
        kind, _colon, value = cursor.partition(":")
        if kind == "since":
            since = datetime.fromisoformat(value)
            start = next(
                (i for i, each in enumerate(desk.cases) if each.updated_at >= since),
                len(desk.cases),
            )
        else:
            start = int(value)
        end = min(start + desk.page_size, len(desk.cases))
        rows = [_row(desk, each) for each in desk.cases[start:end]]
        last = end == len(desk.cases)
        return as_json({"tickets": rows, "cursor": f"at:{end}", "last": last})


def _row(desk: Desk, found: Case) -> dict[str, Any]:
    return {
        "id": found.id,
        "updated": _time(desk, found.updated_at),
        "created": _time(desk, found.created_at),
        "subject": found.subject,
        "closed": found.closed,
        "deleted": found.deleted,
        "messages": [_said(desk, each) for each in found.said],
        "shoe_size": 44,
    }


def _said(desk: Desk, said: Said) -> dict[str, Any]:
    return {
        "id": said.id,
        "at": _time(desk, said.at),
        "text": said.text,
        "html": said.html,
        "by": said.by,
        "public": said.public,
    }


def _time(desk: Desk, at: datetime) -> str:
    zone = timezone(desk.offset) if desk.offset else timezone(timedelta(0))
    return at.astimezone(zone).isoformat()


SERVER = ReferenceServer()

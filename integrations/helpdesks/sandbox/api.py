"""The part of Zendesk's API that a connector uses, over the sandbox's store."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec

from integrations.helpdesks.sandbox import people, rendering
from integrations.helpdesks.sandbox.answers import NOT_FOUND, Answer, Request, refuse, reply
from integrations.helpdesks.sandbox.store import Entry, State, Store

_EARLIEST_BEFORE_NOW: Final = 60  # seconds
# As in recorded replies: another name of the account than the one that was called.
_OTHER_HOST: Final = "https://alias-of-sandbox.example/api/v2/incremental/tickets/cursor.json"
_ANONYMOUS: Final = {"user": {"id": None, "name": "Anonymous user", "role": None}}
_ADMIN: Final = {"user": {"id": people.ADMIN_ID, "name": "Robin Admin", "role": "admin"}}

Handler = Callable[..., Answer]


class Api:
    """`lag` is how many of the latest seconds the export holds back; the vendor's is 60."""

    def __init__(self, store: Store, *, lag: int = 0) -> None:
        self.store = store
        self.lag = lag
        self.jobs: dict[str, int] = {}  # job -> looks until it has ended
        self.groups = people.groups()
        self.routes: list[tuple[str, re.Pattern[str], Handler]] = [
            (method, re.compile(f"/api/v2/{path}(?:\\.json)?"), handler)
            for method, path, handler in (
                ("GET", "incremental/tickets/cursor", self.export),
                ("GET", "incremental/users/cursor", self.export_users),
                ("GET", r"users/show_many", self.show_users),
                ("GET", r"tickets/show_many", self.show_many),
                ("GET", r"tickets/(\d+)", self.show),
                ("GET", r"tickets/(\d+)/audits", self.audits),
                ("GET", r"tickets/(\d+)/comments", self.comments),
                ("GET", "groups", self.list_groups),
                ("GET", "ticket_fields", self.list_fields),
                ("GET", r"job_statuses/(\w+)", self.job),
                ("DELETE", r"tickets/(\d+)", self.delete),
                ("PUT", r"deleted_tickets/(\d+)/restore", self.restore),
                ("DELETE", r"deleted_tickets/(\d+)", self.delete_for_good),
                ("DELETE", r"users/(\d+)", partial(self.delete_user, for_good=False)),
                ("DELETE", r"deleted_users/(\d+)", partial(self.delete_user, for_good=True)),
                ("PUT", r"tickets/(\d+)/comments/(\d+)/redact", self.redact),
                ("PUT", r"comment_redactions/(\d+)", self.redact_marked),
            )
        ]

    def answer(self, request: Request) -> Answer:
        for method, pattern, handler in self.routes:
            if method == request.method and (match := pattern.fullmatch(request.path)):
                return handler(request, *(int(one) if one.isdecimal() else one
                                          for one in match.groups()))  # fmt: skip
        return refuse(404, "InvalidEndpoint")

    def me(self, *, known: bool) -> Answer:
        """200 in either case: the vendor tells a stranger that they are anonymous."""
        return reply(_ADMIN if known else _ANONYMOUS)

    # The export

    def export(self, request: Request) -> Answer:
        cursor = request.query.get("cursor")
        try:
            after = _read_cursor(cursor) if cursor else None
        except ValueError:
            return refuse(400, "InvalidCursor")
        start = request.number("start_time", 0)
        now = int(self.store.clock().timestamp())
        if after is None and start > now - _EARLIEST_BEFORE_NOW:
            return refuse(422, "StartTimeTooRecent")
        size = min(max(request.number("per_page", 1_000), 1), 1_000)
        rows, position, is_end = self.store.export(
            start=start, after=after, size=size, lag=self.lag
        )
        return Answer(200, self._page(request, rows, _make_cursor(position), is_end=is_end))

    def _page(self, request: Request, rows: list[Entry], cursor: str, *, is_end: bool) -> bytes:
        parts = [b'{"tickets":[', b",".join(row.row for row in rows), b"]"]
        parts += self._sideloads(request, rows)
        tail = {
            "after_cursor": cursor,
            "before_cursor": None,
            "after_url": f"{_OTHER_HOST}?cursor={cursor}",
            "before_url": None,
            "end_of_stream": is_end,
        }
        return b"".join(parts) + b"," + msgspec.json.encode(tail)[1:]

    def _sideloads(self, request: Request, rows: list[Entry]) -> list[bytes]:
        wanted = request.query.get("include", "").split(",")
        parts = []
        if "users" in wanted:
            parts += [b',"users":[', b",".join(self.store.users_of(rows)), b"]"]
        if "groups" in wanted:
            parts += [b',"groups":', self.groups]
        if "metric_sets" in wanted:
            parts += [b',"metric_sets":[', b",".join(row.metrics for row in rows), b"]"]
        return parts

    def export_users(self, request: Request) -> Answer:
        """Those who changed since the account began; the rest have nothing to tell."""
        cursor = request.query.get("cursor")
        try:
            after = _read_cursor(cursor) if cursor else (request.number("start_time", 0), 0)
        except ValueError:
            return refuse(400, "InvalidCursor")
        size = min(max(request.number("per_page", 1_000), 1), 1_000)
        rows = self.store.changed_users(after, size)
        position = rows[-1] if rows else after
        return reply(
            {
                "users": [msgspec.Raw(self.store.users[one]) for _, one in rows],
                "after_cursor": _make_cursor(position),
                "end_of_stream": len(rows) < size,
            }
        )

    def show_users(self, request: Request) -> Answer:
        ids = [int(one) for one in request.query.get("ids", "").split(",") if one.isdecimal()]
        found = [self.store.users[one] for one in ids if one in self.store.users]
        return reply({"users": [msgspec.Raw(one) for one in found], "count": len(found)})

    # Single tickets

    def show(self, request: Request, ticket_id: int) -> Answer:
        entry = self.store.stored(ticket_id)
        if entry is None:
            return refuse(404, NOT_FOUND)
        parts = [b'{"ticket":', entry.row, *self._sideloads(request, [entry]), b"}"]
        return Answer(200, b"".join(parts))

    def show_many(self, request: Request) -> Answer:
        ids = [int(one) for one in request.query.get("ids", "").split(",") if one.isdecimal()]
        found = [entry.row for one in ids if (entry := self.store.live(one))]
        return Answer(200, b'{"tickets":[' + b",".join(found) + b'],"count":%d}' % len(found))

    def audits(self, request: Request, ticket_id: int) -> Answer:
        if self.store.live(ticket_id) is None:
            return refuse(404, NOT_FOUND)
        rows = rendering.audits_of(ticket_id, self.store.record(ticket_id))
        return self._listed(request, "audits", rows)

    def comments(self, request: Request, ticket_id: int) -> Answer:
        if self.store.live(ticket_id) is None:
            return refuse(404, NOT_FOUND)
        rows = rendering.comment_rows(ticket_id, self.store.record(ticket_id))
        return self._listed(request, "comments", rows)

    def _listed(self, request: Request, name: str, rows: list[dict[str, Any]]) -> Answer:
        """One page of `rows`; the position behind it is the cursor."""
        size = min(max(request.number("page[size]", 100), 1), 100)
        first = request.number("page[after]", 0)
        chosen = rows[first : first + size]
        has_more = first + size < len(rows)
        page: dict[str, Any] = {
            name: chosen,
            "meta": {"has_more": has_more, "after_cursor": str(first + size) if has_more else None},
        }
        if "users" in request.query.get("include", ""):
            ids = dict.fromkeys(row["author_id"] for row in chosen)
            page["users"] = [
                msgspec.Raw(self.store.users[one]) for one in ids if one in self.store.users
            ]
        return reply(page)

    # Lists

    def list_groups(self, _request: Request) -> Answer:
        return Answer(200, b'{"groups":' + self.groups + b',"meta":{"has_more":false}}')

    def list_fields(self, _request: Request) -> Answer:
        fields = rendering.FIELDS
        return Answer(200, b'{"ticket_fields":' + fields + b',"meta":{"has_more":false}}')

    # Erasing

    def delete(self, _request: Request, ticket_id: int) -> Answer:
        if self.store.live(ticket_id) is None:
            return refuse(404, NOT_FOUND)
        self.store.delete(ticket_id)
        return Answer(204)

    def restore(self, _request: Request, ticket_id: int) -> Answer:
        if not self._is_in_bin(ticket_id):
            return refuse(404, NOT_FOUND)
        self.store.restore(ticket_id)
        return Answer(200, b"{}")

    def delete_for_good(self, _request: Request, ticket_id: int) -> Answer:
        if not self._is_in_bin(ticket_id):
            return refuse(404, NOT_FOUND)
        self.store.settle(ticket_id, State.GONE)
        job = f"job{ticket_id}"
        self.jobs[job] = 1
        return reply({"job_status": {"id": job, "status": "queued", "results": None}})

    def _is_in_bin(self, ticket_id: int) -> bool:
        entry = self.store.stored(ticket_id)
        return entry is not None and entry.state is not State.LIVE

    def job(self, _request: Request, job: str) -> Answer:
        if job not in self.jobs:
            return refuse(404, NOT_FOUND)
        self.jobs[job] -= 1
        done = self.jobs[job] < 0
        results = {"success": True} if done else None
        status = "completed" if done else "working"
        return reply({"job_status": {"id": job, "status": status, "results": results}})

    def delete_user(self, _request: Request, user_id: int, *, for_good: bool) -> Answer:
        change = partial(people.deleted, for_good=for_good)
        if not self.store.change_user(user_id, change):
            return refuse(404, NOT_FOUND)
        return reply({"user": {"id": user_id, "active": False}})

    def redact(self, request: Request, ticket_id: int, comment_id: int) -> Answer:
        if self.store.live(ticket_id) is None:
            return refuse(404, NOT_FOUND)
        text = str(request.json().get("text", ""))
        if not self.store.redact(ticket_id, comment_id, text):
            return refuse(422, "TextNotFound")
        return reply({"comment": {"id": comment_id}})

    def redact_marked(self, request: Request, comment_id: int) -> Answer:
        """What the comment's HTML encloses in `<redact>`."""
        asked = request.json()
        ticket_id = int(asked.get("ticket_id", 0))
        if self.store.live(ticket_id) is None:
            return refuse(404, NOT_FOUND)
        pieces = re.findall(r"<redact>(.*?)</redact>", str(asked.get("html_body", "")), re.DOTALL)
        texts = {html.unescape(piece).replace("<br>", "\n") for piece in pieces}
        if not all(self.store.redact(ticket_id, comment_id, text) for text in texts) or not texts:
            return refuse(422, "NothingToRedact")
        return reply({"comment": {"id": comment_id}})


def _make_cursor(position: tuple[int, int]) -> str:
    return base64.b64encode(b"%d.0||%d|" % position).decode()


def _read_cursor(cursor: str) -> tuple[int, int]:
    """Raises ValueError."""
    try:
        text = base64.b64decode(cursor, validate=True).decode("ascii")
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    stamp, _, number = text.removesuffix("|").partition(".0||")
    return int(stamp), int(number)

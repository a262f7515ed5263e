"""A helpdesk's contents in nobody's format, and a gate that plays its server."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from integrations.base import Adapter, Reply, Vendor

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NOW = START + timedelta(days=10)


@dataclass(frozen=True)
class Said:
    """A message. `by`: customer, agent, bot, or gone (somebody whose account was deleted)."""

    id: int
    at: datetime
    text: str = "Where is my parcel?"
    by: str = "customer"
    public: bool = True
    html: str = ""  # where the vendor sends HTML: instead of the text


@dataclass(frozen=True)
class Case:
    """A ticket. The customer is person 100 + id, the agent person 7, the bot person 8."""

    id: int
    updated_at: datetime
    said: tuple[Said, ...]
    subject: str = "Parcel"
    closed: bool = False
    deleted: bool = False
    created_at: datetime = START


@dataclass
class Desk:
    """What the helpdesk holds, in the order in which its feed names it. A row may stand twice."""

    cases: list[Case] = field(default_factory=list)
    page_size: int = 10
    now: datetime = NOW
    knows_us: bool = True
    offset: timedelta = timedelta(0)  # of the zone in which the server writes its times

    def latest(self, case_id: int) -> Case | None:
        """The ticket as it is now; None when it was deleted or never was."""
        found = [case for case in self.cases if case.id == case_id]
        newest = max(found, key=lambda case: case.updated_at, default=None)
        return None if newest is None or newest.deleted else newest


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    params: Mapping[str, Any]
    payload: Any
    bucket: str = ""


class Server(Protocol):
    """A vendor's part of the suite."""

    vendor: Vendor
    # Names of traits that the vendor's API cannot show: "html", "bot", "private", "gone",
    # "deleted", "unknown_fields". The tests of these are left out.
    lacks: frozenset[str]

    def adapter(self, http: DeskHttp) -> Adapter: ...

    def answer(self, desk: Desk, call: Call) -> Reply:
        """As the vendor's API would, for the calls that the adapter makes."""
        ...


Trouble = Callable[[Call], Reply | None]


def no_trouble(_call: Call) -> Reply | None:
    return None


@dataclass
class DeskHttp:
    """The gate of the suite. `trouble` may raise, or answer in the server's place."""

    server: Server
    desk: Desk
    trouble: Trouble = no_trouble
    calls: list[Call] = field(default_factory=list)

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, bucket: str = "") -> Reply:
        return self._call(Call("GET", path, dict(params or {}), None, bucket))

    def send(self, method: str, path: str, payload: Any = None, *, bucket: str = "") -> Reply:
        return self._call(Call(method, path, {}, payload, bucket))

    def _call(self, call: Call) -> Reply:
        self.calls.append(call)
        return self.trouble(call) or self.server.answer(self.desk, call)


def as_json(value: Any, status: int = 200, **headers: str) -> Reply:
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, {"content-type": "application/json", **names}, json.dumps(value).encode())


def case(number: int, *said: Said, **fields: Any) -> Case:
    """A ticket that changed `number` minutes after the start."""
    at = START + timedelta(minutes=number)
    spoken = said or (
        Said(number * 10 + 1, at),
        Said(number * 10 + 2, at + timedelta(seconds=20), "It is on its way.", "agent"),
    )
    values: dict[str, Any] = {"id": number, "updated_at": at, "created_at": at, "said": spoken}
    return Case(**(values | fields))


def changed(old: Case, minutes: float, text: str) -> Case:
    """The ticket after somebody wrote again."""
    at = old.updated_at + timedelta(minutes=minutes)
    new = Said(old.id * 10 + len(old.said) + 1, at, text)
    return replace(old, updated_at=at, said=(*old.said, new))

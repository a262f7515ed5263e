"""Requests and answers of the sandbox, without the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Request:
    """`headers` have lower-case names; of a query parameter the last value counts."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object; empty when it is none."""
        try:
            value = msgspec.json.decode(self.body) if self.body else {}
        except msgspec.MsgspecError:
            return {}
        return value if isinstance(value, dict) else {}

    def number(self, name: str, default: int) -> int:
        text = self.query.get(name, "")
        return int(text) if text.isdecimal() else default


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut_off: bool = False  # close the connection in the middle of the body


def reply(value: Any, status: int = 200) -> Answer:
    return Answer(status, msgspec.json.encode(value))


def refuse(status: int, error: str) -> Answer:
    return reply({"error": error, "description": error}, status)


NOT_FOUND = "RecordNotFound"

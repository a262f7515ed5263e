"""A gate for tests: calls the sandbox over the loopback and raises as the contract says."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from integrations.base import AuthExpired, Problem, Reply, TemporaryError
from integrations.helpdesks.sandbox.tokens import TOKEN


class LoopbackHttp:
    """Remembers the buckets it was called with. One connection, opened again when it breaks."""

    def __init__(self, url: str, *, token: str = TOKEN, timeout: float = 5) -> None:
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=timeout
        )
        self.token = token
        self.calls: list[tuple[str, str, str]] = []

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, bucket: str = "") -> Reply:
        query = f"?{urlencode(params)}" if params else ""
        return self.send("GET", f"{path}{query}", bucket=bucket)

    def send(self, method: str, path: str, payload: Any = None, *, bucket: str = "") -> Reply:
        self.calls.append((method, path, bucket))
        body = None if payload is None else json.dumps(payload).encode()
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except (http.client.HTTPException, OSError) as error:
            self.connection.close()
            raise TemporaryError(Problem.UNREACHABLE, type(error).__name__) from None
        names = {name.lower(): value for name, value in answer.getheaders()}
        reply = Reply(answer.status, names, content)
        _raise_for(reply)
        return reply

    def control(self, action: str, **asked: Any) -> dict[str, Any]:
        method = "GET" if action == "state" else "POST"
        self.connection.request(method, f"/_control/{action}", json.dumps(asked).encode())
        answer = self.connection.getresponse()
        value = json.loads(answer.read())
        assert answer.status == 200, value
        return value

    def close(self) -> None:
        self.connection.close()


def _raise_for(reply: Reply) -> None:
    if reply.status == 401:
        raise AuthExpired(Problem.REVOKED)
    if reply.status == 429:
        seconds = reply.headers.get("retry-after")
        at = datetime.now(UTC) + timedelta(seconds=int(seconds)) if seconds else None
        raise TemporaryError(Problem.RATE_LIMITED, retry_at=at)
    if reply.status >= 500:
        raise TemporaryError(Problem.UNREACHABLE)

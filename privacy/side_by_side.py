"""Many GETs to one service, over a few connections at once and without threads.

A connection has one request under way at a time; while some answers travel, others are read. It is
for what a page of tickets needs one call each for: with a library's session the calls would cost
more than everything that is done with their answers.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse
from selectors import EVENT_READ, DefaultSelector
from typing import Final
from urllib.parse import urlsplit

import certifi
from requests.utils import requote_uri
from typing_extensions import override

from privacy.answers import Answer, EgressFailed, Failure, Limits

_CHUNK: Final = 64 * 1024
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_CLEAN: Final = re.compile(r"(?:[A-Za-z0-9_.~/?&=+:,;@!$'()*\[\]-]|%[0-9A-F]{2})*+")
_NO_DELAY: Final = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]

Dial = Callable[[str, int, float, Sequence[tuple[int, int, int]]], socket.socket]
Outcome = Answer | EgressFailed


class _Line(HTTPConnection):
    """Opens its socket by `dial`, with the service's certificate checked where there is one."""

    def __init__(self, base_url: str, dial: Dial, limits: Limits) -> None:
        parts = urlsplit(base_url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        super().__init__(parts.hostname or "", port)
        self._dial, self._limits = dial, limits
        self.default_port = _DEFAULT_PORTS[parts.scheme]  # no Host header names it
        self._context = _context() if parts.scheme == "https" else None

    @override
    def connect(self) -> None:
        """Raises EgressFailed, and what `dial` refuses with."""
        try:
            opened = self._dial(self.host, self.port, self._limits.connect, _NO_DELAY)
            if self._context is not None:
                opened = self._context.wrap_socket(opened, server_hostname=self.host)
        except socket.gaierror:
            raise EgressFailed(Failure.UNKNOWN_HOST) from None
        except ssl.SSLError:
            raise EgressFailed(Failure.BAD_CERTIFICATE) from None
        except OSError:
            raise EgressFailed(Failure.NO_CONNECTION) from None
        opened.settimeout(self._limits.read)
        self.sock = opened


def _target(url: str) -> str:
    """What a request line names: path and query, without signs that do not belong there."""
    _scheme, _slashes, rest = url.partition("://")
    target = "/" + rest.partition("/")[2].partition("#")[0]
    return target if _CLEAN.fullmatch(target) else requote_uri(target)


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


class Lines:
    """The connections to one service, kept open between calls until they are closed."""

    def __init__(self, base_url: str, dial: Dial, limits: Limits) -> None:
        self.limits = limits
        self._free = [_Line(base_url, dial, limits) for _ in range(limits.parallel)]
        self._busy: dict[_Line, int] = {}
        self._selector = DefaultSelector()

    @property
    def room(self) -> int:
        """How many more requests may be under way."""
        return len(self._free)

    @property
    def under_way(self) -> int:
        return len(self._busy)

    def close(self) -> None:
        self.drop()
        for line in self._free:
            line.close()
        self._selector.close()

    def drop(self) -> None:
        """Forget what is under way."""
        for line in list(self._busy):
            self._release(line)
            line.close()

    def send(self, number: int, url: str, headers: dict[str, str]) -> EgressFailed | None:
        """Begin one request; what kept it from being sent, if anything did."""
        line = self._free.pop()
        try:
            line.request("GET", _target(url), headers=headers)
        except EgressFailed as failed:
            return self._broken(line, failed)
        except (OSError, HTTPException):
            return self._broken(line, EgressFailed(Failure.CUT_SHORT))
        except BaseException:
            self._broken(line, EgressFailed(Failure.NO_CONNECTION))
            raise
        self._busy[line] = number
        self._selector.register(line.sock, EVENT_READ, line)
        return None

    def heard(self, *, wait: bool) -> Iterator[tuple[int, Outcome]]:
        """What has come in; with `wait`, not before something has."""
        patience = self.limits.read if wait else 0.0
        lines: list[_Line] = [key.data for key, _events in self._selector.select(patience)]
        if wait and not lines:
            for line, number in list(self._busy.items()):
                yield number, self._broken(line, EgressFailed(Failure.TIMED_OUT))
        for line in lines:
            number = self._release(line)
            try:
                yield number, self._read(line)
            except EgressFailed as failed:
                line.close()
                yield number, failed

    def _broken(self, line: _Line, failed: EgressFailed) -> EgressFailed:
        if line in self._busy:
            self._release(line)
        else:
            self._free.append(line)
        line.close()
        return failed

    def _release(self, line: _Line) -> int:
        self._selector.unregister(line.sock)
        self._free.append(line)
        return self._busy.pop(line)

    def _read(self, line: _Line) -> Answer:
        try:
            response = line.getresponse()
            body = self._body(response)
        except TimeoutError:
            raise EgressFailed(Failure.TIMED_OUT) from None
        except (OSError, HTTPException):
            raise EgressFailed(Failure.CUT_SHORT) from None
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body)

    def _body(self, response: HTTPResponse) -> bytes:
        until = time.monotonic() + self.limits.deadline
        parts, size = [], 0
        while part := response.read1(_CHUNK):
            size += len(part)
            if size > self.limits.max_bytes:
                raise EgressFailed(Failure.TOO_LARGE)
            if time.monotonic() > until:
                raise EgressFailed(Failure.TIMED_OUT)
            parts.append(part)
        if response.length:  # of what was announced, this much never came
            raise EgressFailed(Failure.CUT_SHORT)
        response.close()  # gives the connection back
        return b"".join(parts)


def gather(
    lines: Lines,
    urls: Sequence[str],
    headers: dict[str, str],
    *,
    allow: Callable[[int], int],
    heed: Callable[[Answer], bool],
) -> list[Outcome]:
    """The outcomes in the order of `urls`.

    `allow` answers how many of so many requests may go now, at least one, and raises to stop
    everything. `heed` raises EgressFailed for an answer that says "later", and answers whether a
    good one says so for those that follow: whatever has come in is looked at right before anything
    is sent, so nothing goes out behind such an answer.
    """
    found: dict[int, Outcome] = {}
    waiting = deque(enumerate(urls))
    step = max(1, lines.limits.parallel // 2)  # turns are taken for several at once

    def listen(*, wait: bool) -> bool:
        said_later = False
        for number, outcome in lines.heard(wait=wait):
            found[number], later = _heeded(outcome, heed)
            said_later |= later
        return said_later

    try:
        while waiting or lines.under_way:
            if not waiting or lines.room < min(step, len(waiting)):
                listen(wait=True)
                continue
            granted = allow(min(lines.room, len(waiting)))
            if listen(wait=False):
                continue
            for number, url in [waiting.popleft() for _turn in range(granted)]:
                failed = lines.send(number, url, headers)
                if failed is not None:
                    found[number] = failed
    finally:
        lines.drop()
    return [found[number] for number in range(len(urls))]


def _heeded(outcome: Outcome, heed: Callable[[Answer], bool]) -> tuple[Outcome, bool]:
    if isinstance(outcome, EgressFailed):
        return outcome, True
    try:
        return outcome, heed(outcome)
    except EgressFailed as failed:
        return failed, True

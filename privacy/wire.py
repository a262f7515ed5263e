"""One connection that carries GETs, one after the other.

A general client spends more on the header of a reply than all that is done with its body. Here a
parser in C reads it, strictly; what it takes for anything but one whole reply is "cut short", and
who asked asks again through the general one.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import certifi
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from requests.utils import requote_uri
from urllib3.util.wait import wait_for_read

from privacy.answers import Answer, EgressFailed, Failure, Limits

_CHUNK: Final = 64 * 1024
_LONGEST_HEAD: Final = 64 * 1024
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_CLEAN: Final = re.compile(r"(?:[A-Za-z0-9_.~/?&=+:,;@!$'()*\[\]-]|%[0-9A-F]{2})*+")
_CONTROL: Final = re.compile(r"[\x00\r\n]")
_STATUSES: Final = range(200, 600)
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_MOST_DIGITS: Final = 18  # of a length: more is no size, and may be more than `int` takes
_NO_DELAY: Final = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]

Dial = Callable[[str, int, float, Sequence[tuple[int, int, int]]], socket.socket]


class Line:
    """Opens its socket by `dial` when it first asks, with the service's certificate checked where
    there is one, and again after it was closed."""

    def __init__(self, base_url: str, dial: Dial, limits: Limits) -> None:
        parts = urlsplit(base_url)
        self._host = parts.hostname or ""
        self._port = parts.port or _DEFAULT_PORTS[parts.scheme]
        self._context = _context() if parts.scheme == "https" else None
        self._dial, self._limits = dial, limits
        self._socket: socket.socket | None = None

    @property
    def opened(self) -> socket.socket:
        """The open one. Raises EgressFailed, and what `dial` refuses with."""
        if self._socket is None:
            self._socket = self._dialled()
        return self._socket

    def _dialled(self) -> socket.socket:
        try:
            opened = self._dial(self._host, self._port, self._limits.connect, _NO_DELAY)
            if self._context is not None:
                opened = self._context.wrap_socket(opened, server_hostname=self._host)
        except socket.gaierror:
            raise EgressFailed(Failure.UNKNOWN_HOST) from None
        except ssl.SSLError:
            raise EgressFailed(Failure.BAD_CERTIFICATE) from None
        except OSError:
            raise EgressFailed(Failure.NO_CONNECTION) from None
        opened.settimeout(self._limits.read)
        return opened

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, target: str, head: bytes) -> None:
        """Send a request for a `request_target`, with a `request_head`. Raises EgressFailed."""
        if self._socket is not None and wait_for_read(self._socket, timeout=0):
            self.close()  # by the other side already; or it says what nobody has asked for
        opened = self.opened
        try:
            opened.sendall(b"GET %s HTTP/1.1\r\n%s" % (target.encode("ascii"), head))
        except OSError:
            raise EgressFailed(Failure.CUT_SHORT) from None

    def reply(self) -> Answer:
        """The answer to what was asked, read whole. Raises EgressFailed; close the line then."""
        reply = _Reply(self._limits)
        try:
            while not reply.is_whole:
                reply.take(self.opened.recv(_CHUNK))
        except TimeoutError:
            raise EgressFailed(Failure.TIMED_OUT) from None
        except OSError:
            raise EgressFailed(Failure.CUT_SHORT) from None
        finally:
            reply.release()
        if not reply.keeps_open:
            self.close()
        return Answer(reply.status, reply.headers, bytes(reply.body))


class _Reply:
    """One reply, as it comes in. The parser calls what begins with `on_`."""

    def __init__(self, limits: Limits) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}  # by their names in lower case; no trailers
        self.body = bytearray()
        self.is_whole = False
        self.keeps_open = False  # for the next request
        self._has_head = False
        self._announced = 0
        self._beside = 0  # bytes that came since there was a head or a part of the body
        self._max_bytes = limits.max_bytes
        self._until = time.monotonic() + limits.deadline
        self._parser = HttpResponseParser(self)

    def take(self, part: bytes) -> None:
        """What came next, nothing at the other side's end. Raises EgressFailed: TOO_LARGE and
        TIMED_OUT by the limits, CUT_SHORT for what is no reply or ends too early."""
        if time.monotonic() > self._until:
            raise EgressFailed(Failure.TIMED_OUT)
        if not part:
            self._end()
            return
        self._beside += len(part)
        try:
            self._parser.feed_data(part)
        except (HttpParserError, HttpParserUpgrade):
            # More than one reply: it must not be taken for the answer to the next request.
            if not self.is_whole:
                raise EgressFailed(Failure.CUT_SHORT) from None
            self.keeps_open = False
        if self._beside > _LONGEST_HEAD:
            raise EgressFailed(Failure.CUT_SHORT)
        if self._announced > self._max_bytes or len(self.body) > self._max_bytes:
            raise EgressFailed(Failure.TOO_LARGE)

    def release(self) -> None:
        """Let go of the parser, which holds this: else both stay, with the body, until the
        garbage collector comes by, and it counts objects and not their bytes."""
        del self._parser

    def _end(self) -> None:
        """Without a length, the body ends where the connection does (RFC 9112, section 6.3)."""
        if not self._has_head or self.headers.keys() & {"content-length", "transfer-encoding"}:
            raise EgressFailed(Failure.CUT_SHORT)
        self.is_whole = True

    def on_message_begin(self) -> None:
        self.keeps_open = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_head:
            return
        key, said = name.decode("latin-1").lower(), value.decode("latin-1").strip(" \t")
        if key == "transfer-encoding" and key in self.headers:
            said = f"{self.headers[key]}, {said}"  # several lines are one list
        self.headers[key] = said

    def on_headers_complete(self) -> None:
        if self._has_head:
            return
        self.status = self._parser.get_status_code()
        if self.status in {HTTPStatus.CONTINUE, HTTPStatus.EARLY_HINTS}:
            self.headers.clear()
            return
        self._has_head = True
        if not self._is_usual():
            raise EgressFailed(Failure.CUT_SHORT)  # the parser's caller gets its own error for it
        self._beside = 0
        self._announced = int(self.headers.get("content-length", 0))

    def _is_usual(self) -> bool:
        return (
            self._parser.get_http_version() in _VERSIONS
            and self.status in _STATUSES
            and self.headers.get("transfer-encoding", "chunked").lower() == "chunked"
            and len(self.headers.get("content-length", "")) <= _MOST_DIGITS
        )

    def on_body(self, part: bytes) -> None:
        if not self.is_whole:
            self.body += part
            self._beside = 0

    def on_message_complete(self) -> None:
        if self._has_head and not self.is_whole:
            self.is_whole = True
            self.keeps_open = self._parser.should_keep_alive()


def request_target(url: str) -> str:
    """What a request line names: path and query, without signs that do not belong there."""
    _scheme, _slashes, rest = url.partition("://")
    target = "/" + rest.partition("/")[2].partition("#")[0]
    return target if _CLEAN.fullmatch(target) else requote_uri(target)


def request_head(base_url: str, headers: Mapping[str, str]) -> bytes:
    """What every request to a service says below its first line, with the empty line that ends it.

    Raises ValueError for a value that would end its line.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    if parts.port not in {None, _DEFAULT_PORTS[parts.scheme]}:
        host = f"{host}:{parts.port}"
    lines = {"Host": host, "Accept-Encoding": "identity", **headers}
    if any(_CONTROL.search(text) for line in lines.items() for text in line):
        msg = "A header holds a line break."
        raise ValueError(msg)
    said = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return said.encode("latin-1") + b"\r\n"


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context

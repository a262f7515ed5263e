"""One connection that carries GETs, one after the other: HTTP/1.1, as much of it as that takes.

A general client spends more on the header of a reply than all that is done with its body. Here a
reply is read in its usual forms only; anything else is "cut short", and who asked asks again
through the library.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import certifi
from requests.utils import requote_uri

from privacy.answers import Answer, EgressFailed, Failure, Limits

_CHUNK: Final = 64 * 1024
_LONGEST_HEAD: Final = 64 * 1024
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_CLEAN: Final = re.compile(r"(?:[A-Za-z0-9_.~/?&=+:,;@!$'()*\[\]-]|%[0-9A-F]{2})*+")
_CONTROL: Final = re.compile(r"[\x00\r\n]")
_STATUS_LINE: Final = re.compile(r"HTTP/1\.([01]) ([2-5]\d\d)(?: .*)?")
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
_DECIMAL: Final = re.compile(r"\d{1,18}", re.ASCII)
_NO_BODY: Final = frozenset({204, 304})
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
        opened = self.opened
        try:
            opened.sendall(b"GET %s HTTP/1.1\r\n%s" % (target.encode("ascii"), head))
        except OSError:
            raise EgressFailed(Failure.CUT_SHORT) from None

    def reply(self) -> Answer:
        """The answer to what was asked, read whole. Raises EgressFailed; close the line then."""
        stream = _Stream(self.opened, self._limits)
        try:
            version, status, headers = _head(stream.until(b"\r\n\r\n"))
            body = b"" if status in _NO_BODY else _body(stream, headers)
        except TimeoutError:
            raise EgressFailed(Failure.TIMED_OUT) from None
        except OSError:
            raise EgressFailed(Failure.CUT_SHORT) from None
        # More than was announced must not be taken for the next reply.
        if version == 0 or stream.came or stream.ended or _says_close(headers):
            self.close()
        return Answer(status, headers, body)


class _Stream:
    """What comes in, in the pieces that HTTP has. `came` has come and is not read yet. Raises
    EgressFailed when the other side ends too early, and by the limits."""

    def __init__(self, opened: socket.socket, limits: Limits) -> None:
        self.came = bytearray()
        self.ended = False
        self.max_bytes = limits.max_bytes
        self._receive = opened.recv
        self._until = time.monotonic() + limits.deadline

    def _more(self) -> bool:
        part = self._receive(_CHUNK)
        if time.monotonic() > self._until:
            raise EgressFailed(Failure.TIMED_OUT)
        self.came += part
        self.ended = not part
        return not self.ended

    def until(self, mark: bytes) -> bytes:
        """What stands before the mark, which is read with it."""
        while (end := self.came.find(mark)) < 0:
            if len(self.came) > _LONGEST_HEAD or not self._more():
                raise EgressFailed(Failure.CUT_SHORT)
        found = bytes(self.came[:end])
        del self.came[: end + len(mark)]
        return found

    def exactly(self, size: int) -> bytes:
        self.check(size)
        while len(self.came) < size:
            if not self._more():
                raise EgressFailed(Failure.CUT_SHORT)
        found = bytes(self.came[:size])
        del self.came[:size]
        return found

    def rest(self) -> bytes:
        while self._more():
            self.check(len(self.came))
        found = bytes(self.came)
        self.came.clear()
        return found

    def check(self, size: int) -> None:
        if size > self.max_bytes:
            raise EgressFailed(Failure.TOO_LARGE)


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


def _head(head: bytes) -> tuple[int, int, dict[str, str]]:
    """The minor version, the status, and the headers by their names in lower case."""
    first, *lines = head.decode("latin-1").split("\r\n")
    said = _STATUS_LINE.fullmatch(first)
    headers = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise EgressFailed(Failure.CUT_SHORT)
        headers[header[1].lower()] = header[2]
    if said is None:
        raise EgressFailed(Failure.CUT_SHORT)
    return int(said[1]), int(said[2]), headers


def _body(stream: _Stream, headers: Mapping[str, str]) -> bytes:
    """Framed as RFC 9112, section 6.3, has it."""
    coding = headers.get("transfer-encoding")
    if coding is not None:
        if coding.lower() != "chunked":
            raise EgressFailed(Failure.CUT_SHORT)
        return _chunks(stream)
    announced = headers.get("content-length")
    if announced is None:
        return stream.rest()
    if not _DECIMAL.fullmatch(announced):
        raise EgressFailed(Failure.CUT_SHORT)
    return stream.exactly(int(announced))


def _chunks(stream: _Stream) -> bytes:
    """RFC 9112, section 7.1; extensions and trailers are read over."""
    body = bytearray()
    while size := _chunk_size(stream.until(b"\r\n")):
        stream.check(len(body) + size)
        body += stream.exactly(size)
        if stream.exactly(2) != b"\r\n":
            raise EgressFailed(Failure.CUT_SHORT)
    while stream.until(b"\r\n"):
        continue
    return bytes(body)


def _chunk_size(line: bytes) -> int:
    found = _CHUNK_SIZE.fullmatch(line)
    if found is None:
        raise EgressFailed(Failure.CUT_SHORT)
    return int(found[1], 16)


def _says_close(headers: Mapping[str, str]) -> bool:
    return "close" in headers.get("connection", "").lower()


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context

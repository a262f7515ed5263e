"""What a helpdesk's reply means, and how its JSON is read: the same for every vendor."""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec

from integrations.base import (
    AuthExpired,
    HelpdeskError,
    PermanentError,
    Problem,
    Reply,
    TemporaryError,
)

DECODE_ERRORS: Final = (msgspec.MsgspecError, ValueError, RecursionError)
OK: Final = frozenset({200})
_SERVER_ERROR: Final = 500

Shape = TypeVar("Shape")


def expect(reply: Reply, allowed: frozenset[int] = OK) -> Reply:
    """The reply, if its status is one of `allowed`; else raises what the status stands for."""
    if reply.status in allowed:
        return reply
    raise _error(reply.status)


def _error(status: int) -> HelpdeskError:
    said = f"The helpdesk answered {status}."
    if status == 401:  # noqa: PLR2004 - HTTP
        return AuthExpired(Problem.REVOKED, said)
    if status == 429:  # noqa: PLR2004 - HTTP
        return TemporaryError(Problem.RATE_LIMITED, said)
    if status >= _SERVER_ERROR:
        return TemporaryError(Problem.UNREACHABLE, said)
    problem = {403: Problem.MISSING_SCOPE, 404: Problem.WRONG_ADDRESS}.get(status)
    return PermanentError(problem or Problem.MALFORMED, said)


def decode(reply: Reply, shape: type[Shape]) -> Shape:
    """Raises TemporaryError when the body is not what it should be: a proxy's page, a cut one."""
    try:
        return msgspec.json.decode(mend(reply.body), type=shape)
    except DECODE_ERRORS as error:
        raise TemporaryError(Problem.MALFORMED, fault(error)) from None


# Helpdesks cut emoji in half; PostgreSQL stores neither halves of characters nor NUL.
_SUSPECT: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|u(?P<odd>0000|[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def mend(body: bytes) -> bytes:
    """The JSON without NUL characters and with U+FFFD for every half of a character."""
    if b"\\u" not in body or not _SUSPECT.search(body):
        return body
    return _ESCAPE.sub(_mended, body)


def _mended(match: re.Match[bytes]) -> bytes:
    odd = match["odd"]
    if odd is None:
        return match[0]
    return b"" if odd == b"0000" else b"\\ufffd"


def fault(error: Exception) -> str:
    """`field: what is wrong`, without anything that stood in the record."""
    text = str(error)
    path = re.search(r"at (?:`key` in )?`\$\.?([A-Za-z0-9_.\[\]]*)`$", text)
    where = (path[1] if path else "") or "the record"
    if "missing required field" in text:
        return f"{where}: lacks {text.split('`')[1]}"
    if isinstance(error, RecursionError):
        return f"{where}: is nested too deeply"
    return f"{where}: is not what belongs there"


class _Identified(msgspec.Struct):
    id: int


def external_id(raw: msgspec.Raw) -> str:
    """The id of a row that cannot be read whole; empty when not even that can be."""
    try:
        return str(msgspec.json.decode(raw, type=_Identified).id)
    except DECODE_ERRORS:
        return ""

"""Calls from an automation in Freshdesk: who sent it, and which ticket to read again.

The vendor signs nothing. What proves the sender is a long random token in a header that whoever
writes the automation makes up; it is compared in constant time. There is no timestamp either: a
call that somebody repeats makes us read a ticket again, at most once a minute.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from integrations.base import Delivery

TOKEN: Final = "x-kaizo-token"  # noqa: S105 - a header's name
SHORTEST: Final = 24
_TICKET_ID: Final = re.compile(r"[0-9]{1,19}")
_NUMBERED: Final = re.compile(r"[A-Za-z]{1,10}-([0-9]{1,19})")


class _Body(msgspec.Struct):
    ticket_id: Any = None


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Delivery:
    """Check a call and say which ticket it hints at. Header names are lower case.

    Raises ValueError when the token is missing, too short to be one, or another. The body is the
    admin's own, `{"ticket_id": "{{ticket.id}}"}`, and nothing of it is parsed before.
    """
    given = headers.get(TOKEN, "").encode()
    if len(secret) < SHORTEST or not hmac.compare_digest(secret.encode(), given):
        raise ValueError("The token does not match.")
    minute = int(now.timestamp()) // 60
    digest = hashlib.sha256(f"{minute}:".encode() + body).hexdigest()
    return Delivery(id=digest, ticket_ids=_tickets(body))


def _tickets(body: bytes) -> tuple[str, ...]:
    """The placeholder may write the number with the account's prefix, as in INC-12."""
    try:
        found = msgspec.json.decode(body, type=_Body).ticket_id
    except (msgspec.MsgspecError, ValueError):
        return ()
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    numbered = _NUMBERED.fullmatch(text)
    text = numbered[1] if numbered else text
    return (text,) if _TICKET_ID.fullmatch(text) and int(text) else ()

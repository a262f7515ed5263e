"""Zammad's webhooks: who sent it, and which ticket to read again.

The vendor signs the body alone and names no time, so a delivery cannot be told from its repetition
by age. Its id can: the engine remembers each one, and a repeated hint only reads a ticket again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from integrations.base import Delivery

SIGNATURE: Final = "x-hub-signature"
DELIVERY: Final = "x-zammad-delivery"
_MAX_ID: Final = 200


class _Ticket(msgspec.Struct):
    id: int


class _Envelope(msgspec.Struct):
    ticket: _Ticket | None = None


def verify(
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,  # noqa: ARG001 - every vendor's verifier is given it
) -> Delivery:
    """Check a delivery and say which ticket it hints at. Header names are lower case.

    Raises ValueError when anything is missing or does not match; `now` plays no part, since the
    vendor names no time. Nothing is parsed before the signature holds.
    """
    delivery_id = headers.get(DELIVERY, "")
    if not secret or not 0 < len(delivery_id) <= _MAX_ID:
        raise ValueError("The delivery cannot be identified.")
    digest = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    given = headers.get(SIGNATURE, "").encode()
    if not hmac.compare_digest(f"sha1={digest}".encode(), given):
        raise ValueError("The signature does not match.")
    return Delivery(id=delivery_id, ticket_ids=_tickets(body))


def _tickets(body: bytes) -> tuple[str, ...]:
    """A trigger may send a body of its own making; one without a ticket hints at none."""
    try:
        found = msgspec.json.decode(body, type=_Envelope).ticket
    except msgspec.MsgspecError:
        return ()
    return (str(found.id),) if found is not None and found.id > 0 else ()

"""Chatwoot's webhooks: who sent it, and which conversation to read again.

Older versions do not sign; what they send does not verify, and polling makes up for it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from integrations.base import Delivery

SIGNATURE: Final = "x-chatwoot-signature"
TIMESTAMP: Final = "x-chatwoot-timestamp"
DELIVERY: Final = "x-chatwoot-delivery"
FRESH: Final = timedelta(minutes=5)
_MAX_ID: Final = 200
_MAX_STAMP: Final = 12  # digits


class _Conversation(msgspec.Struct):
    id: int | None = None


class _Envelope(msgspec.Struct):
    """`id` is the conversation's in events of conversations, and the message's in those of
    messages."""

    event: str = ""
    id: int | None = None
    conversation: _Conversation | None = None


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Delivery:
    """Check a delivery and say which conversation it hints at. Header names are lower case.

    Raises ValueError when anything is missing, does not match, or is more than FRESH old or ahead.
    Nothing is parsed before the signature holds.
    """
    stamp = headers.get(TIMESTAMP, "")
    delivery_id = headers.get(DELIVERY, "")
    if not secret or not 0 < len(delivery_id) <= _MAX_ID:
        raise ValueError("The delivery cannot be identified.")
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    given = headers.get(SIGNATURE, "").encode()
    if not hmac.compare_digest(f"sha256={digest}".encode(), given):
        raise ValueError("The signature does not match.")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= _MAX_STAMP):
        raise ValueError("The timestamp is no number of seconds.")
    if abs(now.timestamp() - int(stamp)) > FRESH.total_seconds():
        raise ValueError("The delivery is not fresh.")
    return Delivery(id=delivery_id, ticket_ids=_tickets(body))


def _tickets(body: bytes) -> tuple[str, ...]:
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except msgspec.MsgspecError:
        return ()
    found = None
    if envelope.event.startswith("message_") and envelope.conversation is not None:
        found = envelope.conversation.id
    elif envelope.event.startswith("conversation_") and envelope.conversation is None:
        found = envelope.id
    return (str(found),) if found is not None and found > 0 else ()

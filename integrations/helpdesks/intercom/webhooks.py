"""Intercom's webhooks: who sent it, and which conversation to read again.

The signature is HMAC-SHA1 over the raw body with the app's client secret. There is no timestamp
beside it, only one inside what is signed: what is older than a day is refused, and what is repeated
within it is known by its id.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from integrations.base import Delivery

SIGNATURE: Final = "x-hub-signature"
FRESH: Final = timedelta(days=1)
_MAX_ID: Final = 200
_CONVERSATION_ID: Final = re.compile(r"[0-9]{1,24}")


class _Data(msgspec.Struct):
    item: dict[str, Any] = {}


class _Notification(msgspec.Struct, kw_only=True):
    id: str
    topic: str = ""
    created_at: int | None = None
    data: _Data | None = None


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Delivery:
    """Check a notification and say which conversation it hints at (none for other topics).

    Header names are lower case. Raises ValueError when the signature is missing or does not match,
    or what is signed has no id or is more than a day away. Nothing is parsed before.
    """
    if not secret:
        raise ValueError("There is no secret to check by.")
    digest = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    given = headers.get(SIGNATURE, "").encode()
    if not hmac.compare_digest(f"sha1={digest}".encode(), given):
        raise ValueError("The signature does not match.")
    notification = _read(body)
    if notification.created_at is not None:
        away = abs(now.timestamp() - notification.created_at)
        if away > FRESH.total_seconds():
            raise ValueError("The notification is not fresh.")
    return Delivery(id=notification.id, ticket_ids=_conversations(notification))


def _read(body: bytes) -> _Notification:
    try:
        notification = msgspec.json.decode(body, type=_Notification)
    except msgspec.MsgspecError:
        raise ValueError("The notification cannot be read.") from None
    if not 0 < len(notification.id) <= _MAX_ID:
        raise ValueError("The notification cannot be identified.")
    return notification


def _conversations(notification: _Notification) -> tuple[str, ...]:
    if not notification.topic.startswith(("conversation.", "conversation_part.")):
        return ()
    item = notification.data.item if notification.data else {}
    nested = item.get("conversation")
    if isinstance(nested, dict):
        found = nested.get("id")
    elif item.get("type") == "conversation_part":
        found = item.get("conversation_id")
    else:
        found = item.get("id") or item.get("conversation_id")
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    return (text,) if _CONVERSATION_ID.fullmatch(text) else ()

"""Zendesk's webhooks: who sent it, and which tickets to read again.

The signature is over the timestamp and the raw body: the vendor sends its JSON with indents, so a
body that was parsed and written again no longer matches.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from integrations.base import Delivery

SIGNATURE: Final = "x-zendesk-webhook-signature"
TIMESTAMP: Final = "x-zendesk-webhook-signature-timestamp"
INVOCATION: Final = "x-zendesk-webhook-invocation-id"
FRESH: Final = timedelta(minutes=5)
_MAX_ID: Final = 200
_SUBJECT: Final = re.compile(r"zen:ticket:([0-9]{1,19})")
_TICKET_ID: Final = re.compile(r"[0-9]{1,19}")


class _Envelope(msgspec.Struct):
    type: str = ""
    subject: str = ""
    detail: Any = None
    ticket_id: Any = None  # what a trigger's hand-made body is asked to hold


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Delivery:
    """Check a delivery and say which tickets it hints at (none for events of other things).

    Header names are lower case. Raises ValueError when anything is missing, does not match, or is
    more than FRESH old or ahead. Nothing is parsed before the signature holds.
    """
    stamp = headers.get(TIMESTAMP, "")
    delivery_id = headers.get(INVOCATION, "")
    if not secret or not 0 < len(delivery_id) <= _MAX_ID:
        raise ValueError("The delivery cannot be identified.")
    digest = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
    given = headers.get(SIGNATURE, "").encode()
    if not hmac.compare_digest(base64.b64encode(digest), given):
        raise ValueError("The signature does not match.")
    if abs(now - _moment(stamp)) > FRESH:
        raise ValueError("The delivery is not fresh.")
    return Delivery(id=delivery_id, ticket_ids=_tickets(body))


def _moment(stamp: str) -> datetime:
    moment = datetime.fromisoformat(stamp)
    if moment.tzinfo is None:
        raise ValueError("The timestamp has no offset.")
    return moment


def _tickets(body: bytes) -> tuple[str, ...]:
    """Ids are text here and numbers elsewhere; "0" and "" stand for none."""
    if not body:
        return ()
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except msgspec.MsgspecError:
        return ()
    named = _SUBJECT.fullmatch(envelope.subject)
    found = named[1] if named else envelope.ticket_id
    if found is None and "ticket" in envelope.type and isinstance(envelope.detail, dict):
        found = envelope.detail.get("id")
    text = str(found) if isinstance(found, str | int) else ""
    return (text,) if _TICKET_ID.fullmatch(text) and int(text) else ()

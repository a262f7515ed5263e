from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from integrations.helpdesks.chatwoot.webhooks import DELIVERY, SIGNATURE, TIMESTAMP, verify
from tests.integrations.chatwoot.captured import fixture

SECRET = "a-signing-secret"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
BODY = fixture("webhook_message_created")


def signed(body: bytes, stamp: str = STAMP, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {SIGNATURE: f"sha256={digest}", TIMESTAMP: stamp, DELIVERY: "f2b1c7"}


@pytest.mark.parametrize(
    ("body", "ticket_ids"),
    [
        (BODY, ("12",)),
        (b"", ()),
        (b"not json", ()),
        (b'{"event": "conversation_updated", "id": 12}', ("12",)),
        (b'{"event": "conversation_typing_on", "conversation": {"id": 12}}', ()),
        (b'{"event": "contact_updated", "id": 101}', ()),
        (b'{"event": "message_created", "id": 505}', ()),
        (b'{"event": "conversation_updated", "id": "12; DROP"}', ()),
    ],
)
def test_a_signed_delivery_names_the_conversation_to_read_again(body, ticket_ids):
    delivery = verify(SECRET, signed(body), body, now=NOW)
    assert (delivery.id, delivery.ticket_ids) == ("f2b1c7", ticket_ids)


@pytest.mark.parametrize(
    ("secret", "headers"),
    [
        (SECRET, {**signed(BODY), SIGNATURE: ""}),
        (SECRET, {**signed(BODY), DELIVERY: ""}),
        (SECRET, signed(BODY + b" ")),
        (SECRET, signed(BODY, "yesterday")),
        (SECRET, {**signed(BODY), TIMESTAMP: str(int(STAMP) + 1)}),
        ("another", signed(BODY)),
        ("", signed(BODY, secret="")),
    ],
)
def test_what_does_not_verify_is_refused(secret, headers):
    with pytest.raises(ValueError, match=r"^The "):
        verify(secret, headers, BODY, now=NOW)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_delivery_is_not_replayed(minutes):
    with pytest.raises(ValueError, match="fresh"):
        verify(SECRET, signed(BODY), BODY, now=NOW + timedelta(minutes=minutes))

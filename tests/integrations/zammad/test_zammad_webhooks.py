from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from integrations.helpdesks.zammad.webhooks import DELIVERY, SIGNATURE, verify
from tests.integrations.zammad.captured import fixture

SECRET = "a-signing-secret"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
BODY = fixture("webhook")


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    return {SIGNATURE: f"sha1={digest}", DELIVERY: "f2b1c7"}


@pytest.mark.parametrize(
    ("body", "ticket_ids"),
    [
        (BODY, ("9",)),
        (b"", ()),
        (b"not json", ()),
        (b"{}", ()),
        (b'{"ticket": {"id": 0}}', ()),
        (b'{"ticket": {"id": "12; DROP"}}', ()),
    ],
)
def test_a_signed_delivery_names_the_ticket_to_read_again(body, ticket_ids):
    delivery = verify(SECRET, signed(body), body, now=NOW)
    assert (delivery.id, delivery.ticket_ids) == ("f2b1c7", ticket_ids)


@pytest.mark.parametrize(
    ("secret", "headers"),
    [
        (SECRET, {**signed(BODY), SIGNATURE: ""}),
        (SECRET, {**signed(BODY), SIGNATURE: "sha1=é"}),
        (SECRET, {**signed(BODY), DELIVERY: ""}),
        (SECRET, signed(BODY + b" ")),
        ("another", signed(BODY)),
        ("", signed(BODY, "")),
    ],
)
def test_what_does_not_verify_is_refused(secret, headers):
    with pytest.raises(ValueError, match=r"^The "):
        verify(secret, headers, BODY, now=NOW)

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from integrations.helpdesks.zendesk.webhooks import INVOCATION, SIGNATURE, TIMESTAMP, verify
from tests.integrations.zendesk.captured import fixture

SECRET = "a-signing-secret"
STAMP = "2026-03-02T14:58:56Z"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
BODY = fixture("webhook_comment_added")


def signed(body: bytes, *, stamp: str = STAMP, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
    return {
        SIGNATURE: base64.b64encode(digest).decode(),
        TIMESTAMP: stamp,
        INVOCATION: "01GJNB3BXR",
    }


def test_a_signed_delivery_names_the_ticket_to_read_again():
    delivery = verify(SECRET, signed(BODY), BODY, now=NOW)
    assert (delivery.id, delivery.ticket_ids) == ("01GJNB3BXR", ("35436",))


@pytest.mark.parametrize(
    ("body", "ticket_ids"),
    [
        (b"", ()),
        (b"{}", ()),
        (b"not json", ()),
        (b'{"type": "zen:event-type:user.deleted", "subject": "zen:user:7"}', ()),
        (b'{"type": "zen:event-type:ticket.merged", "detail": {"id": "0"}}', ()),
        (b'{"type": "zen:event-type:ticket.merged", "detail": {"id": ""}}', ()),
        (b'{"type": "zen:event-type:ticket.merged", "detail": {"id": "12"}}', ("12",)),
        (b'{"ticket_id": 12}', ("12",)),
        (b'{"ticket_id": "12; DROP"}', ()),
    ],
)
def test_what_a_body_hints_at(body, ticket_ids):
    assert verify(SECRET, signed(body), body, now=NOW).ticket_ids == ticket_ids


def test_a_body_that_was_written_again_does_not_match():
    rewritten = json.dumps(json.loads(BODY)).encode()
    with pytest.raises(ValueError, match="signature"):
        verify(SECRET, signed(BODY), rewritten, now=NOW)


def test_another_secret_does_not_match():
    with pytest.raises(ValueError, match="signature"):
        verify("another", signed(BODY), BODY, now=NOW)


@pytest.mark.parametrize("name", [SIGNATURE, TIMESTAMP, INVOCATION])
def test_every_header_is_needed(name):
    headers = signed(BODY)
    del headers[name]
    with pytest.raises(ValueError, match=r"\w"):
        verify(SECRET, headers, BODY, now=NOW)


@pytest.mark.parametrize("away", [timedelta(minutes=6), timedelta(minutes=-8)])
def test_an_old_or_future_delivery_is_refused(away):
    with pytest.raises(ValueError, match="fresh"):
        verify(SECRET, signed(BODY), BODY, now=NOW + away)


@pytest.mark.parametrize("stamp", ["2026-03-02T14:58:56", "yesterday", ""])
def test_a_signed_timestamp_that_is_none_is_refused(stamp):
    with pytest.raises(ValueError, match=r"\w"):
        verify(SECRET, signed(BODY, stamp=stamp), BODY, now=NOW)


def test_no_secret_verifies_nothing():
    with pytest.raises(ValueError, match="identified"):
        verify("", signed(BODY, secret=""), BODY, now=NOW)

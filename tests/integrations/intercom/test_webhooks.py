from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from integrations.helpdesks.intercom.webhooks import SIGNATURE, verify
from tests.integrations.intercom.captured import changed, fixture

SECRET = "a-client-secret"
NOW = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
BODY = fixture("webhook_replied")


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    return {SIGNATURE: f"sha1={digest}"}


def test_a_signed_notification_names_the_conversation_to_read_again():
    delivery = verify(SECRET, signed(BODY), BODY, now=NOW)
    assert (delivery.id, delivery.ticket_ids) == ("notif_6b9f1f0c", ("471",))


@pytest.mark.parametrize(
    ("topic", "item", "ticket_ids"),
    [
        ("ping", {"type": "ping"}, ()),
        ("contact.deleted", {"type": "contact", "id": "471"}, ()),
        ("conversation.deleted", {"type": "conversation", "id": 471}, ("471",)),
        ("conversation.deleted", {"conversation_id": "471"}, ("471",)),
        ("conversation_part.redacted", {"type": "conversation_part", "id": "9"}, ()),
        ("conversation_part.redacted", {"id": "9", "conversation": {"id": "471"}}, ("471",)),
        ("conversation.user.replied", {"type": "conversation", "id": "1/../2"}, ()),
        ("conversation.user.replied", {}, ()),
    ],
)
def test_what_a_notification_hints_at(topic, item, ticket_ids):
    body = changed("webhook_replied", topic=topic, data={"item": item})
    assert verify(SECRET, signed(body), body, now=NOW).ticket_ids == ticket_ids


def test_a_body_that_was_written_again_does_not_match():
    rewritten = json.dumps(json.loads(BODY), indent=4).encode()
    with pytest.raises(ValueError, match="signature"):
        verify(SECRET, signed(BODY), rewritten, now=NOW)


@pytest.mark.parametrize("headers", [{}, {SIGNATURE: ""}, {SIGNATURE: "sha1="}, signed(BODY, "b")])
def test_a_missing_or_another_signature_is_refused(headers):
    with pytest.raises(ValueError, match="signature"):
        verify(SECRET, headers, BODY, now=NOW)


def test_without_a_secret_nothing_verifies():
    with pytest.raises(ValueError, match="secret"):
        verify("", signed(BODY, ""), BODY, now=NOW)


@pytest.mark.parametrize("away", [timedelta(days=2), timedelta(days=-2)])
def test_an_old_or_future_notification_is_refused(away):
    with pytest.raises(ValueError, match="fresh"):
        verify(SECRET, signed(BODY), BODY, now=NOW + away)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"id": ""}', b'{"id": 3}'])
def test_a_signed_body_without_an_id_is_refused(body):
    with pytest.raises(ValueError, match="notification"):
        verify(SECRET, signed(body), body, now=NOW)

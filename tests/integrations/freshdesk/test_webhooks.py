from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integrations.helpdesks.freshdesk.webhooks import TOKEN, verify

SECRET = "a-long-random-token-of-an-admin"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
BODY = b'{"ticket_id": "20"}'


def test_a_call_with_the_token_names_the_ticket_to_read_again():
    assert verify(SECRET, {TOKEN: SECRET}, BODY, now=NOW).ticket_ids == ("20",)


@pytest.mark.parametrize(
    ("body", "ticket_ids"),
    [
        (b"", ()),
        (b"{}", ()),
        (b"null", ()),
        (b"not json", ()),
        (b'{"ticket_id": 20}', ("20",)),
        (b'{"ticket_id": "INC-20"}', ("20",)),
        (b'{"ticket_id": "0"}', ()),
        (b'{"ticket_id": true}', ()),
        (b'{"ticket_id": "20; DROP"}', ()),
    ],
)
def test_what_a_body_hints_at(body, ticket_ids):
    assert verify(SECRET, {TOKEN: SECRET}, body, now=NOW).ticket_ids == ticket_ids


@pytest.mark.parametrize("headers", [{}, {TOKEN: ""}, {TOKEN: "another"}, {TOKEN: SECRET + "x"}])
def test_another_token_is_refused(headers):
    with pytest.raises(ValueError, match="token"):
        verify(SECRET, headers, BODY, now=NOW)


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_secret_that_could_be_guessed_opens_nothing(secret):
    with pytest.raises(ValueError, match="token"):
        verify(secret, {TOKEN: secret}, BODY, now=NOW)


def test_a_repeated_call_is_the_same_one_for_a_minute_and_another_afterwards():
    first, again, later = (
        verify(SECRET, {TOKEN: SECRET}, BODY, now=NOW + timedelta(seconds=seconds)).id
        for seconds in (0, 30, 61)
    )
    assert first == again != later

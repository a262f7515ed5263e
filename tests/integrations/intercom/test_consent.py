"""Consent in the browser as Intercom knows it: no PKCE, one answer for every refusal."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.base import AuthExpired, Consent, PermanentError, Reply, TemporaryError
from integrations.helpdesks.intercom.adapter import consent_url, redeem

SETTINGS = {"region": "eu", "client_id": "c1", "client_secret": "s1"}
CONSENT = Consent("https://qa.example/back", "state-1", "verifier-1")


class TokenEndpoint:
    def __init__(self, status: int, body: object) -> None:
        self.reply = Reply(status, {}, json.dumps(body).encode())
        self.asked: list[tuple[str, str, object]] = []

    def send(self, method: str, path: str, payload: object = None, *, bucket: str = "") -> Reply:
        assert bucket == ""
        self.asked.append((method, path, payload))
        return self.reply


@pytest.mark.parametrize(
    ("region", "host"), [("", "app.intercom.com"), ("EU", "app.eu.intercom.com")]
)
def test_the_consent_page_lies_where_the_workspace_does(region, host) -> None:
    url = urlsplit(consent_url(SETTINGS | {"region": region}, CONSENT))
    assert (url.hostname, url.path) == (host, "/oauth")
    assert parse_qs(url.query) == {
        "client_id": ["c1"],
        "redirect_uri": ["https://qa.example/back"],
        "state": ["state-1"],
    }


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
def test_a_client_is_needed(missing) -> None:
    with pytest.raises(ValueError, match="identifier and the secret"):
        consent_url(SETTINGS | {missing: ""}, CONSENT)


def test_a_region_that_there_is_not_leads_nowhere() -> None:
    with pytest.raises(ValueError, match="us, eu or au"):
        consent_url(SETTINGS | {"region": "moon"}, CONSENT)


@pytest.mark.parametrize("name", ["access_token", "token"])
def test_a_code_becomes_a_token_without_an_end(name) -> None:
    there = TokenEndpoint(200, {"token_type": "Bearer", name: "t1"})
    tokens = redeem(SETTINGS, there, CONSENT, "code-1")
    assert (tokens.settings, tokens.expires_at) == ({"access_token": "t1"}, None)
    asked = {"code": "code-1", "client_id": "c1", "client_secret": "s1"}
    assert there.asked == [("POST", "/auth/eagle/token", asked)]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"errors": [{"code": "unauthorized"}]}, AuthExpired),
        (400, {}, AuthExpired),
        (200, {}, PermanentError),
        (503, {}, TemporaryError),
    ],
)
def test_refusals(status, body, error) -> None:
    with pytest.raises(error):
        redeem(SETTINGS, TokenEndpoint(status, body), CONSENT, "code-1")

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.base import AuthExpired, PermanentError, Problem, Reply, TemporaryError
from integrations.helpdesks.zendesk import auth
from integrations.helpdesks.zendesk.adapter import access, ending, renew
from tests.integrations.zendesk.captured import CapturedHttp

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GRANTED = {
    "access_token": "gErypPlm4dOVgGRvA1ZzMH5MQ3nLo8bo",
    "refresh_token": "ac31bfd1f2",
    "token_type": "bearer",
    "scope": "read",
    "expires_in": 86_400,
    "refresh_token_expires_in": 2_592_000,
}


def reply(value: object, status: int = 200) -> Reply:
    return Reply(status, {}, json.dumps(value).encode())


def test_the_challenge_is_that_of_the_standards_example():
    pair = auth.challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")  # RFC 7636, B
    assert pair.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_verifiers_differ_and_are_long_enough():
    assert auth.make_pkce() != auth.make_pkce()
    assert 43 <= len(auth.make_pkce().verifier) <= 128


def test_the_consent_address_asks_to_read_only():
    pair = auth.make_pkce()
    url = auth.authorise_url(
        "https://harbourpine.example",
        client_id="kaizo",
        redirect_uri="https://qa.example/back",
        state="s",
        pkce=pair,
    )
    asked = parse_qs(urlsplit(url).query)
    assert asked["scope"] == ["read"]
    assert asked["code_challenge"] == [pair.challenge]
    assert asked["state"] == ["s"]
    assert pair.verifier not in url


def test_tokens_become_settings_and_say_when_they_end():
    tokens = auth.read_tokens(reply(GRANTED), now=NOW)
    assert tokens.expires_at == NOW + timedelta(days=1)
    assert tokens.settings == {
        "access_token": GRANTED["access_token"],
        "refresh_token": GRANTED["refresh_token"],
    }


def test_a_client_credentials_reply_has_one_token():
    tokens = auth.read_tokens(reply({"access_token": "a", "scope": "read"}), now=NOW)
    assert (tokens.settings, tokens.expires_at) == ({"access_token": "a"}, None)


@pytest.mark.parametrize(
    ("settings", "grant"),
    [
        ({"client_id": "c", "client_secret": "s", "refresh_token": "r"}, "refresh_token"),
        ({"client_id": "c", "client_secret": "s"}, "client_credentials"),
    ],
)
def test_what_the_settings_hold_decides_how_tokens_are_renewed(settings, grant):
    http = CapturedHttp()
    http.give(auth.TOKENS_PATH, json.dumps(GRANTED).encode())
    tokens = renew(settings, http)
    assert tokens.settings["access_token"] == GRANTED["access_token"]
    assert http.asked[0][1]["payload"]["grant_type"] == grant


@pytest.mark.parametrize(
    ("given", "scope"), [("", "read"), ("read", "read"), ("Write", "read write")]
)
def test_erasing_is_asked_for_only_when_it_is_wanted(given, scope):
    asked = auth.renewal_request({"client_id": "c", "client_secret": "s", "scope": given})
    assert asked["scope"] == scope


def test_an_api_token_is_not_renewed():
    http = CapturedHttp()
    with pytest.raises(AuthExpired):
        renew({"email": "robin@harbourpine.example", "api_token": "t"}, http)
    assert http.asked == []


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"access_token": "t", "email": "robin@harbourpine.example", "api_token": "x"}, "Bearer"),
        ({"email": "robin@harbourpine.example", "api_token": "x"}, "Basic"),
        ({"client_id": "c", "client_secret": "s"}, ""),
    ],
)
def test_a_token_goes_before_an_api_token(settings, kind):
    headers = access({"subdomain": "harbourpine", **settings}).headers
    assert headers.get("Authorization", "").partition(" ")[0] == kind


@pytest.mark.parametrize(
    "given", ["harbourpine", " HarbourPine ", "https://harbourpine.zendesk.com/"]
)
def test_a_sub_domain_is_taken_in_any_form(given):
    assert access({"subdomain": given}).base_url == "https://harbourpine.zendesk.com"


@pytest.mark.parametrize("given", ["", "evil.example", "a/b", "-a", "harbourpine.zendesk.com@x"])
def test_what_is_no_sub_domain_leads_nowhere(given):
    with pytest.raises(ValueError, match="before"):
        access({"subdomain": given})


def test_the_plan_sets_both_allowances():
    rates = access({"subdomain": "harbourpine", "calls_per_minute": "2500"}).rates
    assert [(rate.bucket, rate.calls) for rate in rates] == [("", 2_500), ("incremental", 30)]
    assert access({"subdomain": "harbourpine"}).rates[0].calls == 200


@pytest.mark.parametrize(
    ("status", "body", "error", "problem"),
    [
        (400, {"error": "invalid_grant"}, AuthExpired, Problem.REVOKED),
        (401, {"error": "invalid_client"}, PermanentError, Problem.WRONG_CREDENTIALS),
        (400, {"error": "invalid_scope"}, PermanentError, Problem.MISSING_SCOPE),
        (429, {}, TemporaryError, Problem.RATE_LIMITED),
        (502, {}, TemporaryError, Problem.UNREACHABLE),
        (200, {"access": "no token"}, TemporaryError, Problem.MALFORMED),
    ],
)
def test_refusals(status, body, error, problem):
    with pytest.raises(error) as caught:
        auth.read_tokens(reply(body, status), now=NOW)
    assert caught.value.problem is problem


@pytest.mark.parametrize(
    ("settings", "days"),
    [
        ({"email": "robin@harbourpine.example", "api_token": "x"}, 10),
        ({"email": "robin@harbourpine.example", "api_token": "x", "access_token": "t"}, None),
        ({"client_id": "c", "client_secret": "s"}, None),
    ],
)
def test_only_an_api_token_has_an_end(settings, days):
    found = ending(settings, date(2027, 4, 20))
    assert (found.days if found else None) == days


def test_an_api_token_counts_down_to_its_end():
    assert auth.days_until_api_tokens_end(date(2027, 4, 29)) == 1
    assert auth.days_until_api_tokens_end(date(2027, 5, 2)) == 0
    assert auth.api_token("robin@harbourpine.example", "t") == (
        "Basic cm9iaW5AaGFyYm91cnBpbmUuZXhhbXBsZS90b2tlbjp0"
    )

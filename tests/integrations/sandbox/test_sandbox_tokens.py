"""The connector's OAuth against the sandbox's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.base import AuthExpired, Reply
from integrations.helpdesks.sandbox.answers import Request
from integrations.helpdesks.sandbox.server import Sandbox
from integrations.helpdesks.sandbox.tokens import CLIENT_ID, CLIENT_SECRET
from integrations.helpdesks.zendesk import auth
from tests.integrations.sandbox.client import LoopbackHttp

NOW = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
CLIENT = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(tickets=2, now=NOW) as running:
        yield running


def ask(sandbox: Sandbox, payload: dict[str, object]) -> dict[str, str]:
    http = LoopbackHttp(sandbox.url, token="")
    reply = http.send("POST", auth.TOKENS_PATH, payload)
    http.close()
    return dict(auth.read_tokens(reply, now=NOW).settings)


def works(sandbox: Sandbox, access: str) -> bool:
    http = LoopbackHttp(sandbox.url, token=access)
    try:
        return http.get("/api/v2/groups.json").status == 200
    except AuthExpired:
        return False
    finally:
        http.close()


def consent(sandbox: Sandbox, pkce: auth.Pkce) -> str:
    url = urlsplit(
        auth.authorise_url(
            sandbox.url,
            client_id=CLIENT_ID,
            redirect_uri="https://qa.example/back",
            state="s",
            pkce=pkce,
        )
    )
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    page = sandbox.answer(Request("GET", url.path, query, {}, b""))
    assert b"Allow" in page.body
    query["decision"] = "allow"
    answer = sandbox.answer(Request("GET", url.path, query, {}, b""))
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["s"]
    return back["code"][0]


def test_a_code_becomes_tokens_for_whoever_holds_the_verifier(sandbox):
    pkce = auth.make_pkce()
    code = consent(sandbox, pkce)
    tokens = ask(
        sandbox,
        auth.code_request(**CLIENT, redirect_uri="https://qa.example/back", code=code, pkce=pkce),
    )
    assert works(sandbox, tokens["access_token"])


def test_a_code_is_of_no_use_without_the_verifier(sandbox):
    code = consent(sandbox, auth.make_pkce())
    asked = auth.code_request(
        **CLIENT, redirect_uri="https://qa.example/back", code=code, pkce=auth.make_pkce()
    )
    with pytest.raises(AuthExpired):
        ask(sandbox, asked)


def test_a_refresh_ends_both_old_tokens(sandbox):
    pkce = auth.make_pkce()
    asked = auth.code_request(
        **CLIENT,
        redirect_uri="https://qa.example/back",
        code=consent(sandbox, pkce),
        pkce=pkce,
    )
    old = ask(sandbox, asked)
    refresh = auth.refresh_request(**CLIENT, refresh=old["refresh_token"])
    new = ask(sandbox, refresh)
    assert works(sandbox, new["access_token"])
    assert not works(sandbox, old["access_token"])
    with pytest.raises(AuthExpired):
        ask(sandbox, refresh)


def test_client_credentials_give_one_token(sandbox):
    tokens = ask(sandbox, auth.client_request(**CLIENT))
    assert "refresh_token" not in tokens
    assert works(sandbox, tokens["access_token"])


def test_a_wrong_client_secret_is_refused(sandbox):
    reply = sandbox.answer(
        Request("POST", auth.TOKENS_PATH, {}, {}, b'{"client_id": "kaizo", "client_secret": "x"}')
    )
    assert reply.status == 401
    with pytest.raises(Exception, match="wrong_credentials"):
        auth.read_tokens(Reply(reply.status, {}, reply.body), now=NOW)

"""Consent in the browser, against the sandbox's consent page and token exchange."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import time_machine
from django.conf import settings as conf
from django.test import Client
from django.urls import reverse

from integrations import connections
from integrations.credentials import open_settings
from integrations.helpdesks.sandbox.answers import Request
from integrations.helpdesks.sandbox.server import Sandbox
from integrations.helpdesks.sandbox.tokens import CLIENT_ID, CLIENT_SECRET, TOKEN
from integrations.models import Connection
from integrations.sync import sync_connection
from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests.integrations.fakes import again
from tests.integrations.sandboxed import NOW
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(tickets=5, now=NOW) as running:
        yield running


@pytest.fixture
def admin(member: Callable[[Role], Membership]) -> Membership:
    return member(Role.ADMIN)


@pytest.fixture
def browser(sign_in: Callable[[User], Client], admin: Membership) -> Client:
    return sign_in(admin.user)


def answers(sandbox: Sandbox, **others: str) -> dict[str, str]:
    return {
        "setting_address": sandbox.url,
        "setting_client_id": CLIENT_ID,
        "setting_client_secret": CLIENT_SECRET,
        "name": "Support",
        "window": "365",
        "country": "NL",
        "tool": "",
        "erase_instruction": "ask",
        "allows_private_address": "on",
        "way": "consent",
        **others,
    }


@pytest.fixture
def waiting(browser: Client, sandbox: Sandbox, organisation: Organisation) -> Connection:
    """A connection that waits for consent."""
    path = reverse("integrations:connect", args=[organisation.slug])
    answer = browser.post(f"{path}?helpdesk=sandbox", answers(sandbox))
    assert answer.status_code == 302, answer.content.decode()
    with tenant_scope(organisation.pk):
        made: Connection = Connection.objects.get()
    assert answer.url == page(made, "connection_consent")
    return made


def page(connection: Connection, name: str = "connection") -> str:
    args = [connection.organisation.slug, connection.public_id]
    return reverse(f"integrations:{name}", args=args)


def link(browser: Client, connection: Connection) -> str:
    """Where the consent page leads to."""
    shown = browser.get(page(connection, "connection_consent")).content.decode()
    [address] = re.findall(r'href="(http[^"]*oauth[^"]*)"', shown)
    return html.unescape(address)


def decide(sandbox: Sandbox, address: str, decision: str = "allow") -> str:
    """Where the sandbox sends the browser back to."""
    url = urlsplit(address)
    query = dict(parse_qsl(url.query)) | {"decision": decision}
    answer = sandbox.answer(Request("GET", url.path, query, {}, b""))
    assert answer.status == 302
    back = answer.headers["Location"]
    assert back.startswith(conf.BASE_URL)
    return back.removeprefix(conf.BASE_URL)


def consent(browser: Client, sandbox: Sandbox, connection: Connection) -> str:
    """The page that shows after consent, with its messages."""
    back = decide(sandbox, link(browser, connection))
    return browser.get(back, follow=True).content.decode()


def secrets_of(connection: Connection) -> dict[str, str]:
    with tenant_scope(connection.organisation_id):
        return open_settings(again(connection))


def test_what_will_be_fetched_and_why_stands_before_the_way_to_the_helpdesk(
    browser, waiting
) -> None:
    shown = browser.get(page(waiting, "connection_consent")).content.decode()
    assert shown.index("Reply and solve times.") < shown.index("/oauth/authorizations/new")
    asked = parse_qs(urlsplit(link(browser, waiting)).query)
    assert asked["scope"] == ["read"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"][0] in shown


def test_nothing_is_fetched_before_consent(browser, waiting, sandbox, organisation) -> None:
    before = sandbox.control.state()["calls"]
    sync_connection(organisation_id=organisation.pk, connection_id=waiting.pk)
    assert sandbox.control.state()["calls"] == before
    assert "has not consented yet" in browser.get(page(waiting)).content.decode()


def test_consent_brings_tokens_and_the_backfill_begins(
    browser, waiting, sandbox, organisation
) -> None:
    assert "has consented" in consent(browser, sandbox, waiting)
    after = again(waiting)
    assert after.state == Connection.State.BACKFILLING
    held = secrets_of(waiting)
    assert held["access_token"] in sandbox.tokens.access
    assert held["refresh_token"] in sandbox.tokens.pairs
    assert bytes(after.credentials).find(held["access_token"].encode()) == -1
    sync_connection(organisation_id=organisation.pk, connection_id=waiting.pk)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 5


def test_an_answer_is_taken_once(browser, waiting, sandbox) -> None:
    back = decide(sandbox, link(browser, waiting))
    assert "has consented" in browser.get(back, follow=True).content.decode()
    assert "belongs to no consent" in browser.get(back, follow=True).content.decode()


def test_refused_consent_is_said_and_nothing_begins(browser, waiting, sandbox) -> None:
    back = decide(sandbox, link(browser, waiting), "refuse")
    assert "Consent was refused" in browser.get(back, follow=True).content.decode()
    assert again(waiting).state == Connection.State.SETTING_UP
    assert "access_token" not in secrets_of(waiting)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("invalid_scope", "lacks a right"),
        ("server_error", "Try again in a few minutes"),
        ("unauthorized_client", "Compare the client"),
        ("", "Compare the client"),
    ],
)
def test_other_errors_are_said_in_our_words(browser, waiting, error, sentence) -> None:
    state = parse_qs(urlsplit(link(browser, waiting)).query)["state"][0]
    path = reverse("integrations:connection_consented", args=[waiting.organisation.slug])
    query = {"error": error, "error_description": "<b>Vendor</b>", "state": state}
    shown = browser.get(path, query, follow=True).content.decode()
    assert sentence in shown
    assert "Vendor" not in shown


@pytest.mark.parametrize("state", ["", "somebody-else's"])
def test_another_state_changes_nothing(browser, waiting, sandbox, state) -> None:
    back = decide(sandbox, link(browser, waiting))
    url = urlsplit(back)
    query = dict(parse_qsl(url.query)) | {"state": state}
    assert "belongs to no consent" in browser.get(url.path, query, follow=True).content.decode()
    assert again(waiting).state == Connection.State.SETTING_UP
    assert "has consented" in browser.get(back, follow=True).content.decode()


def test_an_answer_in_another_session_changes_nothing(
    browser, waiting, sandbox, sign_in, member
) -> None:
    back = decide(sandbox, link(browser, waiting))
    other = sign_in(member(Role.OWNER).user)
    assert "belongs to no consent" in other.get(back, follow=True).content.decode()
    assert again(waiting).state == Connection.State.SETTING_UP


def test_who_comes_back_late_begins_again(browser, waiting, sandbox) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        back = decide(sandbox, link(browser, waiting))
        traveller.shift(11 * 60)
        assert "belongs to no consent" in browser.get(back, follow=True).content.decode()


def test_a_code_that_is_over_is_said(browser, waiting, sandbox) -> None:
    back = decide(sandbox, link(browser, waiting))
    sandbox.tokens.expire_codes()
    assert "too old or was used before" in browser.get(back, follow=True).content.decode()
    assert again(waiting).state == Connection.State.SETTING_UP
    assert "has consented" in consent(browser, sandbox, waiting)


def test_a_wrong_client_secret_is_said_and_can_be_changed(
    browser, sandbox, organisation, waiting
) -> None:
    wrong = {"setting_client_secret": "wrong", "way": "consent"}
    browser.post(page(waiting, "connection_authorise"), wrong)
    shown = consent(browser, sandbox, waiting)
    assert "does not accept the credentials" in shown
    assert again(waiting).state == Connection.State.SETTING_UP
    # The wrong answer was tried and not kept.
    assert secrets_of(waiting)["client_secret"] == CLIENT_SECRET


def test_a_client_is_needed(browser, sandbox, organisation) -> None:
    path = reverse("integrations:connect", args=[organisation.slug])
    given = answers(sandbox, setting_client_secret="")
    answer = browser.post(f"{path}?helpdesk=sandbox", given)
    assert answer.status_code == 422
    assert "identifier and the secret" in answer.content.decode()
    with tenant_scope(organisation.pk):
        assert not Connection.objects.exists()


def test_authorising_again_goes_the_same_way(browser, waiting, sandbox, organisation) -> None:
    consent(browser, sandbox, waiting)
    key = {"organisation_id": organisation.pk, "connection_id": waiting.pk}
    sync_connection(**key)
    sandbox.tokens.revoke()
    with tenant_scope(organisation.pk):
        Connection.objects.update(due_at=None)
    sync_connection(**key)
    assert again(waiting).state == Connection.State.NEEDS_AUTHORISATION
    answer = browser.post(page(waiting, "connection_authorise"), {"way": "consent"})
    assert answer.url == page(waiting, "connection_consent")
    assert "has consented" in consent(browser, sandbox, waiting)
    after = again(waiting)
    assert (after.state, after.problem) == (Connection.State.LIVE, "")


def test_a_disconnected_connection_takes_no_consent(browser, waiting, sandbox) -> None:
    back = decide(sandbox, link(browser, waiting))
    connections.disconnect(connection=waiting, actor=None)
    before = dict(sandbox.tokens.pairs)
    assert "cannot be authorised any more" in browser.get(back, follow=True).content.decode()
    assert sandbox.tokens.pairs == before
    assert again(waiting).credentials is None


def test_a_token_that_was_typed_in_gives_way_to_consent(browser, sandbox, organisation) -> None:
    path = reverse("integrations:connect", args=[organisation.slug])
    sandbox.tokens.restore()
    given = answers(sandbox, setting_access_token=TOKEN, way="")
    assert browser.post(f"{path}?helpdesk=sandbox", given).status_code == 302
    with tenant_scope(organisation.pk):
        made = Connection.objects.get()
    consent(browser, sandbox, made)
    assert secrets_of(made)["access_token"] != TOKEN

"""The pages about connections: connect, health, pause, authorise, disconnect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from integrations import connections, health
from integrations.base import Ending, Problem, TemporaryError, Tokens
from integrations.credentials import open_settings
from integrations.models import Connection
from integrations.sync import sync_connection
from integrations.tasks import mail_problem
from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.api import active_processors
from privacy.models import AuditEvent
from tests import factories
from tests.integrations.fakes import FakeHelpdesk, again, connected, install

pytestmark = pytest.mark.django_db

ANSWERS = {
    "setting_address": "http://127.0.0.1:9",
    "setting_token": "secret",
    "name": "Support",
    "window": "90",
    "country": "NL",
    "tool": "",
    "erase_instruction": "ask",
    "allows_private_address": "on",
}


@pytest.fixture(autouse=True)
def there(monkeypatch) -> FakeHelpdesk:
    return install(monkeypatch, FakeHelpdesk(records=[factories.ticket_record(1)]))


@pytest.fixture
def admin(member: Callable[[Role], Membership]) -> Membership:
    return member(Role.ADMIN)


@pytest.fixture
def browser(sign_in: Callable[[User], Client], admin: Membership) -> Client:
    return sign_in(admin.user)


@pytest.fixture
def connect_url(organisation: Organisation) -> str:
    return reverse("integrations:connect", args=[organisation.slug]) + "?helpdesk=fake"


@pytest.fixture
def connection(organisation: Organisation, admin: Membership) -> Connection:
    return connected(organisation, admin)


def url(connection: Connection, page: str = "connection") -> str:
    slug = connection.organisation.slug
    return reverse(f"integrations:{page}", args=[slug, connection.public_id])


def rows(organisation: Organisation) -> list[Connection]:
    with tenant_scope(organisation.pk):
        return list(Connection.objects.all())


def run(connection: Connection) -> None:
    sync_connection(organisation_id=connection.organisation_id, connection_id=connection.pk)


def test_what_will_be_fetched_and_why_stands_before_the_questions(browser, connect_url) -> None:
    page = browser.get(connect_url).content.decode()
    assert page.index("To count them") < page.index('name="setting_token"')


def test_connecting_tests_the_account_registers_it_and_begins(
    browser, connect_url, organisation, there
) -> None:
    answer = browser.post(connect_url, ANSWERS)
    [made] = rows(organisation)
    assert answer.url == url(made)
    assert there.asked == ["check"]
    assert made.state == Connection.State.BACKFILLING
    assert clock.now() - made.since == pytest.approx(timedelta(days=90), abs=timedelta(minutes=1))
    assert b"secret" not in bytes(made.credentials)
    with tenant_scope(organisation.pk):
        assert open_settings(made) == {"address": "http://127.0.0.1:9", "token": "secret"}
        [processor] = active_processors()
        assert (processor.name, processor.hosts) == ("Fake Desk", ["127.0.0.1"])
        assert AuditEvent.objects.filter(action="integrations.connection.connected").exists()


def test_wrong_credentials_leave_no_trace_but_a_sentence(
    browser, connect_url, organisation, there
) -> None:
    there.tokens = []
    answer = browser.post(connect_url, ANSWERS)
    assert answer.status_code == 422
    assert "Authorise" in answer.content.decode() or "credentials" in answer.content.decode()
    assert "secret" not in answer.content.decode()
    assert rows(organisation) == []
    with tenant_scope(organisation.pk):
        assert active_processors() == []


def test_connecting_fetches_a_first_token_where_the_helpdesk_gives_them(
    browser, connect_url, organisation, there
) -> None:
    there.tokens = ["granted"]
    there.renewals = [Tokens({"token": "granted"}, clock.now() + timedelta(hours=1))]
    assert browser.post(connect_url, ANSWERS).status_code == 302
    [made] = rows(organisation)
    with tenant_scope(organisation.pk):
        assert open_settings(made)["token"] == "granted"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"setting_token": ""}, "required"),
        ({"country": "US"}, "transfer tool"),
        ({"tool_valid_from": "2026-02-01", "tool_valid_to": "2026-01-01"}, "before it begins"),
    ],
)
def test_what_does_not_do_is_said(
    browser, connect_url, organisation, wrong: dict[str, str], sentence
) -> None:
    answer = browser.post(connect_url, ANSWERS | wrong)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert rows(organisation) == []


def test_an_account_is_connected_once(browser, connect_url, connection) -> None:
    answer = browser.post(connect_url, ANSWERS)
    assert answer.status_code == 422
    assert "connected already" in answer.content.decode()


def test_an_unknown_helpdesk_is_not_found(browser, organisation) -> None:
    base = reverse("integrations:connect", args=[organisation.slug])
    assert browser.get(f"{base}?helpdesk=nothing").status_code == 404
    assert "Fake Desk" in browser.get(base).content.decode()


def test_the_list_says_how_each_connection_fares(browser, connection, there) -> None:
    there.tokens = []
    run(connection)
    list_url = reverse("integrations:connection_list", args=[connection.organisation.slug])
    page = browser.get(list_url).content.decode()
    assert "Needs to be authorised again" in page
    assert str(health.WORDS[Problem.WRONG_CREDENTIALS].what) in page.replace("&#x27;", "'")


def test_progress_renews_itself_until_nothing_runs(browser, connection) -> None:
    assert "hx-trigger" in browser.get(url(connection)).content.decode()
    headers = {"HX-Request": "true"}
    assert browser.get(url(connection), headers=headers).status_code == 200
    run(connection)
    fragment = browser.get(url(connection), headers=headers)
    assert "Live" in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    connections.pause(connection=connection, actor=None)
    assert browser.get(url(connection), headers=headers).status_code == 286


def test_history_and_set_aside_tickets_are_shown(browser, connection, there) -> None:
    there.faulty = {"t1": "channel: unknown"}
    run(connection)
    page = browser.get(url(connection)).content.decode()
    assert "channel: unknown" in page
    assert "shoe_size (1)" in page


def test_history_says_why_a_run_broke_off(browser, connection, there) -> None:
    there.records += [factories.ticket_record(number) for number in (2, 3)]
    there.before_page = fails_at("2")
    run(connection)
    page = browser.get(url(connection)).content.decode()
    history = page[page.index('id="runs"') :]
    assert "Broke off" in history
    assert "does not answer" in history


def fails_at(cursor: str) -> Callable[[str], None]:
    def fail(at: str) -> None:
        if at == cursor:
            raise TemporaryError(Problem.UNREACHABLE)

    return fail


def test_pausing_and_resuming(browser, connection) -> None:
    browser.post(url(connection, "connection_pause"))
    assert again(connection).state == Connection.State.PAUSED
    assert browser.post(url(connection, "connection_pause")).status_code == 409
    browser.post(url(connection, "connection_resume"))
    assert again(connection).state == Connection.State.BACKFILLING
    assert browser.post(url(connection, "connection_resume")).status_code == 409


def test_authorising_again_takes_what_works(browser, connection, there) -> None:
    there.tokens = ["better"]
    run(connection)
    refused = browser.post(url(connection, "connection_authorise"), {"setting_token": "worse"})
    assert refused.status_code == 422
    assert again(connection).state == Connection.State.NEEDS_AUTHORISATION
    browser.post(url(connection, "connection_authorise"), {"setting_token": "better"})
    after = again(connection)
    assert (after.state, after.problem) == (Connection.State.BACKFILLING, "")


def test_authorising_again_stays_with_the_account(browser, connection) -> None:
    other = {"setting_address": "http://127.0.0.1:10"}
    answer = browser.post(url(connection, "connection_authorise"), other)
    assert "another account" in answer.content.decode()


def test_reading_again_takes_a_day_that_has_come(browser, connection) -> None:
    page = url(connection, "connection_run_again")
    assert browser.post(page, {"since": "2999-01-01"}).status_code == 422
    browser.post(page, {"since": "2026-01-01"})
    assert again(connection).since.date().isoformat() == "2026-01-01"


@pytest.mark.parametrize(("days", "title"), [(5, "in 5 days"), (1, "in 1 day"), (0, "has ended")])
def test_the_announced_end_of_a_kind_of_access_is_said_with_what_to_do(
    browser, connection, there, monkeypatch, days, title
) -> None:
    assert "consent in the browser" not in browser.get(url(connection)).content.decode()
    ending = Ending("API tokens", date(2027, 4, 30), days)
    monkeypatch.setattr(there, "ending", lambda _settings, _today: ending, raising=False)
    page = browser.get(url(connection)).content.decode()
    assert title in page
    assert "30 April 2027" in page
    assert url(connection, "connection_authorise") in page
    list_url = reverse("integrations:connection_list", args=[connection.organisation.slug])
    assert "30 April 2027" in browser.get(list_url).content.decode()


def test_options_are_kept_and_the_secret_is_not_shown(browser, connection) -> None:
    options = {"erase_instruction": "always", "hook_secret": "wh-secret"}
    browser.post(url(connection, "connection_options"), options)
    after = again(connection)
    assert after.erase_instruction == "always"
    assert b"wh-secret" not in bytes(after.hook_secret)
    assert "wh-secret" not in browser.get(url(connection)).content.decode()
    browser.post(url(connection, "connection_options"), {"erase_instruction": "sometimes"})
    assert again(connection).erase_instruction == "always"


def test_disconnecting_asks_first(browser, connection, there) -> None:
    page = url(connection, "connection_disconnect")
    assert browser.get(page).status_code == 200
    assert again(connection).is_wanted
    browser.post(page)
    after = again(connection)
    assert (after.state, after.credentials) == (Connection.State.DISCONNECTED, None)
    with tenant_scope(connection.organisation_id):
        assert active_processors() == []
    run(connection)
    assert there.asked == []
    assert browser.get(url(connection)).status_code == 200


def test_an_account_can_be_connected_anew(browser, connect_url, connection) -> None:
    browser.post(url(connection, "connection_disconnect"))
    assert browser.post(connect_url, ANSWERS).status_code == 302


def problem_mails(callbacks: Any, connection: Connection) -> int:
    with callbacks(execute=True):
        run(connection)
    return len(mail.outbox)


def test_the_owner_is_mailed_once_about_a_problem(
    connection, member, there, django_capture_on_commit_callbacks
) -> None:
    owner = member(Role.OWNER)
    there.tokens = []
    assert problem_mails(django_capture_on_commit_callbacks, connection) == 1
    [sent] = mail.outbox
    assert sent.to == [owner.user.email]
    assert sent.subject == "Kaizo: Support needs attention"
    assert url(connection) in sent.body
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(state=Connection.State.LIVE)
    assert problem_mails(django_capture_on_commit_callbacks, connection) == 1


def test_a_problem_that_is_over_is_not_mailed(connection, member) -> None:
    member(Role.OWNER)
    mail_problem(organisation_id=connection.organisation_id, connection_id=connection.pk)
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("problem", "minutes", "told_hours_ago", "worth"),
    [
        ("unreachable", 30, None, False),
        ("unreachable", 90, None, True),
        ("revoked", 0, None, True),
        ("unreachable", 90, 1, False),
        ("unreachable", 90, 30, True),
        ("", 90, None, False),
    ],
)
def test_what_may_pass_is_mailed_after_an_hour_and_at_most_once_a_day(
    problem, minutes, told_hours_ago, worth
) -> None:
    now = clock.now()
    row = Connection(
        problem=problem,
        problem_since=now - timedelta(minutes=minutes),
        told_at=now - timedelta(hours=told_hours_ago) if told_hours_ago else None,
    )
    assert health.is_worth_a_mail(row, now) is worth


def test_every_problem_has_words() -> None:
    assert set(health.WORDS) == set(Problem)

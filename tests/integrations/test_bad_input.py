"""What goes wrong with a helpdesk, over the wire: a state, words on the page, and what goes on by
itself. The table in docs/integrations/index.md names each test."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from integrations import connections, sync
from integrations.connections import Terms, connect, start
from integrations.helpdesks.sandbox.limits import Fault, FaultKind
from integrations.helpdesks.sandbox.server import Sandbox
from integrations.models import Connection
from integrations.sync import queue_due, sync_connection
from integrations.tasks import sync_connection as sync_task
from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.api import Limits
from tests.integrations.fakes import again
from tests.integrations.sandboxed import NOW, settings_for
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
State = Connection.State
EXPORT = "/incremental/tickets"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(tickets=6, now=NOW) as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch) -> None:
    """One attempt a call: the engine's own waiting is what is looked at."""
    monkeypatch.setattr(sync, "_LIMITS", Limits(attempts=1, patience=0.05, backoff=0.001))


@pytest.fixture
def browser(sign_in: Callable[[User], Client], member: Callable[[Role], Membership]) -> Client:
    return sign_in(member(Role.ADMIN).user)


@pytest.fixture
def new(organisation: Organisation, sandbox: Sandbox) -> Connection:
    return begin(organisation, settings_for(sandbox))


@pytest.fixture
def live(new: Connection) -> Connection:
    after = run(new)
    assert (after.state, arrived(after)) == (State.LIVE, 6)
    return after


def begin(organisation: Organisation, settings: dict[str, str]) -> Connection:
    made = connect(
        organisation=organisation,
        kind="sandbox",
        name="Sandbox",
        settings=settings,
        since=NOW.replace(year=2020),
        terms=Terms(country="NL", allows_private_address=True),
        actor=None,
    )
    start(connection=made)
    return again(made)


def run(connection: Connection) -> Connection:
    """One worker's run, when it is due."""
    sync_connection(organisation_id=connection.organisation_id, connection_id=connection.pk)
    return again(connection)


def time_passes(connection: Connection) -> None:
    """Until the engine would look again by itself."""
    with tenant_scope(connection.organisation_id):
        Connection.objects.filter(due_at__isnull=False).update(due_at=clock.now())


def resumes(connection: Connection, callbacks: Callable[..., object]) -> bool:
    """Whether the clock alone brings it back to work, and it ends in good order."""
    time_passes(connection)
    with callbacks() as queued:
        assert queue_due() in {0, 1}
    after = run(connection) if queued else again(connection)
    return (after.state, after.problem, after.failures) == (State.LIVE, "", 0)


def arrived(connection: Connection) -> int:
    with tenant_scope(connection.organisation_id):
        return int(Ticket.objects.filter(source=connection.source).count())


def shown(browser: Client, connection: Connection) -> str:
    args = [connection.organisation.slug, connection.public_id]
    page = browser.get(reverse("integrations:connection", args=args)).content.decode()
    return html.unescape(page)


def fail(sandbox: Sandbox, kind: FaultKind, **more: object) -> None:
    sandbox.faults.add(Fault(kind, **({"times": 10_000, "path": EXPORT} | more)))


def test_wrong_credentials(
    organisation, sandbox, browser, django_capture_on_commit_callbacks
) -> None:
    made = begin(organisation, settings_for(sandbox) | {"access_token": "wrong"})
    after = run(made)
    assert (after.state, after.problem) == (State.NEEDS_AUTHORISATION, "wrong_credentials")
    page = shown(browser, after)
    assert "does not accept the credentials" in page
    assert "Enter them again" in page
    assert not resumes(made, django_capture_on_commit_callbacks)
    connections.authorise(connection=made, settings=settings_for(sandbox), actor=None)
    assert run(made).state == State.LIVE


def test_a_missing_scope(live, sandbox, browser) -> None:
    fail(sandbox, FaultKind.FORBIDDEN)
    after = run(live)
    assert (after.state, after.problem) == (State.NEEDS_AUTHORISATION, "missing_scope")
    assert "lacks a right" in shown(browser, after)
    sandbox.faults.clear()
    connections.authorise(connection=live, settings={}, actor=None)
    assert run(live).state == State.LIVE


def test_a_wrong_sub_domain(live, sandbox, browser, django_capture_on_commit_callbacks) -> None:
    """The vendor's own pages answer for accounts that there are not."""
    fail(sandbox, FaultKind.NOT_FOUND)
    after = run(live)
    assert (after.state, after.problem) == (State.LIVE, "wrong_address")
    page = shown(browser, after)
    assert "was not found at its address" in page
    assert "Check the address or sub-domain" in page
    sandbox.faults.clear()
    assert resumes(live, django_capture_on_commit_callbacks)


def test_an_expired_or_revoked_token(live, sandbox, browser, member) -> None:
    owner = member(Role.OWNER)
    sandbox.tokens.revoke()
    before = sum(sandbox.control.calls.values())
    after = run(live)
    # The first 401 is enough.
    assert sum(sandbox.control.calls.values()) == before + 1
    assert (after.state, after.problem) == (State.NEEDS_AUTHORISATION, "revoked")
    assert "revoked or has expired" in shown(browser, after)
    assert after.told_at is not None
    assert owner.user.email
    run(live)
    assert sum(sandbox.control.calls.values()) == before + 1
    sandbox.tokens.restore()
    connections.authorise(connection=live, settings={}, actor=None)
    assert run(live).state == State.LIVE


@pytest.mark.parametrize("seconds", [3_600, -3_600])
def test_a_clock_that_is_wrong(live, sandbox, browser, seconds) -> None:
    sandbox.control.set_clock({"seconds": seconds})
    after = run(live)
    assert (after.state, after.problem) == (State.LIVE, "")
    assert abs(after.clock_skew - seconds) < 60
    assert "clock and ours differ" in shown(browser, after)
    sandbox.control.set_clock({"seconds": 0})
    assert "clock and ours differ" not in shown(browser, run(live))


def test_an_outage_of_an_hour(
    live, sandbox, browser, member, django_capture_on_commit_callbacks
) -> None:
    member(Role.OWNER)
    fail(sandbox, FaultKind.UNAVAILABLE)
    for _attempt in range(4):
        after = run(live)
        assert (after.state, after.problem) == (State.LIVE, "unreachable")
        assert clock.now() < after.due_at <= clock.now() + timedelta(minutes=15)
    assert "does not answer" in shown(browser, after)
    assert mail.outbox == []
    with tenant_scope(live.organisation_id):
        Connection.objects.update(problem_since=clock.now() - timedelta(hours=1))
    for _attempt in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            run(live)
    assert len(mail.outbox) == 1
    sandbox.store.create()
    sandbox.faults.clear()
    assert resumes(live, django_capture_on_commit_callbacks)
    assert arrived(live) == 7


def test_a_changed_form_of_the_cursor(live, sandbox, browser) -> None:
    with tenant_scope(live.organisation_id):
        Connection.objects.update(cursor="after:of-another-form")
    sandbox.store.create()
    after = run(live)
    assert (after.state, after.problem, arrived(after)) == (State.LIVE, "", 7)
    assert after.cursor != "after:of-another-form"


def test_too_many_requests_without_a_time(
    live, sandbox, browser, django_capture_on_commit_callbacks
) -> None:
    fail(sandbox, FaultKind.RATE_LIMITED, retry_after=None)
    before = clock.now()
    after = run(live)
    assert (after.state, after.problem) == (State.LIVE, "rate_limited")
    assert before < after.due_at <= clock.now() + timedelta(minutes=15)
    assert "asks us to wait" in shown(browser, after)
    sandbox.faults.clear()
    assert resumes(live, django_capture_on_commit_callbacks)


@pytest.mark.promise("KU-08-05")
def test_ten_queued_jobs_send_nothing_once_access_is_revoked(
    live, sandbox, django_capture_on_commit_callbacks
) -> None:
    """Ten jobs are waiting when somebody disconnects; then every one of them runs."""
    with django_capture_on_commit_callbacks() as queued:
        for _job in range(10):
            sync_task.delay_on_commit(organisation_id=live.organisation_id, connection_id=live.pk)
    assert len(queued) == 10
    connections.disconnect(connection=live, actor=None)
    before = dict(sandbox.control.calls)
    for job in queued:
        job()
    assert sandbox.control.calls == before
    assert again(live).credentials is None
    with tenant_scope(live.organisation_id):
        assert not Connection.objects.filter(
            disconnected_at__isnull=False, credentials__isnull=False
        ).exists()

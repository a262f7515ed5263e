"""Silent deletions at the source are found; a lost right is not mistaken for them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from integrations import connections, reconciliation
from integrations.base import Problem, TemporaryError
from integrations.models import Connection
from integrations.reconciliation import reconcile
from integrations.source_erasure import SourceErasure, erase_at_source
from integrations.sync import sync_connection
from integrations.tasks import look_after_connections
from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.models import AuditEvent
from tests import factories
from tests.integrations.fakes import FakeHelpdesk, again, connected, install
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(monkeypatch) -> FakeHelpdesk:
    records = [factories.ticket_record(number) for number in range(1, 31)]
    return install(monkeypatch, FakeHelpdesk(records=records, page_size=50))


@pytest.fixture
def connection(organisation: Organisation, there: FakeHelpdesk) -> Connection:
    made = connected(organisation)
    key = {"organisation_id": organisation.pk, "connection_id": made.pk}
    sync_connection(**key)
    return again(made)


def compare(connection: Connection) -> bool:
    return reconcile(organisation_id=connection.organisation_id, connection_id=connection.pk)


def poll(connection: Connection) -> None:
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(due_at=None)
    sync_connection(organisation_id=connection.organisation_id, connection_id=connection.pk)
    assert again(connection).synced_at > connection.synced_at


def week_passes(connection: Connection) -> None:
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(reconciled_at=clock.now() - timedelta(days=8))


def count(connection: Connection) -> int:
    with tenant_scope(connection.organisation_id):
        return Ticket.objects.count()


def test_what_is_gone_there_is_erased_here(connection, there) -> None:
    there.gone = {"t4", "t9"}
    compare(connection)
    assert count(connection) == 28
    assert again(connection).reconciled_at is not None


def test_a_week_is_compared_once(connection, there) -> None:
    compare(connection)
    asked = len(there.asked)
    compare(connection)
    assert len(there.asked) == asked


def test_too_much_missing_is_doubted_and_told_once(
    connection, there, member, django_capture_on_commit_callbacks
) -> None:
    member(Role.OWNER)
    there.gone = {record.id for record in there.records[:25]}
    for _week in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            compare(connection)
        week_passes(connection)
    assert count(connection) == 30
    assert again(connection).problem == "many_missing"
    assert len(mail.outbox) == 1


def test_a_doubt_lasts_until_a_comparison_ends_it(connection, there) -> None:
    """Polls go well meanwhile: what we may see, we are given."""
    there.gone = {record.id for record in there.records[:25]}
    compare(connection)
    poll(connection)
    assert again(connection).problem == "many_missing"
    there.gone.clear()
    week_passes(connection)
    compare(connection)
    assert again(connection).problem == ""


def test_somebody_may_say_that_they_were_deleted(
    connection, there, member, sign_in, django_capture_on_commit_callbacks
) -> None:
    browser = sign_in(member(Role.ADMIN).user)
    args = [connection.organisation.slug, connection.public_id]
    confirm = reverse("integrations:connection_deletions", args=args)
    assert browser.post(confirm).status_code == 409, "nothing is in doubt yet"
    there.gone = {record.id for record in there.records[:25]}
    compare(connection)
    page = browser.get(reverse("integrations:connection", args=args)).content.decode()
    assert confirm in page
    assert "cannot be undone" in browser.get(confirm).content.decode()
    there.gone.remove("t1")
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(confirm).status_code == 302
    assert count(connection) == 6
    after = again(connection)
    assert (after.problem, compare(connection)) == ("", False)
    assert browser.post(confirm).status_code == 409


def test_a_long_comparison_goes_on_in_turns(connection, there, monkeypatch) -> None:
    monkeypatch.setattr(reconciliation, "_CHUNK", 10)
    monkeypatch.setattr(reconciliation, "_BUDGET_SECONDS", -1)
    there.gone = {"t4", "t29"}
    turns = 0
    while compare(connection):
        assert count(connection) == 30, "erased before all were asked for"
        turns += 1
    assert turns == 3
    assert there.asked.count("present") == 3
    assert count(connection) == 28
    assert not compare(connection), "a week is compared once"


@pytest.mark.parametrize("trouble", [TemporaryError(Problem.UNREACHABLE), MemoryError()])
def test_a_comparison_that_breaks_off_goes_on_within_the_hour(
    connection, there, monkeypatch, trouble
) -> None:
    """The helpdesk fails, or the worker dies, in the second of three chunks."""
    monkeypatch.setattr(reconciliation, "_CHUNK", 10)
    there.gone = {"t4", "t29"}
    there.present_fails = {2: trouble}
    with suppress(MemoryError):
        compare(connection)
    assert count(connection) == 30
    assert not compare(connection)
    assert there.asked.count("present") == 2, "it was asked again at once"
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        compare(connection)
    assert there.asked.count("present") == 4, "what was asked for was asked again"
    assert count(connection) == 28


def test_a_paused_connection_is_not_compared(connection, there) -> None:
    connections.pause(connection=connection, actor=None)
    asked = len(there.asked)
    compare(connection)
    assert len(there.asked) == asked


def test_it_is_queued_when_a_week_is_over(connection, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as queued:
        look_after_connections()
    assert queued == []
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(backfilled_at=clock.now() - timedelta(days=8))
    with django_capture_on_commit_callbacks() as queued:
        look_after_connections()
    assert len(queued) == 1


@pytest.mark.parametrize(
    ("instruction", "confirmed", "verdict"),
    [
        ("never", True, SourceErasure.NOT_INSTRUCTED),
        ("ask", False, SourceErasure.NEEDS_CONFIRMATION),
        ("ask", True, SourceErasure.DONE),
        ("always", False, SourceErasure.DONE),
    ],
)
def test_the_source_is_touched_on_instruction_only(
    connection, there, member, instruction, confirmed, verdict
) -> None:
    admin = member(Role.ADMIN) if confirmed else None
    connections.instruct(connection=connection, instruction=instruction, actor=None)
    outcome = erase_at_source(
        connection=again(connection), ticket_ids=["t1"], user_ids=["c1"], confirmed_by=admin
    )
    assert outcome is verdict
    assert there.erased == (["t1", "c1"] if verdict is SourceErasure.DONE else [])
    with tenant_scope(connection.organisation_id):
        events = AuditEvent.objects.filter(action="integrations.connection.erased_at_source")
        assert events.count() == (verdict is SourceErasure.DONE)


def test_a_disconnected_source_is_left_to_people(connection, there) -> None:
    connections.disconnect(connection=connection, actor=None)
    outcome = erase_at_source(connection=again(connection), ticket_ids=["t1"])
    assert outcome is SourceErasure.IMPOSSIBLE
    assert there.erased == []

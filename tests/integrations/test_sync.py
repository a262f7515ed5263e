"""The sync engine: what arrives, what a crash costs, who may go on, and what failures become."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from integrations import connections, intake, sync
from integrations.base import PermanentError, Problem, TemporaryError, Tokens
from integrations.credentials import open_settings
from integrations.models import Connection, SetAsideRecord, SyncRun
from integrations.sync import claim, queue_due, sync_connection
from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from tests import factories
from tests.integrations.fakes import FakeHelpdesk, again, connected, install, rejecting
from tickets.contracts import Status
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db

NOW = factories.MONDAY + timedelta(days=1)
State = Connection.State


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def there(monkeypatch) -> FakeHelpdesk:
    records = [
        factories.ticket_record(
            number,
            created_at=factories.MONDAY + timedelta(minutes=number),
            updated_at=factories.MONDAY + timedelta(minutes=number),
            solved_at=None,
            csat=(),
            events=(),
            status=Status.OPEN,
        )
        for number in range(1, 6)
    ]
    return install(monkeypatch, FakeHelpdesk(records=records))


@pytest.fixture
def connection(organisation: Organisation, there: FakeHelpdesk) -> Connection:
    return connected(organisation)


def run(connection: Connection) -> Connection:
    sync_connection(organisation_id=connection.organisation_id, connection_id=connection.pk)
    return again(connection)


def arrived(connection: Connection) -> list[str]:
    with tenant_scope(connection.organisation_id):
        found = Ticket.objects.filter(source=connection.source)
        return sorted(found.values_list("external_id", flat=True))


def runs(connection: Connection) -> list[SyncRun]:
    with tenant_scope(connection.organisation_id):
        return list(SyncRun.objects.order_by("pk"))


def test_a_backfill_brings_every_ticket_and_goes_live(connection, there) -> None:
    after = run(connection)
    assert arrived(after) == ["t1", "t2", "t3", "t4", "t5"]
    assert (after.state, after.cursor) == (State.LIVE, "5")
    assert after.reached_at == there.records[-1].updated_at
    assert after.synced_at == after.backfilled_at == NOW
    [backfill] = runs(connection)
    assert (backfill.kind, backfill.pages, backfill.tickets_created) == ("backfill", 3, 5)
    assert backfill.unknown_fields == {"shoe_size": 5}
    assert backfill.finished_at == NOW


def test_a_poll_brings_what_is_new_and_leaves_no_run_without_news(connection, there) -> None:
    run(connection)
    there.records.append(factories.ticket_record(6))
    assert run(connection).cursor == "6"
    run(connection)
    assert [each.kind for each in runs(connection)] == ["backfill", "poll"]
    assert "t6" in arrived(connection)


def test_a_deletion_at_the_source_is_one_here(connection, there) -> None:
    run(connection)
    there.records.append(factories.ticket_record(2, status=Status.DELETED, messages=()))
    run(connection)
    assert arrived(connection) == ["t1", "t3", "t4", "t5"]
    assert runs(connection)[-1].tickets_erased == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_inside_a_page_loses_and_doubles_nothing(
    connection, there, clock, monkeypatch, moment
) -> None:
    """Killed before the page's rows are written, or when they are and the cursor is not."""
    whole = intake.take_in
    calls = []

    def killed(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            if moment == "after":
                whole(*args)
            raise KeyboardInterrupt
        return whole(*args)

    monkeypatch.setattr(sync, "take_in", killed)
    with pytest.raises(KeyboardInterrupt):
        run(connection)
    assert arrived(connection) == ["t1", "t2"]
    assert again(connection).cursor == "2"
    run(connection)
    assert arrived(connection) == ["t1", "t2", "t3", "t4", "t5"]
    with tenant_scope(connection.organisation_id):
        assert Message.objects.count() == 10
    assert [each.problem for each in runs(connection)] == ["stopped", ""]


def test_a_claim_runs_out_when_its_worker_is_gone(connection, clock) -> None:
    key = {"organisation_id": connection.organisation_id, "connection_id": connection.pk}
    assert claim(**key) is not None
    assert claim(**key) is None
    clock.shift(sync.LEASE + timedelta(seconds=1))
    assert claim(**key) is not None


def test_a_slow_worker_keeps_its_claim_by_asking(connection, there, clock) -> None:
    there.page_size = 1

    def slow(_cursor: str) -> None:
        clock.shift(sync.LEASE * 0.9)
        key = {"organisation_id": connection.organisation_id, "connection_id": connection.pk}
        assert claim(**key) is None

    there.before_page = slow
    assert run(connection).state == State.LIVE


def test_a_worker_that_was_given_up_on_stores_nothing_more(connection, there, clock) -> None:
    def slow(cursor: str) -> None:
        if cursor == "2":
            there.before_page = lambda _cursor: None
            clock.shift(sync.LEASE + timedelta(seconds=1))
            run(connection)  # somebody else takes over and finishes

    there.before_page = slow
    after = run(connection)
    assert (after.state, after.cursor) == (State.LIVE, "5")
    assert [each.tickets_created for each in runs(connection)] == [2, 3]


@pytest.mark.parametrize(
    "end", [connections.disconnect, connections.pause], ids=["disconnect", "pause"]
)
def test_no_request_follows_the_end_of_a_connection(
    connection, there, end: Callable[..., None]
) -> None:
    def ended(cursor: str) -> None:
        if cursor == "2":
            end(connection=connection, actor=None)

    there.before_page = ended
    after = run(connection)
    assert there.asked == ["0", "2"]
    assert arrived(connection) == ["t1", "t2"]
    assert not after.is_wanted
    run(connection)
    assert there.asked == ["0", "2"]


def test_disconnecting_leaves_no_token(connection) -> None:
    connections.disconnect(connection=connection, actor=None)
    after = again(connection)
    assert after.credentials is None
    assert after.hook_secret is None
    connections.disconnect(connection=connection, actor=None)


def test_a_paused_connection_goes_on_where_it_was(connection, there) -> None:
    def paused(cursor: str) -> None:
        if cursor == "2":
            connections.pause(connection=connection, actor=None)

    there.before_page = paused
    run(connection)
    there.before_page = lambda _cursor: None
    connections.resume(connection=connection, actor=None)
    assert again(connection).state == State.BACKFILLING
    run(connection)
    assert there.asked == ["0", "2", "2", "4"]


def test_running_again_reads_from_the_date(connection, there) -> None:
    run(connection)
    connections.run_again(connection=connection, since=there.records[3].updated_at, actor=None)
    assert again(connection).state == State.BACKFILLING
    run(connection)
    assert there.asked[-1] == "3"
    assert runs(connection)[-1].tickets_unchanged == 2


def test_a_record_that_cannot_be_mapped_is_set_aside_and_forgotten_when_it_can(
    connection, there
) -> None:
    there.faulty = {"t2": "status: unknown"}
    run(connection)
    assert arrived(connection) == ["t1", "t3", "t4", "t5"]
    with tenant_scope(connection.organisation_id):
        aside = SetAsideRecord.objects.get()
    assert (aside.external_id, aside.reason, aside.attempts) == ("t2", "status: unknown", 1)
    connections.run_again(connection=connection, since=connection.since, actor=None)
    run(connection)
    with tenant_scope(connection.organisation_id):
        assert SetAsideRecord.objects.get().attempts == 2
    there.faulty = {}
    connections.run_again(connection=connection, since=connection.since, actor=None)
    run(connection)
    with tenant_scope(connection.organisation_id):
        assert not SetAsideRecord.objects.exists()
    assert "t2" in arrived(connection)


def test_a_record_that_cannot_be_stored_does_not_hold_up_its_page(connection, there) -> None:
    there.page_size = 5
    there.records[2] = factories.ticket_record(3, subject="zero\x00byte", id="t\x003")
    run(connection)
    assert arrived(connection) == ["t1", "t2", "t4", "t5"]
    with tenant_scope(connection.organisation_id):
        aside = SetAsideRecord.objects.get()
    assert aside.reason.startswith("cannot be stored:")
    assert "zero" not in aside.reason


def fails(error: Exception) -> Callable[[str], None]:
    def fail(_cursor: str) -> None:
        raise error

    return fail


def test_an_outage_is_waited_out_and_forgotten(connection, there, clock) -> None:
    there.before_page = fails(TemporaryError(Problem.UNREACHABLE))
    waits = []
    for _attempt in range(8):
        after = run(connection)
        waits.append((after.due_at - datetime.now(after.due_at.tzinfo)).total_seconds())
        clock.move_to(after.due_at)
    assert (after.state, after.problem) == (State.BACKFILLING, "unreachable")
    assert after.problem_since == NOW
    assert 15 <= waits[0] <= 30
    assert max(waits) <= 15 * 60
    there.before_page = lambda _cursor: None
    after = run(connection)
    assert (after.state, after.problem, after.failures) == (State.LIVE, "", 0)


def test_a_helpdesk_that_names_a_time_is_asked_at_that_time(connection, there) -> None:
    later = NOW + timedelta(minutes=7)
    there.before_page = fails(TemporaryError(Problem.RATE_LIMITED, retry_at=later))
    assert run(connection).due_at == later


def test_a_token_that_never_worked_was_wrong_and_one_that_did_was_revoked(
    connection, there
) -> None:
    there.tokens = []
    after = run(connection)
    assert (after.state, after.problem) == (State.NEEDS_AUTHORISATION, "wrong_credentials")
    there.tokens = ["better"]
    connections.authorise(connection=connection, settings={"token": "better"}, actor=None)
    assert run(connection).state == State.LIVE
    there.tokens = []
    after = run(connection)
    assert (after.state, after.problem) == (State.NEEDS_AUTHORISATION, "revoked")
    asked = len(there.asked)
    run(connection)
    assert len(there.asked) == asked


def test_a_token_is_renewed_once_and_stored_before_it_is_used(connection, there) -> None:
    there.tokens = ["second"]
    there.renewals = [Tokens({"token": "second"}, NOW + timedelta(hours=1))]

    def stored(_cursor: str) -> None:
        fresh = again(connection)
        assert open_settings(fresh)["token"] == "second"
        assert fresh.token_expires_at == NOW + timedelta(hours=1)

    there.before_page = stored
    assert run(connection).state == State.LIVE
    there.tokens = []
    there.renewals = [Tokens({"token": "third"}), Tokens({"token": "fourth"})]
    assert run(connection).state == State.NEEDS_AUTHORISATION
    assert len(there.renewals) == 1


def test_a_token_about_to_end_is_renewed_beforehand(connection, there, clock) -> None:
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(token_expires_at=NOW + timedelta(seconds=30))
    there.tokens = ["second"]
    there.renewals = [Tokens({"token": "second"}, NOW + timedelta(hours=1))]
    run(connection)
    assert there.asked[0] == "0"
    assert there.renewals == []


def test_a_rejected_cursor_starts_again_a_little_earlier(connection, there) -> None:
    run(connection)
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(cursor="99")
    reached = again(connection).reached_at

    def reject(cursor: str) -> None:
        if cursor == "99":
            raise PermanentError(Problem.CURSOR_REJECTED)

    there.before_page = reject
    after = run(connection)
    assert (after.state, after.cursor, after.problem) == (State.LIVE, "5", "")
    assert there.asked[-3:] == ["99", "0", "2"] or there.asked[-4:-2] == ["99", "0"]
    assert after.reached_at == reached


def test_a_helpdesk_that_rejects_every_cursor_is_left_alone_for_a_while(connection, there) -> None:
    there.before_page = rejecting(Problem.CURSOR_REJECTED)
    after = run(connection)
    assert (after.state, after.problem) == (State.BACKFILLING, "cursor_rejected")
    assert len(there.asked) == 2
    assert after.due_at == NOW + timedelta(hours=1)


def test_a_cursor_that_stands_still_ends_the_run(connection, there) -> None:
    there.page_size = 0
    after = run(connection)
    assert after.problem == "malformed"
    assert there.asked == ["0"]


def test_runs_that_break_off_again_and_again_are_shown(connection, there, clock) -> None:
    there.before_page = fails(RuntimeError("a mistake of ours"))
    for _attempt in range(6):
        with pytest.raises(RuntimeError):
            run(connection)
        clock.shift(timedelta(minutes=15))
    assert again(connection).problem == "stopped"


def test_a_helpdesk_that_is_no_longer_spoken_to_is_said(connection, there, monkeypatch) -> None:
    monkeypatch.setattr(sync.registry, "all_helpdesks", dict)
    assert run(connection).problem == "unsupported"


def test_only_what_is_due_and_free_is_queued_and_once(
    connection, other_organisation, there, clock, django_capture_on_commit_callbacks
) -> None:
    connected(other_organisation)
    with django_capture_on_commit_callbacks() as queued:
        assert queue_due() == 2
        assert queue_due() == 0
    assert len(queued) == 2
    clock.shift(timedelta(minutes=6))
    claim(organisation_id=connection.organisation_id, connection_id=connection.pk)
    connections.pause(connection=connection, actor=None)
    with django_capture_on_commit_callbacks():
        assert queue_due() == 1

"""Customers whom the helpdesk deletes are erased here, also when no ticket of theirs changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from integrations import connections
from integrations.connections import Terms, connect, start
from integrations.helpdesks.sandbox.server import Sandbox
from integrations.models import Connection, SyncRun
from integrations.people import read_deleted_people
from integrations.reconciliation import reconcile
from integrations.sync import sync_connection
from integrations.tasks import look_after_connections
from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from scoring.metrics.models import AgentDay
from tests.integrations.fakes import again
from tests.integrations.sandboxed import NOW, settings_for
from tickets.conversations import read_conversation
from tickets.models import Customer, Message, Ticket, TicketSearch
from tickets.services import customers_after, erase_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(tickets=40, now=NOW) as running:
        yield running


@pytest.fixture
def connection(organisation: Organisation, sandbox: Sandbox) -> Connection:
    return synced(organisation, sandbox)


def synced(organisation: Organisation, sandbox: Sandbox) -> Connection:
    made = connect(
        organisation=organisation,
        kind="sandbox",
        name="Sandbox",
        settings=settings_for(sandbox),
        since=NOW.replace(year=2020),
        terms=Terms(country="NL", allows_private_address=True),
        actor=None,
    )
    start(connection=made)
    sync_connection(organisation_id=organisation.pk, connection_id=made.pk)
    return again(made)


def read(connection: Connection) -> None:
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(people_read_at=None)
    read_deleted_people(organisation_id=connection.organisation_id, connection_id=connection.pk)


def people(connection: Connection) -> list[str]:
    with tenant_scope(connection.organisation_id):
        _, ids = customers_after(connection.organisation_id, connection.source, 0, 1_000)
        return ids


def ticket_of(sandbox: Sandbox, user_id: str) -> str:
    """A ticket whose requester it is, by the sandbox's number."""
    found = (one for one, entry in sandbox.store.entries.items() if entry.people[0] == int(user_id))
    return str(next(found))


def is_erased(connection: Connection, external_id: str) -> bool:
    with tenant_scope(connection.organisation_id):
        ticket = Ticket.objects.get(external_id=external_id)
        return read_conversation(connection.organisation_id, ticket, revealed=True).is_erased


def solved(connection: Connection) -> int:
    with tenant_scope(connection.organisation_id):
        return sum(AgentDay.objects.values_list("solved", flat=True))


@pytest.mark.parametrize("for_good", [False, True])
def test_a_deleted_customer_is_erased_without_a_change_of_their_tickets(
    connection, sandbox, for_good
) -> None:
    read(connection)
    everybody, figures = people(connection), solved(connection)
    gone, stays = everybody[0], everybody[1]
    sandbox.control.change_user({"user_id": gone, "for_good": for_good}, change="delete")
    read(connection)
    assert people(connection) == everybody[1:]
    assert is_erased(connection, ticket_of(sandbox, gone))
    assert not is_erased(connection, ticket_of(sandbox, stays))
    assert solved(connection) == figures > 0
    with tenant_scope(connection.organisation_id):
        erased = Customer.objects.get(subject__state="erased")
        assert (erased.email_index, erased.phone_index) == (None, None)
        assert not TicketSearch.objects.filter(ticket__requester=erased).exists()
        assert SyncRun.objects.get(people_erased=1).kind == SyncRun.Kind.PEOPLE


def test_who_was_erased_does_not_come_back(connection, sandbox) -> None:
    gone = people(connection)[0]
    sandbox.control.change_user({"user_id": gone}, change="delete")
    read(connection)
    ticket = ticket_of(sandbox, gone)
    sandbox.control.reply({"ticket_id": ticket, "author": "customer", "text": "It is me again"})
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(due_at=None)
    sync_connection(organisation_id=connection.organisation_id, connection_id=connection.pk)
    assert is_erased(connection, ticket)
    assert gone not in people(connection)


def test_a_suspended_customer_stays(connection, sandbox) -> None:
    everybody = people(connection)
    sandbox.control.change_user({"user_id": everybody[0]}, change="suspend")
    read(connection)
    assert people(connection) == everybody


def test_tickets_of_joined_people_live_on_with_the_one_who_stays(connection, sandbox) -> None:
    loser, winner = people(connection)[:2]
    ticket = ticket_of(sandbox, loser)
    sandbox.control.merge_users({"source": loser, "target": winner})
    read(connection)
    assert not is_erased(connection, ticket)
    assert loser not in people(connection)
    assert winner in people(connection)


def test_the_feed_goes_on_from_where_it_was_left(connection, sandbox) -> None:
    sandbox.control.change_user({"user_id": people(connection)[0]}, change="delete")
    read(connection)
    cursor = again(connection).people_cursor
    assert cursor
    read(connection)
    assert again(connection).people_cursor == cursor
    with tenant_scope(connection.organisation_id):
        assert SyncRun.objects.filter(people_erased__gt=0).count() == 1


def test_a_refused_cursor_starts_the_feed_anew(connection, sandbox) -> None:
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(people_cursor="after:not-one-of-theirs")
    sandbox.control.change_user({"user_id": people(connection)[0]}, change="delete")
    read(connection)
    assert again(connection).people_cursor == ""
    read(connection)
    assert again(connection).people_cursor != ""
    assert len(people(connection)) == len(set(people(connection)))


def test_an_hour_is_read_once_and_only_while_live(connection, sandbox) -> None:
    key = {"organisation_id": connection.organisation_id, "connection_id": connection.pk}
    read_deleted_people(**key)
    before = dict(sandbox.control.calls)
    read_deleted_people(**key)
    connections.pause(connection=connection, actor=None)
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(people_read_at=None)
    read_deleted_people(**key)
    assert sandbox.control.calls == before


def test_it_is_queued_every_hour(connection, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as queued:
        look_after_connections()
    assert len(queued) == 1
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(people_read_at=clock.now() - timedelta(minutes=59))
    with django_capture_on_commit_callbacks() as queued:
        look_after_connections()
    assert queued == []


def compare(connection: Connection) -> Connection:
    reconcile(organisation_id=connection.organisation_id, connection_id=connection.pk)
    return again(connection)


def test_the_weekly_comparison_finds_people_who_vanished_silently(connection, sandbox) -> None:
    everybody = people(connection)
    del sandbox.store.users[int(everybody[0])]
    assert compare(connection).problem == ""
    assert people(connection) == everybody[1:]


def test_who_was_deleted_before_we_came_is_left_as_they_are(organisation, sandbox) -> None:
    """Nothing but an id of them is here; they are no news to the weekly comparison either."""
    gone = [str(number) for number in sandbox.store.users if number >= 100_000]
    for each in gone:
        sandbox.control.change_user({"user_id": each}, change="delete")
    made = synced(organisation, sandbox)
    assert compare(made).problem == ""
    ticket = next(iter(sandbox.store.entries))
    assert not is_erased(made, str(ticket))
    assert people(made) == []


def test_too_many_missing_people_are_doubted(connection, sandbox) -> None:
    everybody = people(connection)
    assert len(everybody) > 20
    for each in everybody:
        del sandbox.store.users[int(each)]
    assert compare(connection).problem == "many_missing"
    assert people(connection) == everybody


def test_erasing_again_changes_nothing(connection, organisation) -> None:
    gone = people(connection)[:1]
    key = {"organisation_id": organisation.pk, "source": connection.source}
    assert erase_people(**key, external_ids=gone) == 1
    assert erase_people(**key, external_ids=gone) == 0
    assert erase_people(**key, external_ids=["nobody"]) == 0
    with tenant_scope(organisation.pk):
        assert Message.objects.exists()

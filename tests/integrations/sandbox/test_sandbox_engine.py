"""The whole way: sandbox, egress, connector, engine, database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from integrations.connections import Terms, check, connect, start
from integrations.helpdesks.sandbox.server import Sandbox
from integrations.helpdesks.sandbox.tokens import TOKEN
from integrations.models import Connection
from integrations.sync import sync_connection
from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from tests.integrations.fakes import again
from tests.integrations.sandbox.client import LoopbackHttp
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db

TICKETS = 30


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(tickets=TICKETS) as running:
        yield running


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[LoopbackHttp]:
    gate = LoopbackHttp(sandbox.url)
    yield gate
    gate.close()


@pytest.fixture
def connection(organisation: Organisation, sandbox: Sandbox) -> Connection:
    made = connect(
        organisation=organisation,
        kind="sandbox",
        name="",
        settings={"address": sandbox.url, "access_token": TOKEN, "page_size": "20"},
        since=datetime.now(UTC) - timedelta(days=400),
        terms=Terms(country="NL", allows_private_address=True),
        actor=None,
    )
    start(connection=made)
    return again(made)


def run(connection: Connection) -> Connection:
    sync_connection(organisation_id=connection.organisation_id, connection_id=connection.pk)
    return again(connection)


def arrived(connection: Connection) -> set[str]:
    with tenant_scope(connection.organisation_id):
        found = Ticket.objects.filter(source=connection.source)
        return set(found.values_list("external_id", flat=True))


def test_a_backfill_brings_everything_and_a_poll_what_changed(connection, sandbox, http) -> None:
    assert check(connection).role == "admin"
    after = run(connection)
    assert after.state == Connection.State.LIVE
    assert arrived(connection) == {str(one) for one in sandbox.store.live_ids()}
    with tenant_scope(connection.organisation_id):
        said = sum(len(sandbox.store.record(one).messages) for one in sandbox.store.live_ids())
        assert Message.objects.count() == said
    (new_id,) = http.control("create")["ids"]
    gone_id = sandbox.store.live_ids()[0]
    http.control("delete", ticket_id=gone_id)
    run(connection)
    assert str(new_id) in arrived(connection)
    assert str(gone_id) not in arrived(connection)


def test_a_revoked_token_asks_for_somebody(connection, http) -> None:
    http.control("revoke")
    assert run(connection).state == Connection.State.NEEDS_AUTHORISATION


def test_an_outage_leaves_the_cursor_where_it_was(connection, http) -> None:
    first = run(connection)
    http.control("create")
    http.control("fail", kind="429", times=9, retry_after=3_600)
    later = run(connection)
    assert later.cursor == first.cursor
    assert later.problem == "rate_limited"

"""The engine over HTTP, with processes that are killed and workers that race."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.db import connections as databases

from integrations import connections
from integrations.base import Tokens
from integrations.connections import Terms, connect, start
from integrations.credentials import open_settings, renew_tokens
from integrations.models import Connection
from integrations.sync import _Session, claim, sync_connection
from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.api import Limits
from tests import factories
from tests.integrations.fakes import FakeHelpdesk, again, connected, install
from tests.integrations.sandboxed import NOW, Nursery, sandbox, settings_for
from tickets.models import Message, Ticket, TicketEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


def begin(organisation: Organisation, running: Any) -> Connection:
    made = connect(
        organisation=organisation,
        kind="sandbox",
        name="Sandbox",
        settings=settings_for(running),
        since=NOW.replace(year=2020),
        terms=Terms(country="NL", allows_private_address=True),
        actor=None,
    )
    start(connection=made)
    return again(made)


def run(connection: Connection) -> Connection:
    sync_connection(organisation_id=connection.organisation_id, connection_id=connection.pk)
    return again(connection)


def contents(connection: Connection) -> list[tuple[Any, ...]]:
    with tenant_scope(connection.organisation_id):
        tickets = Ticket.objects.filter(source=connection.source)
        columns = ("external_id", "status", "channel", "updated_at", "solved_at", "pk")
        rows = list(tickets.values_list(*columns))
        said = Counter(Message.objects.values_list("ticket_id", flat=True))
        changes = Counter(TicketEvent.objects.values_list("ticket_id", flat=True))
        return sorted((*row[:-1], said[row[-1]], changes[row[-1]]) for row in rows)


@pytest.fixture
def queued(monkeypatch) -> list[Any]:
    """Nothing runs by itself: the tests call the engine when they want it."""
    from integrations import tasks

    held: list[Any] = []
    monkeypatch.setattr(tasks.sync_connection, "delay_on_commit", lambda **key: held.append(key))
    return held


def test_workers_killed_at_random_leave_what_an_unharmed_one_leaves(
    organisation, other_organisation, queued
) -> None:
    chance = Random(20)  # noqa: S311 - the same points each time
    reached, goal, seen = threading.Event(), [0], [0]

    def count(number: int) -> None:
        seen[0] = number
        if goal[0] and number >= goal[0]:
            reached.set()

    with sandbox(120, count) as running, Nursery() as nursery:
        unharmed = begin(other_organisation, running)
        assert run(unharmed).state == Connection.State.LIVE
        made = begin(organisation, running)
        for _kill in range(3):
            reached.clear()
            goal[0] = seen[0] + chance.randint(5, 40)
            nursery.begin(made)
            assert reached.wait(60), f"the worker never made {goal[0] - seen[0]} requests more"
            nursery.kill()
            goal[0] = 0
            assert again(made).state == Connection.State.BACKFILLING
            with tenant_scope(organisation.pk):
                Connection.objects.update(claimed_until=NOW)
        assert run(made).state == Connection.State.LIVE
        whole = contents(unharmed)
        assert len(whole) > 100
        assert contents(made) == whole


def test_disconnecting_stops_a_worker_in_the_middle_of_a_page(
    organisation, queued, monkeypatch
) -> None:
    """What is on the wire already is answered; nothing is sent afterwards."""
    asked: list[int] = []
    made: list[Connection] = []
    ended, allowed_late = threading.Event(), []
    whole = _Session.require_claim

    def require_claim(session: _Session) -> None:
        late = ended.is_set()
        whole(session)
        allowed_late.append(late)

    monkeypatch.setattr(_Session, "require_claim", require_claim)

    def on_request(number: int) -> None:
        asked.append(number)
        if number == 15:
            connections.disconnect(connection=made[0], actor=None)
            ended.set()
            databases.close_all()

    with sandbox(60, on_request) as running:
        made.append(begin(organisation, running))
        after = run(made[0])
    assert not any(allowed_late)
    assert 15 <= len(asked) <= 15 + Limits().parallel
    assert after.state == Connection.State.DISCONNECTED
    assert after.credentials is None
    assert after.cursor == ""


def test_of_two_workers_one_gets_the_connection(organisation, monkeypatch, queued) -> None:
    install(monkeypatch, FakeHelpdesk(records=[factories.ticket_record(1)]))
    made = connected(organisation)
    won = raced(lambda: claim(organisation_id=organisation.pk, connection_id=made.pk))
    assert len([each for each in won if each is not None]) == 1


def test_of_two_workers_one_renews_the_token_and_both_have_it(
    organisation, monkeypatch, queued
) -> None:
    """A vendor ends the old pair at the first exchange: a second would lock everybody out."""
    there = install(monkeypatch, FakeHelpdesk())
    there.renewals = [Tokens({"token": "second"}), Tokens({"token": "third"})]
    made = connected(organisation)
    fresh = raced(lambda: renew_tokens(made, permit=lambda: None))
    assert len(there.renewals) == 1
    with tenant_scope(organisation.pk):
        assert [open_settings(each)["token"] for each in fresh] == ["second"] * 4


def raced(act: Callable[[], Any]) -> list[Any]:
    """What four threads get that act at the same moment, each on its own database connection."""
    barrier, got = threading.Barrier(4), []

    def race() -> None:
        barrier.wait(10)
        try:
            got.append(act())
        finally:
            databases.close_all()

    racers = [threading.Thread(target=race) for _each in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(20)
    assert len(got) == 4
    return got

"""A backfill whose worker is killed again and again ends with exactly what the helpdesk has."""

from __future__ import annotations

import threading
from random import Random
from typing import Any

import pytest

from bench.sameness import differences, told
from integrations.connections import Terms, connect, start
from integrations.models import Connection, SyncRun
from integrations.sync import sync_connection
from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from tests.integrations.fakes import again
from tests.integrations.sandboxed import NOW, Nursery, sandbox, settings_for
from tickets.models import Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

KILLS = 10
SEED = 20_261_122


@pytest.fixture
def unqueued(monkeypatch) -> None:
    """Nothing runs by itself."""
    from integrations import tasks

    monkeypatch.setattr(tasks.sync_connection, "delay_on_commit", lambda **_key: None)


def begin(organisation: Organisation, running: Any) -> Connection:
    Organisation.objects.filter(pk=organisation.pk).update(kept_fields=["Language"])
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


class Fuse:
    """Burns while the helpdesk answers requests, and some moments longer."""

    def __init__(self) -> None:
        self.left, self.burnt = 0, threading.Event()

    def light(self, requests: int) -> None:
        self.left = requests
        self.burnt.clear()

    def on_request(self, _number: int) -> None:
        self.left -= 1
        if self.left == 0:
            self.burnt.set()

    def wait(self, seconds: float) -> None:
        assert self.burnt.wait(60), "the worker made no requests"
        threading.Event().wait(seconds)  # by then it may be storing the page


def test_ten_kills_leave_every_field_as_it_is_at_the_helpdesk(organisation, unqueued) -> None:
    chance, fuse = Random(SEED), Fuse()  # noqa: S311 - the same points each time
    print(f"seed {SEED}")  # noqa: T201 - shown when the test fails
    with sandbox(400, fuse.on_request) as running, Nursery() as nursery:
        made = begin(organisation, running)
        for _kill in range(KILLS):
            fuse.light(chance.randint(5, 30))
            nursery.begin(made)
            fuse.wait(chance.uniform(0, 0.04))
            nursery.kill()
            assert again(made).state == Connection.State.BACKFILLING
            with tenant_scope(organisation.pk):
                Connection.objects.update(claimed_until=NOW)  # as if minutes had passed
        with tenant_scope(organisation.pk):
            assert 0 < Ticket.objects.count() < 390
        sync_connection(organisation_id=organisation.pk, connection_id=made.pk)
        assert again(made).state == Connection.State.LIVE
        assert differences(running.store, made) == []
        with tenant_scope(organisation.pk):
            assert Ticket.objects.count() == len(running.store.live_ids()) > 390
            assert SyncRun.objects.filter(problem="stopped").count() >= 1


def test_the_comparison_sees_a_single_changed_letter(organisation, unqueued) -> None:
    """It would be worth nothing if it could not fail."""
    with sandbox(30) as running:
        made = begin(organisation, running)
        sync_connection(organisation_id=organisation.pk, connection_id=made.pk)
        assert differences(running.store, made) == []
        first = int(next(name for name in told(running.store) if "ticket" in name).split()[1])
        whole = running.store.record(first)
        letter = whole.messages[0].text[:1]
        comment = first * 10_000 + 5_000
        running.store.redact(first, comment, letter)
        [found] = differences(running.store, made)
        assert found.startswith(f"ticket {first} messages")

"""Calls from helpdesks: who is believed, what they cause, and what a repeated one does."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations import connections
from integrations.base import Problem, TemporaryError
from integrations.models import Connection, HookDelivery, SyncRun
from integrations.selectors import health_of
from integrations.sync import sync_connection
from integrations.webhooks import read_delivery, tidy_deliveries
from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from tests import factories
from tests.integrations.fakes import FakeHelpdesk, connected, install
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

SECRET = "wh-secret"


@pytest.fixture(autouse=True)
def there(monkeypatch) -> FakeHelpdesk:
    records = [factories.ticket_record(number) for number in (1, 2, 3)]
    return install(monkeypatch, FakeHelpdesk(records=records))


@pytest.fixture
def connection(organisation: Organisation) -> Connection:
    made = connected(organisation)
    connections.set_hook_secret(connection=made, secret=SECRET)
    return made


def call(
    connection_id: Any, body: str = "t1", *, secret: str = SECRET, delivery: str = "d1"
) -> int:
    answer = Client(enforce_csrf_checks=True).post(
        reverse("hook", args=[connection_id]),
        body,
        content_type="text/plain",
        headers={"X-Secret": secret, "X-Delivery": delivery},
    )
    return answer.status_code


def deliveries(connection: Connection) -> list[HookDelivery]:
    with tenant_scope(connection.organisation_id):
        return list(HookDelivery.objects.order_by("pk"))


def arrived(connection: Connection) -> list[str]:
    with tenant_scope(connection.organisation_id):
        return sorted(Ticket.objects.values_list("external_id", flat=True))


def test_a_verified_call_is_answered_before_anything_is_fetched(
    connection, there, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks() as queued:
        assert call(connection.public_id, "t1 t2") == 200
    assert there.asked == []
    assert len(queued) == 1
    queued[0]()
    assert arrived(connection) == ["t1", "t2"]
    assert deliveries(connection)[0].done_at is not None
    with tenant_scope(connection.organisation_id):
        assert SyncRun.objects.get().kind == "hook"


def test_a_replay_does_nothing(connection, there, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert call(connection.public_id) == 200
    asked = len(there.asked)
    with django_capture_on_commit_callbacks(execute=True):
        assert call(connection.public_id) == 200
    assert len(there.asked) == asked
    assert len(deliveries(connection)) == 1


def test_a_wrong_signature_is_refused_and_counted(connection, there) -> None:
    assert call(connection.public_id, secret="guess") == 401
    assert call(connection.public_id, secret="guess") == 401
    assert deliveries(connection) == []
    assert health_of(connection).rejected_hooks == 2


def test_without_a_secret_nobody_is_believed(connection) -> None:
    connections.set_hook_secret(connection=connection, secret="")
    assert call(connection.public_id, secret="") == 401


def test_unknown_and_ended_connections_do_not_answer(connection) -> None:
    assert call(uuid.uuid4()) == 404
    connections.disconnect(connection=connection, actor=None)
    assert call(connection.public_id) == 404


def test_a_body_that_is_too_large_is_not_read(connection) -> None:
    assert call(connection.public_id, "t" * (1024 * 1024 + 1)) == 413


def test_only_posts_are_calls(connection) -> None:
    assert Client().get(reverse("hook", args=[connection.public_id])).status_code == 405


def test_a_paused_connection_fetches_nothing(connection) -> None:
    connections.pause(connection=connection, actor=None)
    assert call(connection.public_id) == 200
    assert deliveries(connection) == []


def test_a_ticket_that_is_gone_is_erased_here(
    connection, there, django_capture_on_commit_callbacks
) -> None:
    sync_connection(organisation_id=connection.organisation_id, connection_id=connection.pk)
    there.gone = {"t2"}
    with django_capture_on_commit_callbacks(execute=True):
        call(connection.public_id, "t2")
    assert arrived(connection) == ["t1", "t3"]


def test_a_call_that_could_not_be_followed_is_followed_later(
    connection, there, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    def fail(_self: Any, _what: str) -> None:
        raise TemporaryError(Problem.UNREACHABLE)

    with monkeypatch.context() as outage:
        outage.setattr("tests.integrations.fakes.FakeAdapter._enter", fail)
        with django_capture_on_commit_callbacks(execute=True):
            assert call(connection.public_id) == 200
    [waiting] = deliveries(connection)
    assert waiting.done_at is None
    with tenant_scope(connection.organisation_id):
        HookDelivery.objects.update(received_at=clock.now() - timedelta(minutes=6))
        with django_capture_on_commit_callbacks() as queued:
            tidy_deliveries()
    assert len(queued) == 1
    read_delivery(organisation_id=connection.organisation_id, delivery_row_id=waiting.pk)
    assert arrived(connection) == ["t1"]

"""F04: the next sync or import brings an erased person back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.test import Client
from django.urls import reverse
from msgspec.structs import replace

from integrations import connections
from integrations.helpdesks.sandbox.adapter import make_adapter
from integrations.helpdesks.sandbox.server import Sandbox
from integrations.models import Connection, HookDelivery, ImportRun, SyncRun
from integrations.services import start_import
from integrations.sync import sync_connection
from integrations.tasks import run_import
from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests import factories
from tests.integrations.fakes import FakeHelpdesk, connected, install
from tests.integrations.sandbox.client import LoopbackHttp
from tests.privacy.rights import erasures
from tickets.contracts import TicketRecord
from tickets.models import Agent, Customer, Message, Ticket
from tickets.services import ingest_tickets

pytestmark = pytest.mark.django_db


def present(organisation: Organisation) -> tuple[int, int]:
    with tenant_scope(organisation.pk):
        return Customer.objects.count(), Ticket.objects.count()


@pytest.fixture
def erased(organisation: Organisation) -> list[TicketRecord]:
    """Two tickets of somebody who was erased since."""
    records = erasures.records(2)
    erasures.ingest(organisation, *records)
    erasures.erase(organisation, [erasures.customer(organisation).subject_id])
    assert present(organisation) == (0, 0)
    return records


def test_f04_the_same_file_again_brings_nobody_back(
    organisation: Organisation, erased: list[TicketRecord]
) -> None:
    later = [
        replace(record, updated_at=record.updated_at + timedelta(hours=1)) for record in erased
    ]
    for records in (erased, later):
        report = ingest_tickets(organisation_id=organisation.pk, source="file", records=records)
        assert report.suppressed == 2
        assert present(organisation) == (0, 0)


def test_f04_a_new_profile_with_the_same_address_brings_nobody_back(
    organisation: Organisation, erased: list[TicketRecord]
) -> None:
    moved = [
        replace(record, requester=replace(record.requester, id="another-number"))
        for record in erased
    ]
    erasures.ingest(organisation, *moved)
    erasures.ingest(organisation, *moved, source="another-helpdesk")
    assert present(organisation) == (0, 0)


def test_f04_what_the_person_writes_later_is_new(
    organisation: Organisation, erased: list[TicketRecord]
) -> None:
    after = clock.now() + timedelta(days=1)
    [new] = erasures.records(1, created_at=after)
    erasures.ingest(organisation, new, *erased)
    assert present(organisation) == (1, 1)


def test_f04_an_erased_agent_is_nobody_in_what_comes_again(organisation: Organisation) -> None:
    records = erasures.records(2)
    erasures.ingest(organisation, *records)
    erasures.erase(organisation, [erasures.agent(organisation).subject_id])

    changed = [replace(r, updated_at=r.updated_at + timedelta(hours=1)) for r in records]
    erasures.ingest(organisation, *changed, *erasures.records(1, customer=2))

    with tenant_scope(organisation.pk):
        assert not Agent.objects.exists()
        assert Message.objects.filter(author_type="agent").count() == 3


def test_f04_a_helpdesk_that_still_serves_the_person_brings_nobody_back(
    organisation: Organisation,
) -> None:
    with Sandbox(tickets=20, now=datetime(2026, 4, 1, 10, 0, tzinfo=UTC)) as running:
        gate = LoopbackHttp(running.url)
        adapter = make_adapter({"page_size": "25"}, gate)
        cursor = adapter.first_cursor(datetime(2025, 1, 1, tzinfo=UTC))
        first = adapter.page(cursor).records
        ingest_tickets(organisation_id=organisation.pk, source="sandbox", records=first)
        customer = erasures.customer_of(organisation, first[0], source="sandbox")
        before = present(organisation)
        erasures.erase(organisation, [customer.subject_id])
        after = present(organisation)
        assert after < before

        again = adapter.page(cursor).records
        gate.close()
    assert any(record.requester.id == first[0].requester.id for record in again)
    ingest_tickets(organisation_id=organisation.pk, source="sandbox", records=again)
    assert present(organisation) == after


def test_f04_others_with_the_erased_person_s_shared_address_stay(
    organisation: Organisation,
) -> None:
    [own], [other] = erasures.records(1), erasures.records(1, customer=2)
    other = replace(other, requester=replace(other.requester, email=own.requester.email))
    erasures.ingest(organisation, own, other)
    erasures.erase(organisation, [erasures.customer_of(organisation, own).subject_id])

    changed = replace(other, subject="More", updated_at=other.updated_at + timedelta(hours=1))
    report = ingest_tickets(organisation_id=organisation.pk, source="file", records=[changed])

    assert (report.tickets.updated, report.suppressed) == (1, 0)


@pytest.fixture
def synced(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """A connection whose helpdesk has one ticket, of somebody who was erased since."""
    there = FakeHelpdesk(records=[factories.ticket_record(1)])
    install(monkeypatch, there)
    made = connected(organisation)
    connections.set_hook_secret(connection=made, secret="wh-secret")
    sync_connection(organisation_id=organisation.pk, connection_id=made.pk)
    assert present(organisation) == (1, 1)
    erasures.erase(organisation, [erasures.customer(organisation).subject_id])
    assert present(organisation) == (0, 0)
    return made


def test_f04_reading_a_helpdesk_from_its_beginning_brings_nobody_back(
    organisation: Organisation, synced: Connection
) -> None:
    connections.run_again(connection=synced, since=synced.since, actor=None)
    sync_connection(organisation_id=organisation.pk, connection_id=synced.pk)
    with tenant_scope(organisation.pk):
        assert SyncRun.objects.count() == 2
    assert present(organisation) == (0, 0)


def test_f04_a_webhook_brings_nobody_back(
    organisation: Organisation,
    synced: Connection,
    client: Client,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(
            reverse("hook", args=[synced.public_id]),
            "t1",
            content_type="text/plain",
            headers={"X-Secret": "wh-secret", "X-Delivery": "d1"},
        )
    assert answer.status_code == 200
    with tenant_scope(organisation.pk):
        assert HookDelivery.objects.get().done_at is not None
    assert present(organisation) == (0, 0)


def test_f04_an_uploaded_file_brings_nobody_back(
    organisation: Organisation, synced: Connection, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    [record] = erasures.records(1)
    again = replace(record, requester=factories.ticket_record(1).requester)
    admin = factories.membership(organisation, Role.ADMIN)
    content = msgspec.json.encode(again)
    run = start_import(organisation=organisation, chunks=[content], actor=admin)
    run_import(organisation_id=organisation.pk, run_id=run.pk)
    with tenant_scope(organisation.pk):
        assert ImportRun.objects.get().state == "done"
    assert present(organisation) == (0, 0)

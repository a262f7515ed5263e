"""What is remembered of imports and connections goes after its period, and not before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integrations.models import Connection, HookDelivery, ImportFault, ImportRun, SyncRun
from integrations.pruning import prune
from integrations.tasks import prune_history
from kaizo.accounts.models import Organisation
from kaizo.celery import app
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from privacy.api import kept_for
from tests.integrations.fakes import FakeHelpdesk, connected, install

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(organisation: Organisation, monkeypatch) -> Connection:
    install(monkeypatch, FakeHelpdesk())
    return connected(organisation)


def age(rule: str, **more: int) -> dict[str, object]:
    """Just past the rule's period, or as much younger as `more` says."""
    return {"at": clock.now() - kept_for(rule) - timedelta(minutes=1) + timedelta(**more)}


def sync_run(connection: Connection, at, *, is_over: bool = True) -> None:
    SyncRun.objects.create(
        organisation_id=connection.organisation_id,
        connection=connection,
        kind=SyncRun.Kind.POLL,
        started_at=at - timedelta(hours=1),
        finished_at=at if is_over else None,
    )


def import_run(connection: Connection, at, *, is_over: bool = True) -> None:
    run = ImportRun.objects.create(
        organisation_id=connection.organisation_id,
        size=1,
        created_at=at - timedelta(hours=1),
        finished_at=at if is_over else None,
    )
    ImportFault.objects.create(
        organisation_id=connection.organisation_id, run=run, line_number=1, reason="subject: lacks"
    )


def delivery(connection: Connection, at, *, is_over: bool = True) -> None:
    HookDelivery.objects.create(
        organisation_id=connection.organisation_id,
        connection=connection,
        delivery_id=str(at),
        received_at=at if is_over else clock.now(),
    )


@pytest.mark.parametrize(
    ("make", "model", "rule"),
    [
        (sync_run, SyncRun, "connection_history"),
        (import_run, ImportRun, "import_report"),
        (delivery, HookDelivery, "webhook_delivery"),
    ],
)
def test_what_is_past_its_period_goes_and_the_rest_stays(connection, make, model, rule) -> None:
    with tenant_scope(connection.organisation_id):
        make(connection, **age(rule))
        make(connection, **age(rule, hours=1))
        make(connection, **age(rule, seconds=-1), is_over=False)
    assert prune(organisation_id=connection.organisation_id) == 1
    assert prune(organisation_id=connection.organisation_id) == 0
    with tenant_scope(connection.organisation_id):
        assert model.objects.count() == 2
        assert ImportFault.objects.count() == ImportRun.objects.count()


def test_another_organisation_prunes_its_own(connection, other_organisation) -> None:
    with tenant_scope(connection.organisation_id):
        sync_run(connection, **age("connection_history"))
    assert prune(organisation_id=other_organisation.pk) == 0
    assert prune(organisation_id=connection.organisation_id) == 1


def test_every_organisation_is_queued_by_the_clock(
    organisation, other_organisation, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks() as queued:
        prune_history()
    assert len(queued) == Organisation.objects.count() >= 2
    assert "integrations.tasks.prune_history" in {
        entry["task"] for entry in app.conf.beat_schedule.values()
    }

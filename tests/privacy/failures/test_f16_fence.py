"""F16: a worker that writes about somebody who is being erased."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, connections

from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from privacy import api
from privacy.models import SubjectState
from privacy.rights.models import Plan, RequestStatus
from privacy.rights.people import load_person, set_state
from tests.privacy.rights import erasures
from tickets.models import Ticket
from tickets.services import ingest_tickets


def close(organisation: Organisation, state: SubjectState) -> None:
    with tenant_scope(organisation.pk):
        subject_id = erasures.customer(organisation).subject_id
        set_state(load_person(organisation.pk, [subject_id]), state)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "created"),
    [
        (SubjectState.ACTIVE, 1),
        (SubjectState.ERASING, 0),
        (SubjectState.ERASED, 0),
    ],
)
def test_f16_nothing_is_written_about_somebody_who_is_being_erased(
    organisation: Organisation, state: SubjectState, created: int
) -> None:
    erasures.ingest(organisation, *erasures.records(1))
    close(organisation, state)
    [new] = erasures.records(1, created_at=clock.now() + timedelta(days=1))

    report = ingest_tickets(organisation_id=organisation.pk, source="file", records=[new])

    assert (report.tickets.created, report.suppressed) == (created, 1 - created)


@pytest.mark.django_db
def test_f16_writers_are_told_who_is_closed(organisation: Organisation) -> None:
    erasures.ingest(organisation, *erasures.records(1))
    subject_id = erasures.customer(organisation).subject_id
    with tenant_scope(organisation.pk):
        assert api.closed_subjects([subject_id]) == set()
    close(organisation, SubjectState.ERASING)
    with tenant_scope(organisation.pk):
        assert api.closed_subjects([subject_id]) == {subject_id}


def until_somebody_waits() -> None:
    """Until another session of this database waits for a lock of ours."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
            )
            if cursor.fetchone()[0]:
                return
    pytest.fail("the erasure does not wait for the page")


@pytest.fixture
def workers() -> Iterator[list[threading.Thread]]:
    started: list[threading.Thread] = []
    yield started
    for thread in started:
        thread.join(20)


@pytest.mark.django_db(transaction=True)
def test_f16_an_erasure_waits_for_a_page_that_is_being_written_and_finds_its_rows(
    organisation: Organisation, workers: list[threading.Thread], by_hand: None
) -> None:
    erasures.ingest(organisation, *erasures.records(1))
    subject_id = erasures.customer(organisation).subject_id
    approved = erasures.approve(
        organisation, erasures.plan(organisation, erasures.receive(organisation, subject_id))
    )

    def work() -> None:
        erasures.run(organisation, approved)
        connections.close_all()

    with tenant_scope(organisation.pk):  # the page's transaction, not committed yet
        erasures.ingest(organisation, *erasures.records(1))
        workers.append(threading.Thread(target=work))
        workers[0].start()
        until_somebody_waits()
    workers[0].join(20)

    with tenant_scope(organisation.pk):
        plan = Plan.objects.select_related("request").get(superseded_at__isnull=True)
    assert plan.request.status == RequestStatus.PLANNED
    assert erasures.steps(organisation, plan)["delete tickets.Ticket"][1] == 2
    newest = erasures.approve(organisation, plan)
    if newest.approved_at is None:  # the page's texts were read meanwhile
        newest = erasures.approve(organisation, newest)
    done = erasures.run(organisation, newest)
    assert done.request.status == RequestStatus.VERIFIED_DONE
    with tenant_scope(organisation.pk):
        assert not Ticket.objects.exists()

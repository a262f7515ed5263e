"""F15: a person with so much that the work breaks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.rights import erasing, executor
from privacy.rights.models import Plan, RequestStatus
from tests.privacy.rights import erasures
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
TICKETS = 60


@pytest.fixture
def approved(organisation: Organisation) -> Plan:
    erasures.ingest(organisation, *erasures.records(TICKETS))
    subject_id = erasures.customer(organisation).subject_id
    request = erasures.receive(organisation, subject_id)
    return erasures.approve(organisation, erasures.plan(organisation, request))


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(erasing, "CHUNK", 7)
    return 7


class Killed(BaseException):
    """What is left when a worker is."""


def test_f15_the_work_goes_on_where_it_was_killed(
    organisation: Organisation,
    approved: Plan,
    small_chunks: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = executor._PlanProgress.add
    chunks = []

    def die_at_the_third(progress: object, changes: erasing.Changes) -> None:
        plain(progress, changes)
        chunks.append(changes)
        if len(chunks) == 3:
            raise Killed

    monkeypatch.setattr(executor._PlanProgress, "add", die_at_the_third)
    with pytest.raises(Killed):
        erasures.run(organisation, approved)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == TICKETS - 2 * small_chunks  # the third was rolled back
    assert erasures.steps(organisation, approved)["delete tickets.Ticket"][2] == 2 * small_chunks

    monkeypatch.undo()
    done = erasures.run(organisation, approved)
    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert erasures.steps(organisation, done)["delete tickets.Ticket"] == ("done", TICKETS, TICKETS)


def test_f15_a_run_ends_when_its_time_is_over_and_the_next_one_goes_on(
    organisation: Organisation, approved: Plan, small_chunks: int
) -> None:
    runs = 1
    while not executor.run_erasure(
        organisation_id=organisation.pk, plan_id=approved.pk, seconds=0.02
    ):
        runs += 1
        assert runs < 200
    assert runs > 1
    assert erasures.again(organisation, approved).request.status == RequestStatus.VERIFIED_DONE


def test_f15_no_statement_brings_more_than_a_chunk_of_rows_back(
    organisation: Organisation, approved: Plan, small_chunks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought: list[int] = []
    plain = erasing._Chunks._pick

    def pick(*about: Any) -> list[int]:
        ids = plain(*about)
        brought.append(len(ids))
        return ids

    monkeypatch.setattr(erasing._Chunks, "_pick", pick)
    with CaptureQueriesContext(connection) as queries:
        erasures.run(organisation, approved)
    assert max(brought) == small_chunks
    assert len(queries) < 40 * (TICKETS // small_chunks + 4)


def test_f15_the_oldest_go_first_so_that_a_chunk_touches_the_figures_of_few_days(
    organisation: Organisation, approved: Plan, small_chunks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = executor._PlanProgress.add
    gone: list[int] = []

    def look(progress: object, changes: erasing.Changes) -> None:
        plain(progress, changes)
        left = Ticket.objects.order_by("created_at").values_list("external_id", flat=True)
        gone.append(TICKETS - len(left))
        assert list(left) == in_order[gone[-1] :]

    with tenant_scope(organisation.pk):
        tickets = list(Ticket.objects.order_by("pk"))
        for number, ticket in enumerate(tickets):
            ticket.created_at += timedelta(days=number * 37 % TICKETS)
        Ticket.objects.bulk_update(tickets, ["created_at"])
        in_order = [each.external_id for each in sorted(tickets, key=lambda t: t.created_at)]
    monkeypatch.setattr(executor._PlanProgress, "add", look)
    erasures.run(organisation, approved)
    assert gone[:3] == [small_chunks, 2 * small_chunks, 3 * small_chunks]


def test_f15_a_second_worker_gets_nothing(organisation: Organisation, approved: Plan) -> None:
    assert executor._claim(organisation.pk, approved.pk) is not None
    assert executor._claim(organisation.pk, approved.pk) is None

"""F13: a request that is approved without anybody knowing whose it is."""

from __future__ import annotations

import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.rights import plans, requests, states
from privacy.rights.models import Plan, RequestStatus
from privacy.rights.requests import NotAllowedNow, NotVerified, SamePerson
from tests.factories import check_texts
from tests.privacy.rights import erasures
from tickets.models import Mention, TextScan, TicketSearch

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(organisation: Organisation) -> object:
    erasures.ingest(organisation, *erasures.records(1))
    return erasures.customer(organisation).subject_id


def test_f13_an_unverified_request_is_planned_and_approved_by_nobody(
    organisation: Organisation, person: object
) -> None:
    request = erasures.receive(organisation, verified=False)
    with tenant_scope(organisation.pk):
        request.subject_id = person
        request.save(update_fields=["subject"])
    with pytest.raises(NotVerified):
        erasures.plan(organisation, request)
    with tenant_scope(organisation.pk):
        plan = plans.replan(request, made_by_id=erasures.PLANNER)
    with pytest.raises(NotVerified):
        erasures.approve(organisation, plan)

    with tenant_scope(organisation.pk):
        requests.verify_request(request, how="link", subject_ids=[person])
    plan = erasures.approve(organisation, erasures.plan(organisation, request))
    assert plan.request.status == RequestStatus.APPROVED


def test_f13_a_duplicate_has_to_be_verified_by_itself(
    organisation: Organisation, person: object
) -> None:
    first = erasures.receive(organisation, person)
    with tenant_scope(organisation.pk):
        second = requests.receive_request(kind="erasure", channel="portal", duplicate_of=first)
    assert second.status == RequestStatus.RECEIVED
    with pytest.raises(NotVerified):
        erasures.plan(organisation, second)


@pytest.mark.parametrize("kind", list(states.Kind))
def test_f13_no_way_leads_from_unverified_to_work(kind: states.Kind) -> None:
    before = {states.Status.RECEIVED, states.Status.VERIFYING}
    work = {states.Status.PLANNED, states.Status.APPROVED, states.Status.RUNNING}
    for status in before:
        assert not states.moves(kind, status) & work


def test_f13_whoever_made_the_plan_does_not_approve_it(
    organisation: Organisation, person: object
) -> None:
    plan = erasures.plan(organisation, erasures.receive(organisation, person))
    with pytest.raises(SamePerson), tenant_scope(organisation.pk):
        plans.approve_plan(plan, digest=plan.digest, actor_user_id=erasures.PLANNER)
    assert erasures.again(organisation, plan).approved_at is None


def test_f13_an_approval_holds_for_the_plan_that_was_shown(
    organisation: Organisation, person: object
) -> None:
    plan = erasures.plan(organisation, erasures.receive(organisation, person))
    erasures.ingest(organisation, *erasures.records(1))

    current = erasures.approve(organisation, plan)

    assert current.approved_at is None
    assert current.request.status == RequestStatus.PLANNED
    assert current.digest != plan.digest
    with pytest.raises(NotAllowedNow):
        erasures.approve(organisation, plan)
    assert erasures.approve(organisation, current).approved_at is not None


def test_f13_data_that_moves_after_the_approval_asks_for_a_new_one(
    organisation: Organisation, person: object
) -> None:
    approved = erasures.approve(
        organisation, erasures.plan(organisation, erasures.receive(organisation, person))
    )
    erasures.ingest(organisation, *erasures.records(1))

    done = erasures.run(organisation, approved)

    assert done.started_at is None
    assert done.request.status == RequestStatus.PLANNED
    with tenant_scope(organisation.pk):
        assert Plan.objects.get(superseded_at__isnull=True).approved_at is None


def test_f13_what_is_made_from_the_texts_meanwhile_needs_no_new_approval(
    organisation: Organisation, person: object
) -> None:
    plan = erasures.plan(organisation, erasures.receive(organisation, person))
    check_texts(organisation)
    with tenant_scope(organisation.pk):
        assert TicketSearch.objects.exists()

    approved = erasures.approve(organisation, plan)
    assert approved.approved_at is not None
    with tenant_scope(organisation.pk):
        TextScan.objects.all().delete()
    check_texts(organisation)

    done = erasures.run(organisation, approved)

    assert done.request.status == RequestStatus.VERIFIED_DONE
    with tenant_scope(organisation.pk):
        for made in (TicketSearch, TextScan, Mention):
            assert not made.objects.exists()

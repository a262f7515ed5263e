"""Objecting to a use (GDPR Art. 21): stopped at once, weighed after, decided by a second person."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from msgspec.structs import replace

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.api import opted_out
from privacy.rights import requests
from privacy.rights.marks import LedgerMark
from privacy.rights.models import RequestStatus, RightsRequest
from privacy.rights.objection import services
from privacy.rights.objection.models import Balancing, BarredUse
from privacy.rights.replay import replay
from privacy.rights.requests import SamePerson
from privacy.vault.keys import blind_index
from scoring.metrics.models import TicketActs
from scoring.quality.reviews.services import start_review
from tests import factories
from tests.privacy.rights import erasures
from tests.scoring.quality.factories import published_scorecard
from tickets.models import Customer, Ticket

pytestmark = pytest.mark.django_db

WRITER, DECIDER = 901, 902
WORDS = {"interests": "Answers get better.", "situation": "Fears for a job.", "less": "No names."}


@dataclass(frozen=True, slots=True)
class Case:
    organisation: Organisation
    customer: Customer

    def object_to(self, use: str) -> RightsRequest:
        with tenant_scope(self.organisation.pk):
            request = requests.receive_request(
                kind="objection", channel="mail", contact="dora1@post.example", purpose=use
            )
            return requests.verify_request(
                request, how="staff", subject_ids=[self.customer.subject_id]
            )

    def weigh(self, request: RightsRequest, by: int = WRITER) -> Balancing:
        with tenant_scope(self.organisation.pk):
            return services.weigh(request, words=WORDS, proposed="overridden", actor_user_id=by)

    def decide(self, balancing: Balancing, outcome: str, by: int = DECIDER) -> None:
        with tenant_scope(self.organisation.pk):
            services.decide(balancing, outcome=outcome, text="Because.", actor_user_id=by)

    def measured(self) -> int:
        with tenant_scope(self.organisation.pk):
            return TicketActs.objects.filter(ticket__subject=self.customer.subject_id).count()

    def again(self, request: RightsRequest) -> RightsRequest:
        with tenant_scope(self.organisation.pk):
            return RightsRequest.objects.get(pk=request.pk)


@pytest.fixture
def case(organisation: Organisation) -> Case:
    theirs = erasures.records(2, customer=1)
    erasures.ingest(organisation, *theirs, *erasures.records(1, customer=2))
    return Case(organisation, erasures.customer_of(organisation, theirs[0]))


@pytest.mark.promise("KZ-05-05")
def test_who_objects_to_figures_leaves_them_at_once_and_the_ticket_stays(case: Case) -> None:
    before = case.measured()
    assert before > 0
    request = case.object_to("quality_evaluation")
    assert case.measured() == 0
    with tenant_scope(case.organisation.pk):
        assert Ticket.objects.count() == 3
        assert TicketActs.objects.exists()
    fresh = erasures.records(1, customer=1)[0]
    erasures.ingest(case.organisation, fresh)
    assert case.measured() == 0
    with tenant_scope(case.organisation.pk):
        assert Ticket.objects.count() == 4

    case.decide(case.weigh(request), "overridden")
    assert case.again(request).status == RequestStatus.REFUSED
    assert case.again(request).refusal_ground == "art_21_1"
    assert case.measured() > before


def test_other_uses_are_not_touched(case: Case) -> None:
    before = case.measured()
    case.object_to("coaching")
    assert case.measured() == before
    with tenant_scope(case.organisation.pk):
        assert list(BarredUse.objects.values_list("use", flat=True)) == ["coaching"]


def test_nobody_reviews_a_conversation_of_whom_objects(case: Case) -> None:
    reviewer = factories.membership(case.organisation, Role.REVIEWER)
    version = published_scorecard(case.organisation)
    with tenant_scope(case.organisation.pk):
        ticket = Ticket.objects.filter(subject=case.customer.subject_id)[0]
        other = Ticket.objects.exclude(subject=case.customer.subject_id)[0]
    case.object_to("quality_evaluation")
    with tenant_scope(case.organisation.pk):
        assert start_review(actor=reviewer, ticket=other, version=version)
        with pytest.raises(DomainError, match="has objected"):
            start_review(actor=reviewer, ticket=ticket, version=version)


def test_the_one_who_wrote_the_balancing_does_not_decide(case: Case) -> None:
    request = case.object_to("quality_evaluation")
    balancing = case.weigh(request)
    with pytest.raises(SamePerson):
        case.decide(balancing, "overridden", by=WRITER)
    with (
        pytest.raises(IntegrityError, match="balancing_decided_by_another"),
        tenant_scope(case.organisation.pk),
    ):
        Balancing.objects.update(decided_by_id=WRITER)
    case.decide(balancing, "upheld")
    assert case.again(request).status == RequestStatus.CLOSED
    assert case.measured() == 0


def test_an_appeal_stops_the_use_until_it_is_decided(case: Case) -> None:
    request = case.object_to("quality_evaluation")
    case.decide(case.weigh(request), "overridden")
    request = case.again(request)
    with tenant_scope(case.organisation.pk):
        requests.appeal_request(request, text="I insist.")
    assert case.measured() == 0
    with tenant_scope(case.organisation.pk):
        with pytest.raises(SamePerson):
            requests.decide_appeal(request, uphold=False, actor_user_id=DECIDER)
        requests.decide_appeal(request, uphold=False, actor_user_id=903, text="It stands.")
    assert case.measured() > 0


def test_advertising_is_never_weighed(case: Case) -> None:
    request = case.object_to("marketing")
    assert case.again(request).status == RequestStatus.CLOSED
    assert case.again(request).decision == "granted"
    digest = blind_index(case.organisation.pk).email("dora1@post.example")
    modes = [
        opted_out(case.organisation.pk, mode, "email", [digest])
        for mode in ("no_marketing", "no_llm")
    ]
    assert modes == [{digest}, set()]
    with tenant_scope(case.organisation.pk), pytest.raises(DomainError):
        services.weigh(request, words=WORDS, proposed="overridden", actor_user_id=WRITER)


def test_who_objects_to_everything_is_not_taken_in_again(case: Case) -> None:
    request = case.object_to("everything")
    case.decide(case.weigh(request), "upheld")
    with tenant_scope(case.organisation.pk):
        count = Ticket.objects.count()
    erasures.ingest(case.organisation, erasures.records(1, customer=1)[0])
    erasures.ingest(case.organisation, erasures.records(1, customer=2)[0])
    with tenant_scope(case.organisation.pk):
        assert Ticket.objects.count() == count + 1
    moved = replace(erasures.records(1, customer=1)[0])
    erasures.ingest(case.organisation, moved, source="elsewhere")
    with tenant_scope(case.organisation.pk):
        assert not Ticket.objects.filter(source="elsewhere").exists()


@pytest.mark.parametrize("is_request_there", [True, False])
def test_a_restored_database_stops_the_use_again(case: Case, is_request_there: bool) -> None:
    request = case.object_to("quality_evaluation")
    with tenant_scope(case.organisation.pk):
        services.allow_again(request)
        BarredUse.objects.all().delete()
        LedgerMark.objects.all().delete()
        if not is_request_there:
            _never_received(request)
    assert case.measured() > 0
    _forget_that_it_was_allowed(case)
    replay(since=None)
    assert case.measured() == 0
    with tenant_scope(case.organisation.pk):
        found = RightsRequest.objects.get(public_id=request.public_id)
        assert (found.kind, found.status) == ("objection", RequestStatus.VERIFIED)


def _never_received(request: RightsRequest) -> None:
    """As in a backup from before: nothing here has the name that the ledger knows it by."""
    RightsRequest.objects.filter(pk=request.pk).update(public_id=uuid.uuid4())


def _forget_that_it_was_allowed(case: Case) -> None:
    """The order that ended the stop belongs to this test's way back, not to the ledger."""
    from kaizo.core.tenancy import current_organisation_id
    from privacy.rights.ledger import entries_since, mark_known

    with tenant_scope(case.organisation.pk):
        for entry in entries_since(current_organisation_id(), None):
            if entry.scope.startswith("-"):
                mark_known(case.organisation.pk, entry.entry_id)


def test_officers_weigh_and_decide_on_the_page(
    case: Case, member: Callable[[Role], Membership], sign_in: Callable[[User], Client]
) -> None:
    request = case.object_to("quality_evaluation")

    def url(name: str) -> str:
        return reverse(f"privacy:{name}", args=[case.organisation.slug, request.public_id])

    first = sign_in(member(Role.PRIVACY_OFFICER).user)
    assert "stopped since" in first.get(url("request_detail")).content.decode()
    refused = first.post(url("weigh_objection"), {"interests": "Only this"})
    assert refused.status_code == 422
    assert "Only this" in refused.content.decode()
    given = WORDS | {"proposed": "overridden"}
    assert first.post(url("weigh_objection"), given).status_code == 302
    decided = {"outcome": "overridden", "words": "The use goes on."}
    assert first.post(url("decide_objection"), decided).status_code == 422
    second = sign_in(member(Role.OWNER).user)
    page = second.get(url("request_detail")).content.decode()
    assert "Fears for a job." in page
    assert second.post(url("decide_objection"), decided).status_code == 302
    page = second.get(url("request_detail")).content.decode()
    assert "Compelling legitimate grounds" in page
    assert "goes on since" in page

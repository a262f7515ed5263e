"""Withdrawing consent, contesting a score, and asking where to complain: each ends in an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.api import barred_subjects
from privacy.rights.correspondence.services import letters_of
from privacy.rights.marks import LedgerMark
from privacy.rights.models import RequestStatus, RightsRequest
from privacy.rights.objection.models import BarredUse
from privacy.rights.replay import replay
from scoring.quality.disputes.services import Remedy, decide_dispute
from scoring.quality.models import Dispute, Review
from tests import factories
from tests.privacy.rights import erasures
from tests.scoring.quality.factories import submitted_review
from tickets.models import Agent

pytestmark = pytest.mark.django_db


def said(organisation: Organisation, request: RightsRequest) -> str:
    with tenant_scope(organisation.pk):
        return "\n".join(letter.text or "" for letter in letters_of(request))


def test_withdrawing_takes_effect_at_once_and_nobody_decides(organisation: Organisation) -> None:
    erasures.ingest(organisation, *erasures.records(1))
    subject_id = erasures.customer(organisation).subject_id
    request = erasures.receive(organisation, subject_id, kind="consent_withdrawal")
    with tenant_scope(organisation.pk):
        assert barred_subjects("consented", [subject_id]) == {subject_id}
        assert RightsRequest.objects.get().status == RequestStatus.CLOSED
        BarredUse.objects.all().delete()
        LedgerMark.objects.all().delete()
    assert "consent is withdrawn" in said(organisation, request)
    replay(since=None)
    with tenant_scope(organisation.pk):
        assert barred_subjects("consented", [subject_id]) == {subject_id}


def test_somebody_of_whom_nothing_is_kept_is_answered_as_well(organisation: Organisation) -> None:
    request = erasures.receive(organisation, kind="consent_withdrawal")
    assert request.status == RequestStatus.CLOSED
    assert "consent is withdrawn" in said(organisation, request)


@pytest.fixture
def officer(member: Callable[[Role], Membership], sign_in: Callable[[User], Client]) -> Client:
    return sign_in(member(Role.PRIVACY_OFFICER).user)


def url(name: str, organisation: Organisation, request: RightsRequest) -> str:
    return reverse(f"privacy:{name}", args=[organisation.slug, request.public_id])


def test_where_to_complain_is_answered_with_the_authority(
    organisation: Organisation, officer: Client
) -> None:
    request = erasures.receive(organisation, kind="complaint_information")
    answer = {"decision": "granted", "answer": "You can complain about us here."}
    assert officer.post(url("answer", organisation, request), answer).status_code == 302
    assert "data protection authority" in said(organisation, request)


def test_a_contested_score_is_looked_at_by_somebody_else_before_the_answer(
    organisation: Organisation, officer: Client
) -> None:
    review = submitted_review(organisation)
    with tenant_scope(organisation.pk):
        agent = Agent.objects.get(pk=review.reviewee_id)
        agent.membership = factories.membership(organisation, Role.AGENT)
        agent.save()
    request = erasures.receive(organisation, agent.subject_id, kind="contest")
    page = officer.get(url("request_detail", organisation, request)).content.decode()
    assert f"scoring.review:{review.pk}" in page
    answer = {"decision": "granted", "answer": "Somebody has looked at it."}
    assert officer.post(url("answer", organisation, request), answer).status_code == 422
    wrong = officer.post(url("contest", organisation, request), {"score": "scoring.review:0"})
    assert wrong.status_code == 422
    asked = {"score": f"scoring.review:{review.pk}"}
    assert officer.post(url("contest", organisation, request), asked).status_code == 302
    with tenant_scope(organisation.pk):
        assert Review.objects.get(pk=review.pk).is_suspended
        dispute = Dispute.objects.get()
    assert officer.post(url("answer", organisation, request), answer).status_code == 422

    other = factories.membership(organisation, Role.OWNER)
    with tenant_scope(organisation.pk):
        decide_dispute(
            dispute=dispute,
            actor=other,
            verdict="rejected",
            reasons="It is right.",
            remedy=Remedy(),
        )
    page = officer.get(url("request_detail", organisation, request)).content.decode()
    assert "Rejected" in page
    assert officer.post(url("answer", organisation, request), answer).status_code == 302
    with tenant_scope(organisation.pk):
        assert RightsRequest.objects.get().status == RequestStatus.CLOSED


def test_the_score_of_somebody_without_an_account_is_not_lost_in_silence(
    organisation: Organisation, officer: Client
) -> None:
    review = submitted_review(organisation)
    with tenant_scope(organisation.pk):
        agent = Agent.objects.get(pk=review.reviewee_id)
    request = erasures.receive(organisation, agent.subject_id, kind="contest")
    asked = {"score": f"scoring.review:{review.pk}"}
    refused = officer.post(url("contest", organisation, request), asked)
    assert refused.status_code == 422
    assert "has no account here" in refused.content.decode()

"""The pages of disputes: who finds what, and how few questions a page asks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.quality.disputes.services import Claim, Remedy, decide_dispute, open_dispute
from scoring.quality.models import Category, Dispute, Review
from tests import factories
from tests.scoring.quality.factories import published_scorecard, submitted_review
from tickets.models import Agent

Make = Callable[[Role], Membership]
SignIn = Callable[[User], Client]
MaxQueries = Callable[[int], AbstractContextManager[Any]]

pytestmark = pytest.mark.django_db

LOW = {"Greeting": 1, "Tone": 2, "Right answer": 2}


@pytest.fixture
def review(organisation: Organisation) -> Review:
    return submitted_review(organisation, answers=LOW)


@pytest.fixture
def agent(review: Review, member: Make) -> Membership:
    who = member(Role.AGENT)
    with tenant_scope(review.organisation_id):
        Agent.objects.filter(pk=review.reviewee_id).update(membership=who)
    return who


def url(organisation: Organisation, name: str, **arguments: int) -> str:
    return reverse(f"quality:{name}", kwargs={"organisation": organisation.slug, **arguments})


def category(review: Review, name: str = "Right answer") -> Category:
    with tenant_scope(review.organisation_id):
        found: Category = Category.objects.get(group__version=review.version_id, name=name)
        return found


def opened(review: Review, agent: Membership) -> Dispute:
    with tenant_scope(review.organisation_id):
        return open_dispute(
            review=review,
            actor=agent,
            claim=Claim(about="category", category_key=category(review).key, value=4),
            reason="The parcel was found the same day.",
        )


def test_the_list_of_ones_reviews_says_until_when_each_can_be_disputed(
    organisation: Organisation, review: Review, agent: Membership, member: Make, sign_in: SignIn
) -> None:
    """Fourteen days from when it was shared, and as many again from a decision."""
    assert review.submitted_at is not None
    there, client = url(organisation, "reviews_received"), sign_in(agent.user)

    def shows(moment: datetime) -> bool:
        day = moment.astimezone(ZoneInfo(organisation.time_zone))
        page = " ".join(client.get(there).content.decode().split())
        return f'Disputable until <time datetime="{day:%Y-%m-%d}' in page

    assert shows(review.submitted_at + timedelta(days=14))
    dispute = opened(review, agent)
    later = review.submitted_at + timedelta(days=15)
    with time_machine.travel(later, tick=False):
        client.force_login(agent.user)
        assert "Disputable until" not in client.get(there).content.decode()
        with tenant_scope(organisation.pk):
            decide_dispute(
                dispute=dispute, actor=member(Role.ADMIN), verdict=Dispute.State.REJECTED,
                reasons="It stays.", remedy=Remedy(),
            )  # fmt: skip
        assert shows(later + timedelta(days=14))


def test_an_agent_disputes_a_rating_and_an_admin_accepts_it(
    organisation: Organisation, review: Review, agent: Membership, member: Make, sign_in: SignIn
) -> None:
    client = sign_in(agent.user)
    new = url(organisation, "dispute_new", review_id=review.pk)
    key = category(review).key
    assert f"category={key}" in client.get(new).content.decode()
    form = f"{new}?about=category&category={key}"
    assert client.post(form, {"proposal": "4", "reason": ""}).status_code == 422
    sent = client.post(form, {"proposal": "4", "reason": "It was found."})
    page = client.get(sent.headers["Location"]).content.decode()
    assert "It was found." in page
    assert "Your decision" not in page
    assert "Right answer" in client.get(url(organisation, "dispute_list")).content.decode()

    client = sign_in(member(Role.ADMIN).user)
    there = sent.headers["Location"]
    page = client.get(there).content.decode()
    assert "It was found." in page
    assert '<ol class="thread">' in page
    answer = {"verdict": "accepted", f"rating-{key}": "4", "reasons": "You are right."}
    assert client.post(there, answer | {"reasons": ""}).status_code == 422
    assert client.post(there, answer).status_code == 302
    with tenant_scope(organisation.pk):
        assert Review.objects.get(pk=review.pk).score == 100
    settled = client.get(url(organisation, "dispute_list") + "?show=settled").content.decode()
    assert "Accepted" in settled


def test_a_dispute_shows_to_its_parties_and_deciders_only(
    organisation: Organisation, review: Review, agent: Membership, member: Make, sign_in: SignIn
) -> None:
    dispute = opened(review, agent)
    there = url(organisation, "dispute", dispute_id=dispute.pk)
    for stranger in (member(Role.AGENT), member(Role.REVIEWER), member(Role.TEAM_LEAD)):
        assert sign_in(stranger.user).get(there).status_code == 404
    for party in (agent, review.reviewer, member(Role.OWNER)):
        assert sign_in(party.user).get(there).status_code == 200


def test_a_colleague_finds_neither_the_review_nor_its_form(
    organisation: Organisation, review: Review, agent: Membership, member: Make, sign_in: SignIn
) -> None:
    new = url(organisation, "dispute_new", review_id=review.pk)
    assert sign_in(member(Role.AGENT).user).get(new).status_code == 404
    assert sign_in(agent.user).get(new).status_code == 200


def test_the_reviewer_does_not_decide_their_own_review(
    organisation: Organisation, member: Make, sign_in: SignIn
) -> None:
    lead = member(Role.ADMIN)
    review = submitted_review(organisation, answers=LOW, reviewer=lead)
    agent = factories.membership(organisation, Role.AGENT)
    with tenant_scope(organisation.pk):
        Agent.objects.filter(pk=review.reviewee_id).update(membership=agent)
    dispute = opened(review, agent)
    client = sign_in(lead.user)
    there = url(organisation, "dispute", dispute_id=dispute.pk)
    assert "somebody else decides" in client.get(there).content.decode()
    client.post(there, {"verdict": "rejected", "reasons": "No."})
    with tenant_scope(organisation.pk):
        assert Dispute.objects.get(pk=dispute.pk).state == "open"


def test_an_agent_withdraws_their_dispute(
    organisation: Organisation, review: Review, agent: Membership, sign_in: SignIn
) -> None:
    dispute = opened(review, agent)
    client = sign_in(agent.user)
    client.post(url(organisation, "dispute_withdraw", dispute_id=dispute.pk))
    page = client.get(url(organisation, "dispute", dispute_id=dispute.pk)).content.decode()
    assert "Withdrawn" in page


def test_what_cannot_be_disputed_is_not_found(
    organisation: Organisation, review: Review, agent: Membership, sign_in: SignIn
) -> None:
    client = sign_in(agent.user)
    new = url(organisation, "dispute_new", review_id=review.pk)
    assert client.get(f"{new}?about=category&category=nonsense").status_code == 404
    key = category(review, "What was it about?").key
    assert client.get(f"{new}?about=category&category={key}").status_code == 404
    assert client.get(f"{new}?about=reviewee").status_code == 200


def test_the_list_asks_as_many_questions_for_many_as_for_one(
    organisation: Organisation,
    member: Make,
    sign_in: SignIn,
    django_assert_max_num_queries: MaxQueries,
) -> None:
    version = published_scorecard(organisation)
    agent = member(Role.AGENT)
    for _number in range(4):
        review = submitted_review(organisation, answers=LOW, version=version)
        with tenant_scope(organisation.pk):
            Agent.objects.filter(pk=review.reviewee_id).update(membership=agent)
        opened(review, agent)
    client = sign_in(member(Role.ADMIN).user)
    client.get(url(organisation, "dispute_list"))
    with django_assert_max_num_queries(11):
        page = client.get(url(organisation, "dispute_list")).content.decode()
    assert page.count("Right answer") == 4

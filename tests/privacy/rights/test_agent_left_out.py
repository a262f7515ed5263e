"""Agents who have their data frozen, or object to being judged: nobody else sees a score of theirs,
and what they did still counts for their team."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.rights import requests
from privacy.rights.models import BarredUse, LedgerMark, RequestMessage, RightsRequest
from privacy.rights.objection import services as objections
from privacy.rights.replay import replay
from scoring.metrics import services as metrics
from scoring.metrics.models import TeamDay
from scoring.quality.assignments.planning import Order, staff_of
from scoring.quality.dashboards.rollups import recompute
from scoring.quality.models import QualityDay, Review
from scoring.quality.reviews.services import start_review
from tests import factories
from tests.api.calling import Caller
from tests.privacy.rights import freezes
from tests.scoring.quality.factories import published_scorecard, submitted_review
from tickets.models import Agent

pytestmark = pytest.mark.django_db

NAME = "Ada Agent"
WEIGHED = {"interests": "Answers get better.", "situation": "Fears.", "less": "No names."}


class Scene:
    """An agent who is a member, with a conversation that was reviewed, and an owner who looks."""

    def __init__(self, organisation: Organisation, agent: Membership, owner: Membership) -> None:
        self.organisation, self.member, self.owner = organisation, agent, owner
        self.review = submitted_review(organisation, sample=Review.Sample.RANDOM)
        with tenant_scope(organisation.pk):
            self.agent = Agent.objects.get(pk=self.review.reviewee_id)
            Agent.objects.filter(pk=self.agent.pk).update(membership=agent)
            recompute(organisation_id=organisation.pk)
            metrics.recompute(organisation_id=organisation.pk)

    def freeze(self) -> RightsRequest:
        return freezes.frozen(self.organisation, self.agent)

    def object_to(self, use: str = "quality_evaluation") -> RightsRequest:
        with tenant_scope(self.organisation.pk):
            request = requests.receive_request(
                kind="objection", channel="mail", contact="ada@support.example", purpose=use
            )
            requests.verify_request(request, how="staff", subject_ids=[self.agent.subject_id])
        return request

    def totals(self) -> list[Any]:
        with tenant_scope(self.organisation.pk):
            days = TeamDay.objects.order_by("pk").values(
                "day", "channel", "team_id", "solved", "acts"
            )
            scores = QualityDay.objects.order_by("pk").values("day", "reviews", "total")
            return [*days, *scores]

    def url(self, name: str, *args: object) -> str:
        asked = {"first": "2026-11-01", "last": factories.today(self.organisation)}
        address = reverse(name, args=[self.organisation.slug, *args])
        return f"{address}?{urlencode(asked)}"

    def shown_to(self, client: Client) -> set[str]:
        """The pages on which the agent's name stands."""
        return {name for name, url in self.pages() if NAME in client.get(url).content.decode()}

    def pages(self) -> list[tuple[str, str]]:
        names = ("scoring:dashboard", "quality:dashboard", "quality:review_list")
        file = self.url("quality:dashboard_csv", "agent")
        return [*((name, self.url(name)) for name in names), ("file", file)]


@pytest.fixture
def scene(organisation: Organisation, member: Callable[[Role], Membership]) -> Scene:
    return Scene(organisation, member(Role.AGENT), member(Role.OWNER))


LEFT_OUT = pytest.mark.parametrize("asked", ["freeze", "object_to"])


@LEFT_OUT
def test_no_table_list_or_file_shows_the_agent_and_totals_stay(
    scene: Scene, sign_in: Callable[[User], Client], asked: str
) -> None:
    client = sign_in(scene.owner.user)
    before = scene.shown_to(client)
    assert before == {name for name, _url in scene.pages()}
    totals = scene.totals()
    getattr(scene, asked)()
    assert scene.shown_to(client) == set()
    assert client.get(scene.url("quality:review", scene.review.pk)).status_code == 404
    assert scene.totals() == totals
    with tenant_scope(scene.organisation.pk):
        metrics.recompute(organisation_id=scene.organisation.pk)
        recompute(organisation_id=scene.organisation.pk)
    assert scene.shown_to(client) == set()


@LEFT_OUT
def test_the_api_answers_without_the_agent(scene: Scene, asked: str) -> None:
    caller = Caller(scene.owner)
    path = f"quality/?first=2026-11-01&last={factories.today(scene.organisation)}&sample=random"
    whole = caller.call("GET", path).json()
    assert whole["agents"]
    getattr(scene, asked)()
    without = caller.call("GET", path).json()
    assert without["agents"] == []
    assert without["figures"] == whole["figures"]
    assert caller.call("GET", "reviews/").json()["results"] == []
    assert caller.call("GET", f"reviews/{scene.review.pk}/").status_code == 404


@LEFT_OUT
def test_the_agent_still_sees_their_own(
    scene: Scene, sign_in: Callable[[User], Client], asked: str
) -> None:
    getattr(scene, asked)()
    client = sign_in(scene.member.user)
    assert client.get(scene.url("quality:review", scene.review.pk)).status_code == 200
    received = client.get(scene.url("quality:reviews_received")).content.decode()
    assert f"/reviews/{scene.review.pk}/" in received


@LEFT_OUT
def test_nobody_begins_a_review_of_their_work_and_no_assignment_picks_it(
    scene: Scene, asked: str
) -> None:
    reviewer = factories.membership(scene.organisation, Role.REVIEWER)
    version = published_scorecard(scene.organisation)
    getattr(scene, asked)()
    with tenant_scope(scene.organisation.pk):
        order = Order(
            version=version, cycle=None, zone=None, who="reviewers", method=None, goal=1,
            goal_of="", filters=None, agents=frozenset({scene.agent.pk}),
        )  # fmt: skip
        assert staff_of(order, factories.today(scene.organisation)).reviewees == frozenset()
        with pytest.raises(DomainError, match="not judged at present"):
            start_review(actor=reviewer, ticket=scene.review.ticket, version=version)


def test_who_objects_to_something_else_stays_in_the_tables(
    scene: Scene, sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(scene.owner.user)
    before = scene.shown_to(client)
    scene.object_to("marketing")
    assert scene.shown_to(client) == before


def test_the_agent_comes_back_when_both_have_ended(
    scene: Scene, sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(scene.owner.user)
    before = scene.shown_to(client)
    objection, frozen = scene.object_to(), scene.freeze()
    with tenant_scope(scene.organisation.pk):
        balancing = objections.weigh(
            objection, words=WEIGHED, proposed="overridden", actor_user_id=901
        )
        objections.decide(balancing, outcome="overridden", text="Because.", actor_user_id=902)
    assert scene.shown_to(client) == set()
    freezes.announce(scene.organisation, frozen)
    with tenant_scope(scene.organisation.pk):
        RequestMessage.objects.update(told_at=clock.now())
    freezes.lift(scene.organisation, frozen)
    assert scene.shown_to(client) == before


def test_a_restored_database_leaves_the_agent_out_again(
    scene: Scene, sign_in: Callable[[User], Client]
) -> None:
    scene.object_to()
    with tenant_scope(scene.organisation.pk):
        BarredUse.objects.all().delete()
        LedgerMark.objects.all().delete()
        Agent.objects.update(is_left_out=False)
    replay(since=None)
    assert scene.shown_to(sign_in(scene.owner.user)) == set()

"""Agents who have their data frozen, or object to being judged: nobody else sees a score of theirs,
and what they did still counts for their team."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from kaizo.accounts.models import Membership, Notice, Organisation, SavedFilter, User
from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.rights.models import BarredUse, LedgerMark
from privacy.rights.replay import replay
from scoring.coaching.services import pin_conversation
from scoring.dashboards.periods import Period
from scoring.metrics import services as metrics
from scoring.quality.assignments.planning import Order, staff_of
from scoring.quality.assignments.selectors import (
    Progress,
    assignment_list,
    cycle_detail,
    open_picks,
)
from scoring.quality.calibration.reminders import remind_participants
from scoring.quality.calibration.selectors import session_rows
from scoring.quality.calibration.services import Plan, create_session, missing_scores
from scoring.quality.dashboards.queries import Part, by_reviewer
from scoring.quality.dashboards.rollups import recompute
from scoring.quality.disputes.people import settings_in_force
from scoring.quality.disputes.reminders import remind_deciders
from scoring.quality.disputes.services import Claim, open_dispute, withdraw_dispute
from scoring.quality.models import Dispute, Review
from scoring.quality.reviews.services import change_reviewee, start_review
from tests import factories
from tests.api.calling import Caller
from tests.privacy.rights.left_out import NAME, Places, Scene, another_agents
from tests.scoring.quality.factories import draft_review, published_scorecard, submitted_review
from tickets.models import Agent

pytestmark = pytest.mark.django_db


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
def test_how_they_review_others_is_not_shown_either(scene: Scene, asked: str) -> None:
    ticket = another_agents(scene.organisation)
    submitted_review(
        scene.organisation, ticket=ticket, reviewer=scene.member, sample=Review.Sample.RANDOM
    )
    period = Period(factories.MONDAY.date(), factories.today(scene.organisation))
    part = Part(sample=Review.Sample.RANDOM)

    def shown() -> set[int]:
        with tenant_scope(scene.organisation.pk):
            return {row["key"] for row in by_reviewer(part, period)}

    before = shown()
    assert scene.member.pk in before
    ended = getattr(scene, asked)()
    assert shown() == before - {scene.member.pk}
    scene.come_back(ended)
    assert shown() == before


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
    scene.come_back(objection)
    assert scene.shown_to(client) == set()
    scene.come_back(frozen)
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


@pytest.fixture
def places(organisation: Organisation, member: Callable[[Role], Membership]) -> Places:
    return Places(organisation, member(Role.AGENT), member(Role.OWNER))


@LEFT_OUT
def test_no_place_names_the_agent_to_others_until_it_ends(
    places: Places, sign_in: Callable[[User], Client], asked: str
) -> None:
    client = sign_in(places.owner.user)
    everywhere = {name for name, _url in places.pages()}
    assert places.shown_to(client) == everywhere
    ended = getattr(places, asked)()
    assert places.shown_to(client) == set()
    places.come_back(ended)
    assert places.shown_to(client) == everywhere


@LEFT_OUT
def test_what_is_about_the_agent_is_not_found_by_others(
    places: Places, sign_in: Callable[[User], Client], asked: str
) -> None:
    """Nor may anybody act on it, by whatever way they had to it before."""
    pages = [
        ("get", places.url("quality:dispute", places.dispute.pk)),
        ("post", places.url("quality:dispute", places.dispute.pk)),
        ("get", places.url("scoring:coaching") + f"&agent={places.agent.pk}"),
        ("post", places.url("quality:calibration_score", places.session.pk, places.item.pk)),
    ]
    last = ("post", places.url("scoring:pin_discussed", places.pin.pk))
    gave = sign_in(places.review.reviewer.user)
    client = sign_in(places.owner.user)
    assert gave.get(pages[0][1]).status_code == 200
    assert {getattr(client, how)(url).status_code for how, url in pages} <= {200, 302, 422}
    getattr(places, asked)()
    refused = [getattr(client, how)(url).status_code for how, url in [*pages, last]]
    assert refused == [404] * len(refused)
    assert gave.get(pages[0][1]).status_code == 404


@LEFT_OUT
def test_the_api_tells_others_nothing_of_the_agent(places: Places, asked: str) -> None:
    caller = Caller(places.owner)

    def told() -> list[Any]:
        one = caller.call("GET", f"disputes/{places.dispute.pk}/").status_code
        disputes = caller.call("GET", "disputes/").json()["results"]
        picks = caller.call("GET", f"assignments/{places.assignment.pk}/picks/").json()["results"]
        agents = caller.call("GET", f"assignments/{places.assignment.pk}/").json()["agents"]
        return [one, len(disputes), len(picks), agents]

    before = told()
    assert before == [200, 1, 1, [places.agent.pk]]
    ended = getattr(places, asked)()
    assert told() == [404, 0, 0, []]
    sent = {"name": "Fortnightly", "teams": [places.team()]}
    changed = caller.call("PATCH", f"assignments/{places.assignment.pk}/", sent, key="k1")
    assert changed.status_code == 200, changed.content
    places.come_back(ended)
    assert told() == before


@LEFT_OUT
def test_the_agent_still_finds_what_is_about_them(
    places: Places, sign_in: Callable[[User], Client], asked: str
) -> None:
    getattr(places, asked)()
    client = sign_in(places.member.user)
    for url in (
        places.url("quality:dispute_list"),
        places.url("quality:dispute", places.dispute.pk),
        places.url("scoring:my_day", "public_replies", places.day),
        places.url("tickets:ticket_list"),
    ):
        assert NAME in client.get(url).content.decode()
    assert "Praise it." in client.get(places.url("scoring:coaching")).content.decode()


@LEFT_OUT
def test_an_open_dispute_waits_and_nobody_is_reminded_of_it(places: Places, asked: str) -> None:
    ended = getattr(places, asked)()
    with tenant_scope(places.organisation.pk):
        Dispute.objects.update(due_at=clock.now())
        assert remind_deciders() == 0
        again = {"actor": places.member, "reason": "Once more.", "review": places.review}
        reviewee = Claim(about="reviewee")
        told = Notice.objects.count()
        open_dispute(claim=reviewee, **again)
        assert Notice.objects.count() == told
    places.come_back(ended)
    with tenant_scope(places.organisation.pk):
        full = clock.now() + timedelta(days=settings_in_force().decision_days)
        assert set(Dispute.objects.values_list("state", flat=True)) == {Dispute.State.OPEN}
        # Nobody could decide meanwhile, so whoever does has the whole time again.
        assert {full - due < timedelta(minutes=1) for due in _due()} == {True}
        assert Notice.objects.count() > told
        Dispute.objects.update(due_at=clock.now())
        assert remind_deciders() > 0


def _due() -> list[datetime]:
    return list(Dispute.objects.values_list("due_at", flat=True))


@LEFT_OUT
def test_a_calibration_does_not_wait_for_a_score_of_their_work(places: Places, asked: str) -> None:
    with tenant_scope(places.organisation.pk):
        assert len(missing_scores(places.session)) == 2
        assert [row.waits_for_actor for row in session_rows(places.owner)] == [True]
    getattr(places, asked)()
    with tenant_scope(places.organisation.pk):
        assert missing_scores(places.session) == set()
        assert [row.waits_for_actor for row in session_rows(places.owner)] == [False]
        assert remind_participants() == 0
        plan = Plan(
            name="August", version=places.review.version, tickets=[places.ticket],
            due_on=factories.today(places.organisation),
            participants=[places.owner, places.colleague],
        )  # fmt: skip
        with pytest.raises(DomainError, match="not judged at present"):
            create_session(actor=places.owner, plan=plan)


@LEFT_OUT
def test_nobody_keeps_a_note_about_them_or_makes_a_review_theirs(
    places: Places, asked: str
) -> None:
    other = draft_review(places.organisation, ticket=another_agents(places.organisation))

    def keep() -> None:
        agent = Agent.objects.get(pk=places.agent.pk)
        pin_conversation(ticket=places.ticket, agent=agent, actor=places.owner)

    def move() -> None:
        agent = Agent.objects.get(pk=places.agent.pk)
        change_reviewee(review=other, agent=agent, actor=places.owner, reason="It was hers.")

    ended = getattr(places, asked)()
    with tenant_scope(places.organisation.pk):
        for refused in (keep, move):
            with pytest.raises(DomainError, match="not judged at present"):
                refused()
    places.come_back(ended)
    with tenant_scope(places.organisation.pk):
        keep()
        move()


@LEFT_OUT
def test_what_is_to_review_leaves_their_work_out_and_progress_stays(
    places: Places, sign_in: Callable[[User], Client], asked: str
) -> None:
    def to_review() -> int:
        with tenant_scope(places.organisation.pk):
            return open_picks(places.colleague).count()

    def progress() -> list[Progress]:
        with tenant_scope(places.organisation.pk):
            detail = cycle_detail(places.owner, places.pick.cycle)
            return [detail.progress, *(row.progress for row in assignment_list(places.owner))]

    start = places.url("quality:pick_start", places.pick.pk)
    client, whole = sign_in(places.colleague.user), progress()
    assert to_review() == 1
    getattr(places, asked)()
    assert to_review() == 0
    assert client.post(start).status_code == 404
    assert progress() == whole


@LEFT_OUT
def test_a_review_that_is_another_agents_now_does_not_say_what_it_was_before(
    places: Places, sign_in: Callable[[User], Client], asked: str
) -> None:
    with tenant_scope(places.organisation.pk):
        withdraw_dispute(dispute=places.dispute, actor=places.member)
    other = draft_review(places.organisation, ticket=another_agents(places.organisation))
    with tenant_scope(places.organisation.pk):
        change_reviewee(
            review=places.review, agent=other.reviewee, actor=places.owner, reason="It was hers."
        )
    client, url = sign_in(places.owner.user), places.url("quality:review", places.review.pk)

    def history() -> str:
        page = client.get(url).content.decode()
        return page[page.index('id="history"') :]

    assert NAME in history()
    getattr(places, asked)()
    assert NAME not in history()


@LEFT_OUT
def test_a_dispute_does_not_say_that_the_work_was_theirs(
    places: Places, sign_in: Callable[[User], Client], asked: str
) -> None:
    ben = factories.membership(places.organisation, Role.AGENT)
    review = submitted_review(places.organisation, ticket=another_agents(places.organisation))
    claim = Claim(about="reviewee", reviewee=places.agent)
    with tenant_scope(places.organisation.pk):
        Agent.objects.filter(pk=review.reviewee_id).update(membership=ben)
        dispute = open_dispute(review=review, actor=ben, claim=claim, reason="Not mine.")
    client, caller = sign_in(places.owner.user), Caller(places.owner)

    def told() -> list[Any]:
        page = client.get(places.url("quality:dispute", dispute.pk)).content.decode()
        one = caller.call("GET", f"disputes/{dispute.pk}/").json()["proposed_reviewee"]
        rows = caller.call("GET", "disputes/").json()["results"]
        listed = [row["proposed_reviewee"] for row in rows if row["id"] == dispute.pk]
        return [NAME in page, one, listed]

    assert told() == [True, places.agent.pk, [places.agent.pk]]
    getattr(places, asked)()
    assert told() == [False, None, [None]]


@LEFT_OUT
def test_no_list_is_narrowed_to_their_work_and_no_filter_keeps_that(
    scene: Scene, sign_in: Callable[[User], Client], asked: str
) -> None:
    client, narrowed = sign_in(scene.owner.user), f"agent={scene.agent.pk}"

    def keep() -> int:
        url = scene.url("tickets:filter_save")
        client.post(url, {"query": narrowed, "name": "Theirs", "is_shared": "on"})
        with tenant_scope(scene.organisation.pk):
            count, _rows = SavedFilter.objects.all().delete()
        return count

    there = f"{scene.url('tickets:ticket_list')}&{narrowed}"
    assert (client.get(there).status_code, keep()) == (200, 1)
    getattr(scene, asked)()
    assert (client.get(there).status_code, keep()) == (422, 0)

"""Pages about assignments, as the roles that use them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from kaizo.accounts import services as accounts
from kaizo.accounts.models import Membership, Organisation, Team, User
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from kaizo.core.ui import short_day
from scoring.quality.assignments import running
from scoring.quality.models import Assignment, AssignmentCycle, Pick, Review
from tests.scoring.quality.assignments.world import agent_ids, assign, conversation, fill
from tests.scoring.quality.factories import published_scorecard

pytestmark = pytest.mark.django_db

Member = Callable[[Role], Membership]
SignIn = Callable[[User], Client]


def url(organisation: Organisation, name: str, **arguments: object) -> str:
    return reverse(f"quality:{name}", kwargs={"organisation": organisation.slug, **arguments})


def read(client: Client, organisation: Organisation, name: str, **arguments: object) -> str:
    answer = client.get(url(organisation, name, **arguments))
    assert answer.status_code == 200
    return answer.content.decode()


def sent(
    organisation: Organisation, reviewers: list[Membership], **fields: object
) -> dict[str, Any]:
    """What the form sends: two conversations of every agent, from today on."""
    values: dict[str, Any] = {
        "name": "Weekly chats",
        "scorecard_id": published_scorecard(organisation).scorecard_id,
        "who": "reviewers",
        "reviewers": [member.pk for member in reviewers],
        "agents": agent_ids(organisation),
        "cycle": "weekly",
        "goal": 2,
        "goal_of": "per_reviewee",
        "starts_on": clock.now().date().isoformat(),
        "time_zone": "Europe/Amsterdam",
        "method": "random",
        "may_replace": "on",
        "days": 30,
    }
    return values | fields


@pytest.fixture
def full(organisation: Organisation) -> Organisation:
    """Four agents with five conversations each in the last days."""
    at = clock.now() - timedelta(days=3)
    fill(
        organisation,
        [conversation(10 * agent + n, agent, at=at) for agent in range(1, 5) for n in range(5)],
    )
    return organisation


def started(organisation: Organisation, **fields: Any) -> AssignmentCycle:
    fields.setdefault("starts_on", clock.now().date())
    cycle = running.start_cycle(assignment=assign(organisation, **fields))
    assert cycle is not None
    return cycle


def test_a_lead_previews_an_assignment_and_then_makes_it(
    full: Organisation, member: Member, sign_in: SignIn
) -> None:
    owner, reviewer = member(Role.OWNER), member(Role.REVIEWER)
    client = sign_in(owner.user)
    assert "No assignments yet" in read(client, full, "assignment_list")
    form = sent(full, [reviewer])
    answer = client.post(url(full, "assignment_new"), form | {"preview": "1"})
    assert "This would pick 8 of 20 conversations: 8 E-mail." in answer.content.decode()
    with tenant_scope(full.pk):
        assert not Assignment.objects.exists()
    assert client.post(url(full, "assignment_new"), form).status_code == 302
    with tenant_scope(full.pk):
        assert Pick.objects.filter(reviewer=reviewer).count() == 8
    assert "0 of 8 reviewed" in read(client, full, "assignment_list")


def test_a_preview_is_of_the_cycle_that_starts_next(
    full: Organisation, member: Member, sign_in: SignIn
) -> None:
    """Not of a first one that lies weeks back, nor with what the running one has picked."""
    client, reviewer = sign_in(member(Role.OWNER).user), member(Role.REVIEWER)
    today = clock.now().date()
    form = sent(full, [reviewer], starts_on=today - timedelta(weeks=6))
    page = client.post(url(full, "assignment_new"), form | {"preview": "1"}).content.decode()
    assert "This would pick 8 of 20 conversations" in page
    assert "the cycle starts at once" in page
    over = form | {"ends_on": today - timedelta(days=1)}
    refused = client.post(url(full, "assignment_new"), over)
    assert refused.status_code == 422
    assert "No cycle is left to begin." in refused.content.decode()
    client.post(url(full, "assignment_new"), form)
    with tenant_scope(full.pk):
        key = Assignment.objects.get().pk
    edit = url(full, "assignment_edit", assignment_id=key)
    page = client.post(edit, form | {"preview": "1"}).content.decode()
    assert "This would pick 8 of 12 conversations" in page
    assert short_day(today + timedelta(weeks=1)) in page


def test_a_form_that_cannot_be_understood_says_why_and_makes_nothing(
    full: Organisation, member: Member, sign_in: SignIn
) -> None:
    client = sign_in(member(Role.ADMIN).user)
    limits = {"replies_min": 5, "replies_max": 1, "hours_min": 10**20}
    form = sent(full, [], agents=[], ends_on="2020-01-01", **limits)
    answer = client.post(url(full, "assignment_new"), form)
    assert answer.status_code == 422
    page = answer.content.decode()
    for complaint in (
        "at least one team",
        "one reviewer",
        "before the first",
        "less than",
        "equal to 100000",
    ):
        assert complaint in page
    with tenant_scope(full.pk):
        assert not Assignment.objects.exists()


def test_an_assignment_is_changed_paused_and_ended(
    full: Organisation, member: Member, sign_in: SignIn
) -> None:
    client, reviewer = sign_in(member(Role.OWNER).user), member(Role.REVIEWER)
    cycle = started(full, reviewers=[reviewer])
    key = cycle.assignment_id
    page = read(client, full, "assignment_edit", assignment_id=key)
    assert 'value="Weekly"' in page
    form = sent(full, [reviewer], name="Fortnight", cycle="two_weekly", tags="parcel, refund")
    assert client.post(url(full, "assignment_edit", assignment_id=key), form).status_code == 302
    page = read(client, full, "assignment", assignment_id=key)
    assert "Fortnight" in page
    assert "parcel, refund" in page
    assert "Cycle 1" in page
    for state, shown in (("pause", "Paused"), ("resume", "Active"), ("end", "Ended")):
        client.post(url(full, "assignment_state", assignment_id=key), {"state": state})
        assert shown in read(client, full, "assignment", assignment_id=key)
    with tenant_scope(full.pk):
        assert AssignmentCycle.objects.count() == 1


def test_leads_see_assignments_over_their_teams_and_change_their_own(
    full: Organisation, member: Member, sign_in: SignIn
) -> None:
    lead = member(Role.TEAM_LEAD)
    with tenant_scope(full.pk):
        berlin, utrecht = (Team.objects.get(name=name) for name in ("Berlin", "Utrecht"))
    accounts.appoint_lead(team=berlin, member=lead, valid_from=date.min, actor=None)
    over, elsewhere, own = (
        started(full, teams=teams, actor=actor, name=name)
        for name, teams, actor in (
            ("Over", [berlin, utrecht], None),
            ("Elsewhere", [utrecht], None),
            ("Own", [berlin], lead),
        )
    )
    client = sign_in(lead.user)
    page = read(client, full, "assignment_list")
    assert "Over" in page
    assert "Elsewhere" not in page
    detail = read(client, full, "assignment", assignment_id=over.assignment_id)
    assert "0 of 4 reviewed" in detail
    assert "Pause" not in detail
    for cycle, status in ((over, 404), (elsewhere, 404), (own, 200)):
        answer = client.get(url(full, "assignment_edit", assignment_id=cycle.assignment_id))
        assert answer.status_code == status
    assert "Agent 2" not in read(client, full, "assignment_new")


def test_the_queue_says_what_is_due_and_why_and_leads_to_the_review(
    full: Organisation, member: Member, sign_in: SignIn
) -> None:
    reviewer, colleague = member(Role.REVIEWER), member(Role.REVIEWER)
    cycle = started(full, reviewers=[reviewer])
    assert "Nothing to review" in read(sign_in(colleague.user), full, "to_review")
    client = sign_in(reviewer.user)
    for page in (
        read(client, full, "to_review"),
        read(client, full, "own_cycle", cycle_id=cycle.pk),
    ):
        assert page.count("Drawn at random") == 8
        assert "0 of 8 reviewed" in page
    answer = client.post(url(full, "review_next"))
    with tenant_scope(full.pk):
        review = Review.objects.get(reviewer=reviewer)
        pick = Pick.objects.get(cycle=cycle, position=1)
    assert answer.headers["Location"] == url(full, "review_edit", review_id=review.pk)
    assert pick.review_id == review.pk
    assert "Go on" in read(client, full, "to_review")


def test_a_reviewer_replaces_a_pick_only_where_it_is_allowed(
    full: Organisation, member: Member, sign_in: SignIn
) -> None:
    reviewer = member(Role.REVIEWER)
    free = started(full, reviewers=[reviewer])
    strict = started(full, reviewers=[reviewer], may_replace=False)
    client = sign_in(reviewer.user)
    for cycle, status in ((free, 302), (strict, 404)):
        with tenant_scope(full.pk):
            pick = Pick.objects.get(cycle=cycle, position=1)
        page = url(full, "pick_replace", pick_id=pick.pk)
        assert client.get(page).status_code == (200 if status == 302 else 404)
        assert client.post(page, {"reason": "too_short"}).status_code == status
    assert client.post(page.replace("replace", "remove"), {}).status_code == 404
    owner = sign_in(member(Role.OWNER).user)
    detail = read(owner, full, "assignment", assignment_id=free.assignment_id)
    assert "Too short to judge" in detail
    assert "11%" in detail
    assert owner.get(page).status_code == 200


def test_a_reason_is_asked_for(full: Organisation, member: Member, sign_in: SignIn) -> None:
    reviewer = member(Role.REVIEWER)
    cycle = started(full, reviewers=[reviewer])
    with tenant_scope(full.pk):
        pick = Pick.objects.get(cycle=cycle, position=1)
    answer = sign_in(reviewer.user).post(url(full, "pick_remove", pick_id=pick.pk), {"reason": ""})
    assert answer.status_code == 422
    with tenant_scope(full.pk):
        assert Pick.objects.get(pk=pick.pk).state == Pick.State.OPEN


def test_an_admin_gives_a_pick_to_another_reviewer(
    full: Organisation, member: Member, sign_in: SignIn
) -> None:
    one, other = member(Role.REVIEWER), member(Role.REVIEWER)
    cycle = started(full, reviewers=[one, other])
    with tenant_scope(full.pk):
        pick = Pick.objects.filter(cycle=cycle, reviewer=one)[0]
    page = url(full, "pick_reassign", pick_id=pick.pk)
    client = sign_in(member(Role.ADMIN).user)
    assert client.post(page, {"reviewer": one.pk}).status_code == 422
    assert client.post(page, {"reviewer": other.pk}).status_code == 302
    with tenant_scope(full.pk):
        assert Pick.objects.get(pk=pick.pk).reviewer_id == other.pk


LIST_QUERIES, DETAIL_QUERIES, QUEUE_QUERIES = 10, 18, 16


@pytest.mark.parametrize("goal", [1, 4])
def test_pages_make_as_many_queries_however_much_there_is(
    full: Organisation,
    member: Member,
    sign_in: SignIn,
    goal: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    owner, reviewer = member(Role.OWNER), member(Role.REVIEWER)
    cycle = started(full, reviewers=[reviewer], goal=goal)
    if goal > 1:
        started(full, name="Another")
    client = sign_in(owner.user)
    with django_assert_max_num_queries(LIST_QUERIES):
        read(client, full, "assignment_list")
    with django_assert_max_num_queries(DETAIL_QUERIES):
        read(client, full, "assignment", assignment_id=cycle.assignment_id)
    client = sign_in(reviewer.user)
    with django_assert_max_num_queries(QUEUE_QUERIES):
        read(client, full, "to_review")


def test_who_has_no_scorecard_is_shown_the_way_to_one(
    organisation: Organisation, member: Member, sign_in: SignIn
) -> None:
    client = sign_in(member(Role.ADMIN).user)
    hint = "No scorecard is in force yet"
    pages = ("assignment_new", "calibration_new")
    assert [hint in read(client, organisation, name) for name in pages] == [True, True]
    published_scorecard(organisation)
    assert [hint in read(client, organisation, name) for name in pages] == [False, False]

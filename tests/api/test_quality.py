"""Reviews, disputes and assignments through the API, from the start to what they change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kaizo.accounts.models import Membership, Organisation, Team, TeamLead
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.api import events_for_user
from scoring.quality.changes import changed
from scoring.quality.models import Review
from tests import factories
from tests.api.calling import Caller
from tests.scoring.quality.factories import published_scorecard, stored_ticket, submitted_review
from tickets.models import Agent

pytestmark = pytest.mark.django_db
Make = Callable[[Role], Membership]
LOW = {"Greeting": 1, "Tone": 2, "Right answer": 2}


@pytest.fixture
def reviewer(member: Make) -> Caller:
    return Caller(member(Role.REVIEWER))


def claim_agents(organisation: Organisation, member: Membership) -> None:
    with tenant_scope(organisation.pk):
        Agent.objects.update(membership=member)


def keys(caller: Caller, review: dict[str, Any]) -> dict[str, str]:
    version = f"scorecards/{review['scorecard']}/versions/{review['version']}/"
    return {c["name"]: c["key"] for c in caller.call("GET", version).json()["categories"]}


def test_a_review_is_started_answered_submitted_and_reopened(
    organisation: Organisation, reviewer: Caller
) -> None:
    ticket = stored_ticket(organisation)
    version = published_scorecard(organisation)
    body = {"ticket": ticket.pk, "scorecard": version.scorecard_id}
    review = reviewer.call("POST", "reviews/", body).json()
    assert review["state"] == "draft"
    assert reviewer.call("POST", "reviews/", body).json()["id"] == review["id"]
    url = f"reviews/{review['id']}/"
    incomplete = reviewer.call("POST", f"{url}submit/")
    assert incomplete.status_code == 422
    assert "Greeting" in incomplete.json()["detail"]
    named = keys(reviewer, review)
    for name, value in {"Greeting": 1, "Tone": 2, "Right answer": 4}.items():
        answer = {"value": value, "comment": "Well done", "revision": review["revision"]}
        review = reviewer.call("PUT", f"{url}ratings/{named[name]}/", answer).json()
    text = {"comment": "A parcel", "revision": review["revision"]}
    reviewer.call("PUT", f"{url}ratings/{named['What was it about?']}/", text)
    done = reviewer.call("POST", f"{url}submit/").json()
    assert (done["state"], done["score"], done["passed"]) == ("submitted", 100.0, True)
    assert {line["comment"] for line in done["ratings"]} == {"Well done", "A parcel"}
    late = reviewer.call("PUT", f"{url}ratings/{named['Tone']}/", answer)
    assert late.status_code == 409
    assert reviewer.call("POST", f"{url}reopen/", {}).json()["errors"][0]["path"] == "$.reason"
    again = reviewer.call("POST", f"{url}reopen/", {"reason": "A slip"}).json()
    assert (again["state"], again["score"]) == ("draft", None)


def test_an_answer_that_was_changed_meanwhile_is_not_overwritten(
    organisation: Organisation, reviewer: Caller
) -> None:
    stored = {"ticket": stored_ticket(organisation).pk}
    published_scorecard(organisation)
    review = reviewer.call("POST", "reviews/", stored).json()
    rating = f"reviews/{review['id']}/ratings/{keys(reviewer, review)['Greeting']}/"
    first = {"value": 1, "revision": review["revision"]}
    assert reviewer.call("PUT", rating, first).status_code == 200
    assert reviewer.call("PUT", rating, first | {"value": 0}).status_code == 409
    assert reviewer.call("PUT", rating, {"value": 1}).json()["errors"][0]["path"] == "$.revision"


def test_agents_read_their_own_reviews_only_and_learn_who_else_did(
    organisation: Organisation, member: Make
) -> None:
    review = submitted_review(organisation)
    agent, other = member(Role.AGENT), member(Role.AGENT)
    claim_agents(organisation, agent)
    url = f"reviews/{review.pk}/"
    assert Caller(agent).call("GET", url).json()["score"] == 100.0
    assert Caller(other).call("GET", url).status_code == 404
    assert Caller(other).call("GET", "reviews/").json()["results"] == []
    Caller(member(Role.ADMIN)).call("GET", url)
    with tenant_scope(organisation.pk):
        seen = [event.action for event in events_for_user(agent.user_id)]
    assert seen.count("scoring.review.viewed") == 1


def test_a_list_of_reviews_can_be_narrowed(organisation: Organisation, member: Make) -> None:
    review = submitted_review(organisation)
    admin = Caller(member(Role.ADMIN))
    for query, found in (("state=submitted", 1), ("state=draft", 0), ("since=2100-01-01", 0)):
        assert len(admin.call("GET", f"reviews/?{query}").json()["results"]) == found
    wrong = admin.call("GET", "reviews/?since=soon")
    assert wrong.json()["errors"][0]["path"] == "$.since"
    listed = admin.call("GET", "reviews/").json()["results"][0]
    with tenant_scope(organisation.pk):
        assert listed["reviewer"] == review.reviewer.user.public_number


def test_a_dispute_is_opened_decided_and_changes_the_score(
    organisation: Organisation, member: Make
) -> None:
    review = submitted_review(organisation, answers=LOW)
    agent = member(Role.AGENT)
    claim_agents(organisation, agent)
    caller, admin = Caller(agent), Caller(member(Role.ADMIN))
    shown = caller.call("GET", f"reviews/{review.pk}/").json()
    disputed = keys(admin, shown)["Right answer"]
    claim = {
        "review": review.pk,
        "about": "category",
        "category": disputed,
        "value": 4,
        "reason": "The answer was complete.",
    }
    opened = caller.call("POST", "disputes/", claim, key="d-1").json()
    assert (opened["state"], opened["reason"]) == ("open", "The answer was complete.")
    assert caller.call("POST", "disputes/", claim, key="d-1").json() == opened
    assert caller.call("GET", f"reviews/{review.pk}/").json()["is_suspended"] is True
    url = f"disputes/{opened['id']}/"
    assert caller.call("POST", f"{url}decide/", {}).status_code == 403
    verdict = {
        "verdict": "accepted",
        "reasons": "You are right.",
        "ratings": [{"category": disputed, "value": 4}],
    }
    decided = admin.call("POST", f"{url}decide/", verdict).json()
    assert (decided["state"], decided["decision"]) == ("accepted", "You are right.")
    assert caller.call("GET", f"reviews/{review.pk}/").json()["score"] == 100.0
    assert caller.call("POST", f"{url}withdraw/").status_code in {409, 422}


def test_an_assignment_is_made_picked_paused_and_read(
    organisation: Organisation, member: Make
) -> None:
    version = published_scorecard(organisation)
    stored_ticket(organisation)
    reviewer, admin = member(Role.REVIEWER), Caller(member(Role.ADMIN))
    with tenant_scope(organisation.pk):
        agent = Agent.objects.get().pk
    body = {
        "name": "Weekly",
        "scorecard": version.scorecard_id,
        "reviewers": [reviewer.user.public_number],
        "agents": [agent],
        "goal": 1,
        "starts_on": str(factories.MONDAY.date()),
        "filters": {"days": 365, "languages": [], "tags": ["parcel"]},
    }
    made = admin.call("POST", "assignments/", body)
    assert made.status_code == 201
    url = f"assignments/{made.json()['id']}/"
    assert made.json()["filters"]["tags"] == ["parcel"]
    assert admin.call("GET", f"{url}picks/").status_code == 200
    assert admin.call("POST", f"{url}state/", {"state": "pause"}).json()["state"] == "paused"
    stranger = body | {"reviewers": ["0000000000000000"], "agents": []}
    wrong = {
        error["path"] for error in admin.call("POST", "assignments/", stranger).json()["errors"]
    }
    assert {"$.reviewers[0]", "$.teams[0]"} & wrong or {"$.reviewers", "$.teams"} <= wrong


def test_figures_are_those_of_the_dashboard_and_withheld_below_the_minimum(
    organisation: Organisation, member: Make
) -> None:
    caller, version = Caller(member(Role.OWNER)), published_scorecard(organisation)
    reviewer = factories.membership(organisation, Role.REVIEWER)

    def give(times: int, sample: str) -> None:
        for _ in range(times):
            submitted_review(organisation, version=version, reviewer=reviewer, sample=sample)

    give(4, "random")
    give(5, "targeted")
    withheld = caller.call("GET", "quality/").json()
    nothing = {"n": 4, "value": None, "low": None, "high": None, "enough_data": False}
    [agent] = withheld["agents"]
    assert withheld["figures"]["iqs"] == agent["figures"]["pass_rate"] == nothing
    assert [line["average"]["enough_data"] for line in withheld["categories"]] == [False] * 3
    give(1, "random")
    found = caller.call("GET", "quality/").json()
    assert found["minimum_reviews"] == found["figures"]["iqs"]["n"] == 5
    assert found["figures"]["iqs"]["value"] == found["agents"][0]["figures"]["iqs"]["value"] == 100
    assert round(found["figures"]["pass_rate"]["low"]) == 57
    targeted = caller.call("GET", "quality/?sample=targeted").json()
    assert targeted["figures"]["iqs"]["n"] == 5
    wrong = caller.call("GET", "quality/?first=2026-11-30&last=2026-11-01")
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (422, "$.last")


def test_figures_of_a_lead_are_those_of_their_teams(
    organisation: Organisation, member: Make
) -> None:
    review = submitted_review(organisation, sample="random")
    lead = member(Role.TEAM_LEAD)

    def counted() -> int:
        return int(Caller(lead).call("GET", "quality/").json()["figures"]["iqs"]["n"])

    assert counted() == 0
    with tenant_scope(organisation.pk):
        team = Team.objects.create(organisation=organisation, name="Another")
        TeamLead.objects.create(
            organisation=organisation, team=team, membership=lead, valid_from=review.day
        )
        Review.objects.filter(pk=review.pk).update(team=team)
        changed([review.pk])
    assert counted() == 1

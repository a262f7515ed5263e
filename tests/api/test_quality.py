"""Reviews, disputes and assignments through the API, from the start to what they change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from kaizo.accounts.models import Membership, Organisation, Team, TeamLead
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.api import events_for_user
from scoring.quality.changes import changed
from scoring.quality.models import Review
from scoring.quality.scorecards.rubrics import Conditions
from scoring.quality.scorecards.services import archive
from tests import factories
from tests.api.calling import Caller
from tests.scoring.quality.assignments.world import agent_ids, conversation, fill
from tests.scoring.quality.factories import (
    published_scorecard,
    small_rubric,
    stored_ticket,
    submitted_review,
)
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


def test_a_review_is_started_by_a_scorecard_that_is_meant_for_it(
    organisation: Organisation, reviewer: Caller
) -> None:
    archived = published_scorecard(organisation, name="Old").scorecard
    rubric = small_rubric(conditions=Conditions(channels=("chat",)))
    for_chats = published_scorecard(organisation, name="Chats", rubric=rubric).scorecard
    with tenant_scope(organisation.pk):
        archive(scorecard=archived, actor=None)
    body = {"ticket": stored_ticket(organisation).pk}
    for card in (archived, for_chats):
        refused = reviewer.call("POST", "reviews/", body | {"scorecard": card.pk})
        assert refused.status_code == 422
        assert f"“{card.name}” is not in force" in refused.json()["detail"]
    assert "No scorecard" in reviewer.call("POST", "reviews/", body).json()["detail"]
    published_scorecard(organisation)
    assert reviewer.call("POST", "reviews/", body).status_code == 201


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


@pytest.fixture
def weekly(organisation: Organisation, member: Make) -> Callable[..., Any]:
    """An assignment of an admin's with two reviewers and two conversations, one of them picked."""

    def make(**changed: Any) -> tuple[Caller, list[Membership], dict[str, Any]]:
        version = published_scorecard(organisation)
        fill(organisation, [conversation(1), conversation(2)])
        admin, reviewers = Caller(member(Role.ADMIN)), [member(Role.REVIEWER) for _ in range(2)]
        body = {
            "name": "Weekly",
            "scorecard": version.scorecard_id,
            "reviewers": [reviewers[0].user.public_number],
            "agents": agent_ids(organisation),
            "goal": 1,
            "starts_on": str(factories.today(organisation)),
            "ends_on": str(factories.today(organisation) + timedelta(days=90)),
            "filters": {"days": 365, "tags": [], "replies_min": 1},
        }
        made = admin.call("POST", "assignments/", body | changed)
        assert made.status_code == 201, made.content
        return admin, reviewers, made.json()

    return make


def test_an_assignment_is_changed_in_what_is_named_only(
    weekly: Callable[..., Any], member: Make
) -> None:
    admin, reviewers, made = weekly()
    url = f"assignments/{made['id']}/"
    numbers = [each.user.public_number for each in reviewers]
    changed = {"goal": 3, "ends_on": None, "reviewers": numbers}
    answer = admin.call("PATCH", url, changed)
    assert answer.status_code == 200, answer.content
    now = {**answer.json(), "reviewers": sorted(answer.json()["reviewers"])}
    assert now == made | changed | {"reviewers": sorted(numbers)}
    replaced = admin.call("PATCH", url, {"filters": {"tags": ["parcel"]}}).json()["filters"]
    assert replaced["tags"] == ["parcel"]
    assert not replaced.get("replies_min")
    wrong = admin.call("PATCH", url, {"agents": [], "teams": []})
    assert (wrong.status_code, wrong["Content-Type"]) == (422, "application/problem+json")
    assert admin.call("GET", url).json()["agents"] == made["agents"]
    assert Caller(member(Role.TEAM_LEAD)).call("PATCH", url, {"goal": 2}).status_code == 404
    assert Caller(reviewers[0]).call("PATCH", url, {"goal": 2}).status_code == 403


def test_a_pick_is_given_to_somebody_else_replaced_and_removed(
    weekly: Callable[..., Any], member: Make
) -> None:
    admin, (first, second), made = weekly()
    (pick,) = admin.call("GET", f"assignments/{made['id']}/picks/").json()["results"]
    other = {"reviewer": second.user.public_number}
    assert pick["reviewer"] == first.user.public_number
    refused = admin.call("POST", f"picks/{pick['id']}/reassign/", other)
    assert refused.status_code == 422  # not a reviewer of the assignment
    both = [first.user.public_number, second.user.public_number]
    admin.call("PATCH", f"assignments/{made['id']}/", {"reviewers": both})
    assert admin.call("POST", f"picks/{pick['id']}/reassign/", other).json() == pick | other
    assert Caller(second).call("POST", f"picks/{pick['id']}/reassign/", other).status_code == 403

    mine, reason = Caller(second), {"reason": "too_short"}
    assert mine.call("POST", f"picks/{pick['id']}/replace/", {"reason": "gone"}).status_code == 422
    assert Caller(first).call("POST", f"picks/{pick['id']}/replace/", reason).status_code == 404
    once = mine.call("POST", f"picks/{pick['id']}/replace/", reason, key="once")
    assert once.status_code == 200, once.content
    new = once.json()
    assert (new["state"], new["why"]) == ("open", "replacement")
    again = mine.call("POST", f"picks/{pick['id']}/replace/", reason, key="once")
    assert (again.json(), again["Idempotency-Replayed"]) == (new, "true")
    assert mine.call("POST", f"picks/{pick['id']}/replace/", reason).status_code == 409
    removed = mine.call("POST", f"picks/{new['id']}/remove/", {"reason": "duplicate"}).json()
    assert (removed["state"], removed["reason"]) == ("removed", "duplicate")
    rows = admin.call("GET", f"assignments/{made['id']}/picks/").json()["results"]
    assert {row["id"]: row["replaced_by"] for row in rows} == {
        pick["id"]: new["id"],
        new["id"]: None,
    }


def test_reviewers_replace_over_the_api_only_where_the_assignment_lets_them(
    weekly: Callable[..., Any],
) -> None:
    admin, (first, _second), made = weekly(may_replace=False)
    (pick,) = admin.call("GET", f"assignments/{made['id']}/picks/").json()["results"]
    url, reason = f"picks/{pick['id']}/remove/", {"reason": "absent"}
    assert Caller(first).call("POST", url, reason).status_code == 404
    assert admin.call("POST", url, reason).json()["state"] == "removed"


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
    assert caller.call("GET", f"quality/?team={2**63}").status_code == 422
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

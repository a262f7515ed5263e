"""Scorecards through the API, and what every endpoint shares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from kaizo.accounts.api.models import ApiRequest, Scope
from kaizo.accounts.api.tokens import forget_requests
from kaizo.accounts.models import Membership, Organisation
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.quality.models import Scorecard
from scoring.quality.scorecards.selectors import rubric
from tests.api.calling import Caller
from tests.scoring.quality.factories import draft_scorecard, published_scorecard

pytestmark = pytest.mark.django_db
OPENAPI = Path(__file__).resolve().parents[2] / "docs" / "api" / "openapi.yaml"
OURS: dict[str, Any] = {
    "format": "kaizo-scorecard",
    "version": 1,
    "name": "Ours",
    "groups": [{"name": "Solution", "categories": [{"name": "Right", "weight": 10}]}],
}


@pytest.fixture
def lead(member: Callable[[Role], Membership]) -> Caller:
    return Caller(member(Role.TEAM_LEAD))


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    return body


def test_a_scorecard_is_created_changed_published_and_read(lead: Caller) -> None:
    made = lead.call("POST", "scorecards/", OURS)
    assert made.status_code == 201
    card = made.json()
    assert card["draft"]["number"] == 1
    assert card["in_force"] is None
    changed = OURS | {"mode": "additive", "pass_mark": 10}
    assert lead.call("PUT", f"scorecards/{card['id']}/draft/", changed).status_code == 200
    published = lead.call("POST", f"scorecards/{card['id']}/publish/")
    assert published.json()["in_force"]["number"] == 1
    version = f"scorecards/{card['id']}/versions/1/"
    keys = lead.call("GET", version).json()["categories"]
    assert [(entry["group"], entry["name"]) for entry in keys] == [("Solution", "Right")]
    document = lead.call("GET", f"{version}document/").json()
    assert document["mode"] == "additive"
    again = lead.call("POST", "scorecards/", document | {"name": "Again"}).json()
    copied = lead.call("GET", f"scorecards/{again['id']}/versions/1/document/").json()
    assert copied == document | {"name": "Again"}
    assert lead.call("DELETE", f"scorecards/{again['id']}/draft/").status_code == 204
    assert lead.call("GET", f"scorecards/{again['id']}/").status_code == 404


def test_a_wrong_document_names_the_place_and_leaves_nothing(
    organisation: Organisation, lead: Caller
) -> None:
    bad = OURS | {"groups": [{"name": "A", "weight": 101}]}
    assert "$.groups[0].weight" in problem(lead.call("POST", "scorecards/", bad), 422)["detail"]
    problem(lead.call("POST", "scorecards/", [1]), 422)
    taken = lead.call("POST", "scorecards/", OURS)
    assert taken.status_code == 201
    assert problem(lead.call("POST", "scorecards/", OURS), 409)["code"] == "conflict"
    with tenant_scope(organisation.pk):
        assert Scorecard.objects.count() == 1


def test_a_page_leads_to_the_next_and_skips_nothing(
    organisation: Organisation, lead: Caller
) -> None:
    for _number in range(3):
        published_scorecard(organisation)
    first = lead.call("GET", "scorecards/?limit=2").json()
    second = lead.call("GET", first["next"]).json()
    seen = [card["id"] for page in (first, second) for card in page["results"]]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 3
    assert second["next"] is None
    problem(lead.call("GET", "scorecards/?cursor=nonsense"), 404)


def test_the_same_key_creates_once(organisation: Organisation, lead: Caller) -> None:
    first = lead.call("POST", "scorecards/", OURS, key="a-1")
    again = lead.call("POST", "scorecards/", OURS, key="a-1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    other = problem(lead.call("POST", "scorecards/", OURS | {"name": "B"}, key="a-1"), 422)
    assert other["code"] == "key"
    assert lead.call("POST", "scorecards/", OURS | {"name": "B"}, key="a-2").status_code == 201
    with tenant_scope(organisation.pk):
        assert Scorecard.objects.count() == 2


def test_a_key_whose_request_failed_can_be_used_again(lead: Caller) -> None:
    draft = lead.call("POST", "scorecards/", OURS | {"groups": []}).json()
    publish = f"scorecards/{draft['id']}/publish/"
    problem(lead.call("POST", publish, key="p"), 422)
    lead.call("PUT", f"scorecards/{draft['id']}/draft/", OURS)
    published = lead.call("POST", publish, key="p")
    assert published.status_code == 200
    assert "Idempotency-Replayed" not in published


def test_keys_are_forgotten_after_a_day(organisation: Organisation, lead: Caller) -> None:
    lead.call("POST", "scorecards/", OURS, key="a-1")
    with tenant_scope(organisation.pk):
        assert forget_requests() == 0
        ApiRequest.objects.update(created_at=clock.now() - timedelta(hours=25))
        assert forget_requests() == 1


def test_scope_and_role_are_both_needed(
    organisation: Organisation, member: Callable[[Role], Membership]
) -> None:
    lead, agent = member(Role.TEAM_LEAD), member(Role.AGENT)
    reading = Caller(lead, [Scope.SCORECARDS_READ])
    assert reading.call("GET", "scorecards/").status_code == 200
    assert problem(reading.call("POST", "scorecards/", OURS), 403)["code"] == "scope"
    assert problem(Caller(agent).call("POST", "scorecards/", OURS), 403)["code"] == "role"
    draft = draft_scorecard(organisation)
    problem(Caller(agent).call("GET", f"scorecards/{draft.scorecard_id}/"), 404)
    assert Caller(lead).call("GET", f"scorecards/{draft.scorecard_id}/").status_code == 200


def test_replacing_a_draft_keeps_the_keys_of_categories(
    organisation: Organisation, lead: Caller
) -> None:
    version = published_scorecard(organisation)
    url = f"scorecards/{version.scorecard_id}/"
    document = lead.call("GET", f"{url}versions/1/document/").json()
    document["groups"][0]["categories"][0]["weight"] = 50
    assert lead.call("PUT", f"{url}draft/", document).json()["draft"]["number"] == 2
    keys = [entry["key"] for entry in lead.call("GET", f"{url}versions/2/").json()["categories"]]
    with tenant_scope(organisation.pk):
        assert keys == [str(category.key) for category in rubric(version).categories()]


def test_what_does_not_exist_is_a_problem_document(lead: Caller) -> None:
    problem(lead.call("GET", "scorecards/1/"), 404)
    problem(lead.call("GET", "nothing/"), 404)
    problem(lead.call("DELETE", "scorecards/"), 405)
    for body in (b"{", b'{"name": "\\ud800"}'):
        wrong = lead.client.generic(
            "POST",
            f"/api/v1/o/{lead.slug}/scorecards/",
            body,
            "application/json",
            headers={"Authorization": f"Bearer {lead.secret}"},
        )
        problem(wrong, 400)


def test_too_many_calls_are_asked_to_wait(lead: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from kaizo.accounts.api.base import PerToken

    monkeypatch.setattr(PerToken, "THROTTLE_RATES", {"api": "2/min"})
    answers = [lead.call("GET", "scorecards/") for _call in range(3)]
    assert [response.status_code for response in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0


def test_the_committed_description_is_the_api_s_own() -> None:
    """`./dev manage spectacular --file docs/api/openapi.yaml` brings it up to date."""
    served = Client().get("/api/schema/")
    assert served.status_code == 200
    assert yaml.safe_load(served.content) == yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))


def test_the_list_takes_the_same_queries_however_many_there_are(
    organisation: Organisation, lead: Caller, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _number in range(4):
        published_scorecard(organisation)
    with django_assert_max_num_queries(10):
        lead.call("GET", "scorecards/")

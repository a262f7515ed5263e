"""The privacy endpoints: the same four eyes as on the pages, no words of anybody, the audit log."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from kaizo.accounts.models import Membership, Organisation
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.models import AuditEvent
from privacy.rights.models import RightsRequest
from tests.api.calling import Caller
from tests.privacy.rights import erasures
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

Member = Callable[[Role], Membership]
CONTACT, WORDS = "dora1@post.example", "Please forget me."


@pytest.fixture
def officer(member: Member) -> Caller:
    return Caller(member(Role.PRIVACY_OFFICER))


@pytest.fixture
def second(member: Member) -> Caller:
    return Caller(member(Role.OWNER))


@pytest.fixture
def entered(organisation: Organisation, officer: Caller) -> dict[str, Any]:
    """An erasure by mail of somebody with two tickets, entered today."""
    erasures.ingest(organisation, *erasures.records(2))
    return enter(officer)


def enter(caller: Caller, key: str = "", **changed: Any) -> dict[str, Any]:
    body = {
        "kind": "erasure",
        "channel": "mail",
        "received_on": timezone.localdate().isoformat(),
        "contact": CONTACT,
        "message": WORDS,
    }
    answer = caller.call("POST", "privacy/requests/", body | changed, key=key)
    return {"status_code": answer.status_code, **answer.json()}


def act(caller: Caller, request: dict[str, Any], way: str, body: object = None) -> dict[str, Any]:
    answer = caller.call("POST", f"privacy/requests/{request['id']}/{way}/", body)
    return {"status_code": answer.status_code, **answer.json()}


def test_an_erasure_goes_from_entry_to_approval_by_another(
    organisation: Organisation, entered: dict[str, Any], officer: Caller, second: Caller
) -> None:
    assert (entered["status_code"], entered["status"]) == (201, "received")
    assert act(officer, entered, "plan")["status_code"] == 422
    assert act(officer, entered, "confirm")["status"] == "verified"
    planned = act(officer, entered, "plan")
    assert planned["status"] == "planned"
    counts = {step["what"]: step["planned"] for step in planned["plan"]["steps"]}
    assert counts["tickets.Ticket"] == 2

    digest = {"digest": planned["plan"]["digest"]}
    own = act(officer, entered, "approve", digest)
    assert (own["status_code"], own["detail"]) == (422, "Somebody else has to do this.")
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 2
    approved = act(second, entered, "approve", digest)
    assert approved["status"] == "approved"
    assert approved["plan"]["approved_at"] is not None


def test_an_approval_of_another_plan_is_none(
    entered: dict[str, Any], officer: Caller, second: Caller
) -> None:
    act(officer, entered, "confirm")
    act(officer, entered, "plan")
    answer = act(second, entered, "approve", {"digest": "0" * 64})
    assert answer["status_code"] == 422
    assert officer.call("GET", f"privacy/requests/{entered['id']}/").json()["status"] == "planned"


def test_no_answer_holds_what_somebody_wrote_or_where_they_live(
    entered: dict[str, Any], officer: Caller
) -> None:
    told = [
        entered,
        officer.call("GET", "privacy/requests/").json(),
        officer.call("GET", f"privacy/requests/{entered['id']}/").json(),
        officer.call("GET", f"privacy/requests/{entered['id']}/events/").json(),
        officer.call("GET", "privacy/audit/").json(),
    ]
    text = json.dumps(told)
    assert "erasure" in text
    assert CONTACT not in text
    assert WORDS not in text


def test_the_same_request_is_entered_once(organisation: Organisation, officer: Caller) -> None:
    first, again = enter(officer, "k1"), enter(officer, "k1")
    assert first["id"] == again["id"]
    assert enter(officer, "k1", kind="access")["code"] == "key"
    with tenant_scope(organisation.pk):
        assert RightsRequest.objects.count() == 1


def test_requests_are_listed_by_what_they_are(officer: Caller) -> None:
    enter(officer)
    enter(officer, kind="access")
    both = officer.call("GET", "privacy/requests/").json()["results"]
    assert [row["kind"] for row in both] == ["access", "erasure"]
    one = officer.call("GET", "privacy/requests/?kind=access&status=received").json()["results"]
    assert [row["kind"] for row in one] == ["access"]
    wrong = officer.call("GET", "privacy/requests/?kind=pizza")
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (422, "$.kind")


def test_a_request_is_extended_once(entered: dict[str, Any], officer: Caller) -> None:
    why = {"reason": "Thousands of conversations"}
    assert act(officer, entered, "extend", {})["errors"][0]["path"] == "$.reason"
    extended = act(officer, entered, "extend", why)
    assert extended["extended_to"] > extended["due_at"]
    assert act(officer, entered, "extend", why)["status_code"] == 422
    tomorrow = enter(officer, received_on="2999-01-01")
    assert tomorrow["errors"][0]["path"] == "$.received_on"


def test_a_refusal_is_proposed_on_a_ground_of_the_law_and_confirmed_by_another(
    entered: dict[str, Any], officer: Caller, second: Caller
) -> None:
    bad = act(officer, entered, "refuse", {"ground": "too_much_work", "text": "No."})
    assert bad["errors"][0]["path"] == "$.ground"
    ground = {"ground": "art_12_5_unfounded", "text": "The third time."}
    proposed = act(officer, entered, "refuse", ground)
    assert proposed["status"] == "received"
    shown = proposed["proposed_refusal"]
    assert (shown["ground"], shown["reasons"]) == ("art_12_5_unfounded", "The third time.")

    verdict = {"refusal": shown["id"], "confirm": True}
    own = act(officer, entered, "refuse/settle", verdict)
    assert (own["status_code"], own["detail"]) == (422, "Somebody else has to do this.")
    other = enter(officer, kind="access")
    assert act(second, other, "refuse/settle", verdict)["status_code"] == 404
    refused = act(second, entered, "refuse/settle", verdict)
    assert (refused["status"], refused["refusal_ground"]) == ("refused", "art_12_5_unfounded")
    assert refused["proposed_refusal"] is None
    events = officer.call("GET", f"privacy/requests/{entered['id']}/events/").json()["results"]
    told = "message"  # the decision is a letter to the person
    assert [event["what"] for event in events] == [told, "moved", "proposed", "moved"]


def test_a_proposed_refusal_is_dropped_and_the_request_goes_on(
    entered: dict[str, Any], officer: Caller
) -> None:
    proposed = act(officer, entered, "refuse", {"ground": "art_11_2", "text": "Who?"})
    verdict = {"refusal": proposed["proposed_refusal"]["id"], "confirm": False}
    dropped = act(officer, entered, "refuse/settle", verdict)
    assert (dropped["status"], dropped["proposed_refusal"]) == ("received", None)
    assert act(officer, entered, "refuse/settle", verdict)["status_code"] == 404


def test_a_hold_is_opened_by_one_and_approved_by_another(
    organisation: Organisation, entered: dict[str, Any], officer: Caller, second: Caller
) -> None:
    with tenant_scope(organisation.pk):
        number = Ticket.objects.first().pk
    body = {
        "reason": "litigation",
        "matter": "Dobbs against Harbour",
        "rows": [{"table": "tickets.Ticket", "number": number}],
        "review_on": "2999-01-01",
        "expires_on": "2999-02-01",
    }
    hold = officer.call("POST", "privacy/holds/", body)
    assert hold.status_code == 201
    assert "Dobbs" not in hold.content.decode()
    address = f"privacy/holds/{hold.json()['id']}/"
    assert officer.call("POST", f"{address}approve/").status_code == 422
    assert second.call("POST", f"{address}approve/").json()["approved_at"] is not None
    assert second.call("POST", f"{address}release/").json()["released_at"] is not None
    assert len(officer.call("GET", "privacy/holds/").json()["results"]) == 1
    gone = body | {"rows": [{"table": "tickets.Ticket", "number": number + 999}]}
    assert (
        f"no record {number + 999}" in officer.call("POST", "privacy/holds/", gone).json()["detail"]
    )
    of_no_table = body | {"rows": [{"table": "words", "number": number}]}
    assert officer.call("POST", "privacy/holds/", of_no_table).status_code == 422
    empty = officer.call("POST", "privacy/holds/", body | {"rows": []})
    assert empty.json()["errors"][0]["path"] == "$.rows"


def test_mentions_are_found_without_their_words(
    organisation: Organisation, officer: Caller
) -> None:
    nothing = officer.call("POST", "privacy/mentions/", {})
    assert nothing.json()["errors"][0]["path"] == "$.non_field_errors"
    found = officer.call("POST", "privacy/mentions/", {"emails": [CONTACT]}).json()
    assert found == {"certain": 0, "hints": 0, "unread": 0, "mentions": []}
    with tenant_scope(organisation.pk):
        event = AuditEvent.objects.get(action="privacy.mentions.searched")
    assert event.detail["by_emails"] == 1


def test_the_log_is_read_page_by_page_and_auditors_see_nobody(
    entered: dict[str, Any], officer: Caller, member: Member
) -> None:
    first = officer.call("GET", "privacy/audit/?limit=1").json()
    rest = officer.call("GET", first["next"]).json()["results"]
    assert first["results"][0]["id"] > rest[0]["id"]
    entry = "privacy/audit/?action=privacy.request.received"
    [full] = officer.call("GET", entry).json()["results"]
    number = officer.token.membership.user.public_number
    assert (full["actor"], full["detail"]["kind"]) == (number, "erasure")
    assert full["object_id"] == entered["id"]

    [bare] = Caller(member(Role.AUDITOR)).call("GET", entry).json()["results"]
    assert (bare["actor"], bare["object_id"], bare["subject"]) == ("", "", None)
    by_account = officer.call("GET", f"{entry}&account={number}").json()["results"]
    assert [row["id"] for row in by_account] == [full["id"]]
    unknown = officer.call("GET", f"{entry}&account={'0' * 16}").json()
    assert unknown["errors"][0]["path"] == "$.account"

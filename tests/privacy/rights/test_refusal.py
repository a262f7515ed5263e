"""A refusal is proposed by one person and confirmed by another; until then nothing is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.models import AuditEvent
from privacy.rights import plans, requests
from privacy.rights.correspondence.services import letters_of
from privacy.rights.models import RequestEvent, RequestStatus, RightsRequest
from privacy.rights.refusal import services
from privacy.rights.refusal.models import Refusal
from privacy.rights.requests import NoGround, NotAllowedNow, SamePerson
from tests.privacy.rights import erasures

pytestmark = pytest.mark.django_db

REASONS = "There is a lawsuit about this very order."
GIVEN = {"ground": "art_17_3_e", "text": REASONS}


@pytest.fixture
def officer(member: Callable[[Role], Membership]) -> Membership:
    return member(Role.PRIVACY_OFFICER)


@pytest.fixture
def owner(member: Callable[[Role], Membership]) -> Membership:
    return member(Role.OWNER)


class Desk:
    """The page of one request, as a member sees it."""

    def __init__(
        self, organisation: Organisation, sign_in: Callable[[User], Client], request: RightsRequest
    ) -> None:
        self.organisation, self.sign_in, self.request = organisation, sign_in, request

    def post(self, who: Membership, name: str, key: object, **fields: str) -> HttpResponse:
        address = reverse(f"privacy:{name}", args=[self.organisation.slug, key])
        return self.sign_in(who.user).post(address, fields)

    def propose(self, who: Membership, **changed: str) -> HttpResponse:
        return self.post(who, "refuse", self.request.public_id, **{**GIVEN, **changed})

    def settle(self, who: Membership, how: str = "confirm") -> HttpResponse:
        return self.post(who, "settle_refusal", self.proposed().public_id, how=how)

    def page(self, who: Membership, name: str = "request_detail") -> str:
        key = [self.request.public_id] if name == "request_detail" else []
        address = reverse(f"privacy:{name}", args=[self.organisation.slug, *key])
        return self.sign_in(who.user).get(address).content.decode()

    def proposed(self) -> Refusal:
        with tenant_scope(self.organisation.pk):
            return Refusal.objects.latest("pk")

    def now(self) -> RightsRequest:
        with tenant_scope(self.organisation.pk):
            return RightsRequest.objects.get(pk=self.request.pk)

    def letters(self) -> str:
        with tenant_scope(self.organisation.pk):
            return "\n".join(letter.text or "" for letter in letters_of(self.request))


@pytest.fixture
def desk(organisation: Organisation, sign_in: Callable[[User], Client]) -> Desk:
    return Desk(organisation, sign_in, erasures.receive(organisation))


def test_one_proposes_and_another_confirms(
    desk: Desk, officer: Membership, owner: Membership
) -> None:
    assert desk.propose(officer).status_code == 302
    assert (desk.now().status, desk.now().decision) == (RequestStatus.VERIFIED, "")
    assert desk.letters() == ""

    assert desk.settle(officer).status_code == 422
    assert desk.now().status == RequestStatus.VERIFIED
    assert desk.settle(owner).status_code == 302
    found = desk.now()
    assert (found.status, found.refusal_ground) == (RequestStatus.REFUSED, "art_17_3_e")
    assert found.decision_proposed_by_id == officer.user_id
    assert found.decided_by_id == owner.user_id
    assert REASONS in desk.letters()
    assert desk.settle(owner).status_code == 404


def test_the_page_and_the_board_show_what_waits_for_a_second_person(
    desk: Desk, officer: Membership, owner: Membership
) -> None:
    assert "Refusal to confirm" not in desk.page(owner, "board")
    desk.propose(officer)
    for page in (desk.page(owner), desk.page(owner, "board")):
        assert "Refusal to confirm" in page
    assert REASONS in desk.page(owner)
    assert "Confirm the refusal" in desk.page(owner)
    assert "somebody else has to confirm it" in desk.page(officer)
    assert "Confirm the refusal" not in desk.page(officer)


def test_a_proposal_needs_one_of_the_laws_grounds_and_reasons(
    desk: Desk, officer: Membership
) -> None:
    for wrong in ({"ground": "too_much_work"}, {"ground": "art_15_4"}, {"text": ""}):
        assert desk.propose(officer, **wrong).status_code == 422
    with tenant_scope(desk.organisation.pk):
        assert not Refusal.objects.exists()
        with pytest.raises(NoGround):
            services.propose(desk.request, ground="art_15_4", reasons="No.", actor_user_id=1)


def test_a_dropped_proposal_lets_the_request_go_on(desk: Desk, officer: Membership) -> None:
    desk.propose(officer)
    assert desk.settle(officer, how="drop").status_code == 302
    assert "Refusal to confirm" not in desk.page(officer)
    assert desk.now().status == RequestStatus.VERIFIED
    with tenant_scope(desk.organisation.pk):
        whats = RequestEvent.objects.order_by("pk").values_list("what", flat=True)
        assert list(whats)[-2:] == ["proposed", "dropped"]


def test_a_later_proposal_takes_the_place_of_an_earlier_one(
    desk: Desk, officer: Membership, owner: Membership
) -> None:
    desk.propose(officer)
    first = desk.proposed()
    desk.propose(owner, ground="art_11_2")
    assert desk.post(officer, "settle_refusal", first.public_id).status_code == 404
    assert desk.settle(owner).status_code == 422
    assert desk.settle(officer).status_code == 302
    assert desk.now().refusal_ground == "art_11_2"


def test_a_request_that_went_on_is_not_refused_any_more(
    desk: Desk, officer: Membership, owner: Membership
) -> None:
    desk.propose(officer)
    with tenant_scope(desk.organisation.pk):
        plan = plans.make_plan(desk.request, made_by_id=officer.user_id)
        plans.approve_plan(plan, digest=plan.digest, actor_user_id=owner.user_id)
        requests.move(desk.request, "running")
        requests.move(desk.request, "waiting", waiting_for=["hold"])
    assert "Refusal to confirm" not in desk.page(owner, "board")
    with tenant_scope(desk.organisation.pk), pytest.raises(NotAllowedNow):
        services.confirm(desk.proposed(), actor_user_id=owner.user_id)


def test_neither_of_the_two_decides_the_appeal(
    desk: Desk,
    officer: Membership,
    owner: Membership,
    member: Callable[[Role], Membership],
) -> None:
    desk.propose(officer)
    desk.settle(owner)
    with tenant_scope(desk.organisation.pk):
        request = RightsRequest.objects.get()
        requests.appeal_request(request, text="It ended long ago.")
        for either in (officer, owner):
            with pytest.raises(SamePerson):
                requests.decide_appeal(request, uphold=True, actor_user_id=either.user_id)
        third = member(Role.ADMIN)
        requests.decide_appeal(request, uphold=True, actor_user_id=third.user_id)
    assert desk.now().status == RequestStatus.VERIFIED


@pytest.mark.parametrize(
    ("changed", "guard"),
    [
        ({"outcome": "confirmed"}, "refusal_confirmed_by_another"),
        ({"outcome": "", "decided_at": None}, "refusal_whole"),
    ],
)
def test_the_database_holds_to_two_persons(
    desk: Desk, officer: Membership, changed: dict[str, object], guard: str
) -> None:
    desk.propose(officer)
    desk.settle(officer, how="drop")
    with pytest.raises(IntegrityError, match=guard), tenant_scope(desk.organisation.pk):
        Refusal.objects.update(**changed)


def test_the_database_refuses_a_decision_of_one_alone(
    desk: Desk, officer: Membership, owner: Membership
) -> None:
    desk.propose(officer)
    desk.settle(owner)
    with (
        pytest.raises(IntegrityError, match="rights_request_refused_by_two"),
        tenant_scope(desk.organisation.pk),
    ):
        RightsRequest.objects.update(decided_by_id=officer.user_id)


def test_each_step_is_an_event_without_words(
    desk: Desk, officer: Membership, owner: Membership
) -> None:
    desk.propose(officer)
    desk.settle(owner)
    with tenant_scope(desk.organisation.pk):
        found = AuditEvent.objects.filter(action__startswith="privacy.refusal.").order_by("pk")
        assert list(found.values_list("action", "actor_user_id", "detail__ground")) == [
            ("privacy.refusal.proposed", officer.user_id, "art_17_3_e"),
            ("privacy.refusal.confirmed", owner.user_id, "art_17_3_e"),
        ]

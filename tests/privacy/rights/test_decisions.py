"""Decisions: on the law's grounds for that right, told to the person with the way to appeal and the
authority, and looked at again by somebody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.rights import decisions, requests
from privacy.rights.authorities import authority_of
from privacy.rights.correspondence.services import letters_of
from privacy.rights.models import RefusalGround, RequestStatus, RightsRequest
from privacy.rights.requests import NoGround
from privacy.rights.states import Kind
from tests.privacy.rights import erasures

pytestmark = pytest.mark.django_db

EU = [
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV",
    "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
]  # fmt: skip


def letters(organisation: Organisation, request: RightsRequest) -> str:
    with tenant_scope(organisation.pk):
        return "\n".join(letter.text or "" for letter in letters_of(request))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("ground", RefusalGround.values)
def test_a_right_is_refused_on_its_own_grounds_alone(
    organisation: Organisation, kind: Kind, ground: str
) -> None:
    """Also by the database, whoever writes."""
    request = erasures.receive(organisation, kind=kind, verified=False)
    if decisions.may_refuse(kind, ground):
        with tenant_scope(organisation.pk):
            requests.refuse_request(
                request, ground=ground, text="No.", proposed_by_id=902, actor_user_id=1
            )
        assert request.status == RequestStatus.REFUSED
        return
    with tenant_scope(organisation.pk), pytest.raises(NoGround):
        requests.refuse_request(
            request, ground=ground, text="No.", proposed_by_id=902, actor_user_id=1
        )
    with (
        pytest.raises(IntegrityError, match="rights_request_ground"),
        tenant_scope(organisation.pk),
    ):
        RightsRequest.objects.update(decision="refused", refusal_ground=ground)


def test_a_ground_against_erasing_is_none_against_access() -> None:
    assert decisions.may_refuse("erasure", "art_17_3_b")
    assert not decisions.may_refuse("access", "art_17_3_b")


@pytest.mark.parametrize("country", EU)
def test_every_country_of_the_union_has_its_authority(country: str) -> None:
    found = authority_of(country)
    assert found is not None
    assert found.url.startswith("https://")


@pytest.mark.django_db(transaction=True)
def test_a_decision_names_the_authority_and_its_mail_says_nothing(
    organisation: Organisation,
) -> None:
    request = erasures.receive(organisation, kind="rectification")
    with tenant_scope(organisation.pk):
        requests.refuse_request(
            request,
            ground="art_12_5_excessive",
            text="The tenth this week.",
            proposed_by_id=902,
            actor_user_id=1,
        )
    said = letters(organisation, request)
    authority = authority_of(organisation.country)
    assert authority is not None
    for part in ("Refused: Excessive", "The tenth this week.", "another look", authority.name):
        assert part in said
    assert "The tenth" not in mail.outbox[-1].body
    assert "/see/" in mail.outbox[-1].body


def test_an_appeal_is_decided_by_somebody_else_on_the_page(
    organisation: Organisation,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> None:
    first, second = member(Role.PRIVACY_OFFICER), member(Role.OWNER)
    request = erasures.receive(organisation, kind="rectification")
    with tenant_scope(organisation.pk):
        requests.refuse_request(
            request,
            ground="art_11_2",
            text="Who are you?",
            proposed_by_id=902,
            actor_user_id=first.user_id,
        )
        requests.appeal_request(request, text="It is me, Dora.")

    def url(name: str) -> str:
        return reverse(f"privacy:{name}", args=[organisation.slug, request.public_id])

    given = {"outcome": "uphold", "reasons": "You are right."}
    client = sign_in(first.user)
    assert "It is me, Dora." in client.get(url("request_detail")).content.decode()
    assert client.post(url("decide_appeal"), given).status_code == 422
    client = sign_in(second.user)
    assert client.post(url("decide_appeal"), {"outcome": "uphold"}).status_code == 422
    assert client.post(url("decide_appeal"), given).status_code == 302
    assert "You are right." in letters(organisation, request)
    with tenant_scope(organisation.pk):
        assert RightsRequest.objects.get().status == RequestStatus.VERIFIED
    answered = {"decision": "partly", "answer": "Here is what we have."}
    assert client.post(url("answer"), answered).status_code == 302
    assert "Here is what we have." in letters(organisation, request)
    with tenant_scope(organisation.pk):
        assert RightsRequest.objects.get().status == RequestStatus.CLOSED


def test_an_officer_writes_and_tells_by_hand(
    organisation: Organisation,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> None:
    """Somebody who asked by post gets no mail: that they were told is said by whoever told them."""
    with tenant_scope(organisation.pk):
        request = requests.receive_request(kind="access", channel="post", contact="Quay 1, Harbour")
    client = sign_in(member(Role.PRIVACY_OFFICER).user)

    def url(name: str, key: object) -> str:
        return reverse(f"privacy:{name}", args=[organisation.slug, key])

    detail = url("request_detail", request.public_id)
    assert client.post(url("write_letter", request.public_id), {"text": ""}).status_code == 422
    assert client.post(url("write_letter", request.public_id), {"text": "Hello"}).status_code == 302
    page = client.get(detail).content.decode()
    assert "the person is not told yet" in page
    with tenant_scope(organisation.pk):
        [letter] = letters_of(request)
    told = url("letter_told", letter.message.public_id)
    assert client.post(told).status_code == 302
    assert "the person is told" in client.get(detail).content.decode()
    assert client.post(told).status_code == 404

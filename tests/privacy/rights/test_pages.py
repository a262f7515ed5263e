"""What a privacy officer sees and does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.rights.models import LegalHold, Plan, RequestStatus, RightsRequest
from tests.privacy.rights import erasures
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

Enter = Callable[[User], Client]


@pytest.fixture
def officer(member: Callable[[Role], Membership]) -> User:
    return member(Role.PRIVACY_OFFICER).user


@pytest.fixture
def second(member: Callable[[Role], Membership]) -> User:
    return member(Role.OWNER).user


@pytest.fixture
def found(organisation: Organisation) -> RightsRequest:
    erasures.ingest(organisation, *erasures.records(2))
    return erasures.receive(organisation, erasures.customer(organisation).subject_id)


def url(name: str, organisation: Organisation, *args: object) -> str:
    return reverse(f"privacy:{name}", args=[organisation.slug, *args])


def post(client: Client, where: str, **fields: object) -> int:
    return client.post(where, fields).status_code


def test_an_erasure_is_planned_by_one_and_approved_by_another(
    organisation: Organisation,
    found: RightsRequest,
    officer: User,
    second: User,
    sign_in: Enter,
) -> None:
    detail = url("request_detail", organisation, found.public_id)
    client = sign_in(officer)
    board = client.get(url("board", organisation)).content.decode()
    assert "Identity confirmed" in board
    assert "Erasure" in board

    assert post(client, url("make_plan", organisation, found.public_id)) == 302
    page = client.get(detail).content.decode()
    assert "<h1>Erasure</h1>" in page
    assert "Approve and erase" in page
    assert "messages" in page
    with tenant_scope(organisation.pk):
        digest = Plan.objects.get().digest
    approve = url("approve_plan", organisation, found.public_id)
    assert post(client, approve, digest=digest) == 422
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 2

    client = sign_in(second)
    assert post(client, approve, digest=digest) == 302
    with tenant_scope(organisation.pk):
        plan = Plan.objects.get(superseded_at__isnull=True)
    assert "hx-get" in client.get(detail).content.decode()
    erasures.run(organisation, plan)

    done = client.get(detail).content.decode()
    assert "Done and checked" in done
    assert "Dobbs" not in done
    with tenant_scope(organisation.pk):
        assert not Ticket.objects.exists()
        assert RightsRequest.objects.get().status == RequestStatus.VERIFIED_DONE


def test_a_plan_that_the_data_has_left_behind_is_not_approved(
    organisation: Organisation,
    found: RightsRequest,
    officer: User,
    second: User,
    sign_in: Enter,
) -> None:
    detail = url("request_detail", organisation, found.public_id)
    approve = url("approve_plan", organisation, found.public_id)
    post(sign_in(officer), url("make_plan", organisation, found.public_id))
    with tenant_scope(organisation.pk):
        digest = Plan.objects.get().digest
    client = sign_in(second)
    assert post(client, approve, digest="of no plan") == 422
    erasures.ingest(organisation, *erasures.records(1))
    assert post(client, approve, digest=digest) == 302
    assert "The data has changed" in client.get(detail).content.decode()
    with tenant_scope(organisation.pk):
        plan = Plan.objects.get(superseded_at__isnull=True)
    assert plan.approved_at is None
    assert post(client, approve, digest=plan.digest) == 302
    with tenant_scope(organisation.pk):
        assert Plan.objects.get(superseded_at__isnull=True).approved_at is not None


def test_a_hold_is_opened_by_one_and_approved_by_another(
    organisation: Organisation,
    found: RightsRequest,
    officer: User,
    second: User,
    sign_in: Enter,
) -> None:
    with tenant_scope(organisation.pk):
        ticket = Ticket.objects.order_by("pk")[0]
    answers = {
        "reason": "litigation",
        "matter": "Dobbs against the harbour",
        "table": "tickets.Ticket",
        "numbers": str(ticket.pk),
        "review_on": (clock.now() + timedelta(days=10)).date().isoformat(),
        "expires_on": (clock.now() + timedelta(days=20)).date().isoformat(),
    }
    client = sign_in(officer)
    where = url("hold_list", organisation)
    assert post(client, where, **(answers | {"numbers": "many"})) == 422
    assert post(client, where, **answers) == 302
    assert "Dobbs against the harbour" in client.get(where).content.decode()
    with tenant_scope(organisation.pk):
        hold = LegalHold.objects.get()
    approve = url("approve_hold", organisation, hold.public_id)
    assert post(client, approve) == 422

    client = sign_in(second)
    assert post(client, approve) == 302
    assert "In force" in client.get(where).content.decode()
    assert post(client, url("release_hold", organisation, hold.public_id)) == 302
    assert "Released" in client.get(where).content.decode()


def test_without_requests_the_board_says_so(
    organisation: Organisation, officer: User, sign_in: Enter
) -> None:
    assert "Nothing is open" in sign_in(officer).get(url("board", organisation)).content.decode()


def test_the_board_says_where_people_ask(
    organisation: Organisation, officer: User, sign_in: Enter
) -> None:
    page = sign_in(officer).get(url("board", organisation)).content.decode()
    [address] = re.findall(r'href="(http[^"]+/p/[^"]+)"', page)
    assert Client().get(address).status_code == 200


def test_every_label_of_a_request_names_a_field_of_its_own(
    organisation: Organisation, found: RightsRequest, officer: User, sign_in: Enter
) -> None:
    detail = url("request_detail", organisation, found.public_id)
    page = sign_in(officer).get(detail).content.decode()
    ids = Counter(re.findall(r' id="([^"]+)"', page))
    assert [name for name, count in ids.items() if count > 1] == []
    labels = re.findall(r'<label[^>]* for="([^"]+)"', page)
    assert {"refuse_form_text", "letter_form_text"} <= set(labels) <= set(ids)

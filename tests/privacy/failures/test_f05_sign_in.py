"""F05: signing in brings back somebody who was erased. Accounts come from invitations alone; none
is ever tied to a helpdesk's agent by its address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from msgspec.structs import replace

from kaizo.accounts import services
from kaizo.accounts.models import Membership, Organisation
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests import factories
from tests.privacy.rights import erasures
from tickets.contracts import TicketRecord
from tickets.models import Agent

pytestmark = pytest.mark.django_db
ADDRESS = "ada@support.example"  # as the helpdesk knows the agent


@pytest.fixture
def records(organisation: Organisation) -> list[TicketRecord]:
    found = erasures.records(3)
    erasures.ingest(organisation, *found)
    return found


@pytest.fixture
def account(organisation: Organisation, records: list[TicketRecord]) -> Membership:
    """Ada signs in as a member, and the helpdesk's agent is known to be her."""
    ada = factories.membership(organisation, Role.AGENT, factories.user(email=ADDRESS))
    with tenant_scope(organisation.pk):
        assert Agent.objects.update(membership=ada) == 1
    return ada


def tickets_seen(client: Client, organisation: Organisation) -> int:
    page = client.get(reverse("tickets:ticket_list", args=[organisation.slug]))
    assert page.status_code == 200
    return len(set(re.findall(r"/tickets/\d+/", page.content.decode())))


def enter(client: Client, address: str, password: str = factories.PASSWORD) -> Client:
    answer = client.post(reverse("account_login"), {"login": address, "password": password})
    assert answer.status_code == 302
    return client


def come_again(organisation: Organisation, records: list[TicketRecord]) -> None:
    later = timedelta(hours=1)
    erasures.ingest(organisation, *(replace(r, updated_at=r.updated_at + later) for r in records))


def test_f05_who_signs_in_again_is_not_the_erased_agent(
    organisation: Organisation, records: list[TicketRecord], account: Membership, client: Client
) -> None:
    assert tickets_seen(enter(client, ADDRESS), organisation) == len(records)
    erasures.erase(organisation, [erasures.agent(organisation).subject_id])
    come_again(organisation, records)

    assert tickets_seen(enter(Client(), ADDRESS), organisation) == 0
    with tenant_scope(organisation.pk):
        assert not Agent.objects.exists()
    week = client.get(reverse("scoring:my_week", args=[organisation.slug]))
    assert b"Ada Agent" not in week.content


def test_f05_an_account_that_is_made_anew_is_new_and_empty(
    organisation: Organisation, records: list[TicketRecord], client: Client
) -> None:
    erasures.erase(organisation, [erasures.agent(organisation).subject_id])
    admin = factories.membership(organisation, Role.ADMIN)
    invitation = services.invite(
        organisation=organisation, email=ADDRESS, role=Role.AGENT, actor=admin, by_mail=False
    )

    made = services.accept_invitation(
        invitation=invitation, name="Ada Agent", password=factories.PASSWORD
    )
    come_again(organisation, records)

    with tenant_scope(organisation.pk):
        assert not Agent.objects.filter(membership=made).exists()
    assert tickets_seen(enter(client, ADDRESS), organisation) == 0

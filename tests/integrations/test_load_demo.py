"""The demo: a company with people in every role and conversations by real import."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from integrations.demo.loading import DEMO_SLUG, SignIn, load_demo, sign_ins
from kaizo.accounts.models import Membership, Organisation, TeamLead, User
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tickets.models import Agent, Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(db: None) -> Organisation:
    report = load_demo(now=clock.now(), tickets=120)
    assert report is not None
    assert report.tickets.created >= 110
    return Organisation.objects.get(slug=DEMO_SLUG)


def test_there_is_a_person_for_every_role(demo: Organisation):
    with tenant_scope(demo.pk):
        roles = {member.user.email: member.role for member in Membership.objects.all()}
    assert roles == {sign_in.email: sign_in.role for sign_in in sign_ins()}
    assert set(roles.values()) == set(Role.values)
    assert all(email.endswith(".example") for email in roles)


@pytest.mark.parametrize("sign_in", sign_ins(), ids=lambda sign_in: sign_in.role.value)
def test_the_printed_sign_ins_work(demo: Organisation, client: Client, sign_in: SignIn):
    answer = client.post(
        reverse("account_login"), {"login": sign_in.email, "password": sign_in.password}
    )
    assert answer.status_code == 302
    assert answer.url == reverse("home")


def test_the_agent_has_tickets_and_the_lead_has_their_team(demo: Organisation):
    with tenant_scope(demo.pk):
        agent = Agent.objects.get(membership__role=Role.AGENT)
        lead = TeamLead.objects.get(membership__role=Role.TEAM_LEAD)
        assert Message.objects.filter(agent=agent).exists()
        assert agent.team_memberships.get().team == lead.team


def test_loading_again_changes_nothing(demo: Organisation, django_assert_max_num_queries):
    with tenant_scope(demo.pk):
        before = set(Ticket.objects.values_list("pk", "updated_at"))

    with django_assert_max_num_queries(80):
        assert load_demo(now=clock.now(), tickets=120) is None

    with tenant_scope(demo.pk):
        assert set(Ticket.objects.values_list("pk", "updated_at")) == before
    assert User.objects.count() == len(Role)


def test_an_interrupted_load_is_completed(demo: Organisation):
    with tenant_scope(demo.pk):
        TeamLead.objects.all().delete()
        Agent.objects.update(membership=None)

    report = load_demo(now=clock.now(), tickets=120)

    assert report is not None
    assert report.tickets.created <= 120
    with tenant_scope(demo.pk):
        assert TeamLead.objects.count() == 1
        assert Ticket.objects.count() <= 121


def test_a_new_secret_means_a_new_password(demo: Organisation, settings):
    old = sign_ins()[0].password
    settings.SECRET_KEY = "another"

    load_demo(now=clock.now(), tickets=120)

    assert sign_ins()[0].password != old
    assert User.objects.get(email=sign_ins()[0].email).check_password(sign_ins()[0].password)


def test_the_command_prints_one_line_per_role(db: None, capsys: pytest.CaptureFixture[str]):
    call_command("load_demo", tickets=30)

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [sign_in.role.value for sign_in in sign_ins()]

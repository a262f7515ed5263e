"""Roles, leaving, coming back, and the record that the person can read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from kaizo.accounts import services
from kaizo.accounts.models import Membership, Organisation, TeamLead, User
from kaizo.accounts.selectors import own_events
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests import factories

Make = Callable[[Role], Membership]
SignIn = Callable[[User], Client]

pytestmark = pytest.mark.django_db


def fresh(member: Membership) -> Membership:
    with tenant_scope(member.organisation_id):
        found: Membership = Membership.objects.get(pk=member.pk)
    return found


@pytest.mark.promise("KF-09-01")
def events_of(member: Membership) -> list[str]:
    with tenant_scope(member.organisation_id):
        return [str(event.what) for event in own_events(user=member.user)]


def test_a_new_role_counts_at_once_and_its_holder_can_read_about_it(member: Make) -> None:
    admin, agent = member(Role.ADMIN), member(Role.AGENT)
    services.change_role(member=agent, role=Role.REVIEWER, actor=admin)
    assert fresh(agent).role == Role.REVIEWER
    assert events_of(agent) == ["Your role was changed"]
    assert events_of(admin) == []


def test_giving_the_role_somebody_has_records_nothing(member: Make) -> None:
    admin, agent = member(Role.ADMIN), member(Role.AGENT)
    services.change_role(member=agent, role=Role.AGENT, actor=admin)
    assert events_of(agent) == []


@pytest.mark.parametrize(
    "act",
    [
        lambda owner, actor: services.change_role(member=owner, role=Role.AGENT, actor=actor),
        lambda owner, actor: services.deactivate_member(member=owner, actor=actor),
        lambda owner, actor: services.force_password_reset(member=owner, actor=actor),
    ],
    ids=["role", "deactivate", "reset"],
)
def test_only_an_owner_touches_an_owner(member: Make, act: Callable[..., None]) -> None:
    owner, other_owner, admin = member(Role.OWNER), member(Role.OWNER), member(Role.ADMIN)
    with pytest.raises(DomainError):
        act(owner, admin)
    assert events_of(owner) == []
    act(owner, other_owner)
    assert len(events_of(owner)) == 1


def test_only_an_owner_makes_an_owner(member: Make) -> None:
    owner, admin, agent = member(Role.OWNER), member(Role.ADMIN), member(Role.AGENT)
    with pytest.raises(DomainError):
        services.change_role(member=agent, role=Role.OWNER, actor=admin)
    assert fresh(agent).role == Role.AGENT
    services.change_role(member=agent, role=Role.OWNER, actor=owner)
    assert fresh(agent).role == Role.OWNER


def test_the_last_owner_cannot_leave(member: Make) -> None:
    owner = member(Role.OWNER)
    with pytest.raises(DomainError):
        services.deactivate_member(member=owner, actor=owner)
    with pytest.raises(DomainError):
        services.change_role(member=owner, role=Role.ADMIN, actor=owner)
    second = member(Role.OWNER)
    services.deactivate_member(member=owner, actor=owner)
    assert not fresh(owner).is_active
    with pytest.raises(DomainError):
        services.deactivate_member(member=second, actor=second)


def test_a_deactivated_owner_does_not_count_as_one_who_stays(member: Make) -> None:
    owner, gone = member(Role.OWNER), member(Role.OWNER)
    services.deactivate_member(member=gone, actor=owner)
    with pytest.raises(DomainError):
        services.change_role(member=owner, role=Role.ADMIN, actor=owner)


def test_leaving_ends_the_lead_of_teams_and_coming_back_does_not_restore_it(
    member: Make, organisation: Organisation
) -> None:
    admin, lead = member(Role.ADMIN), member(Role.TEAM_LEAD)
    team = services.create_team(organisation=organisation, name="Berlin", actor=admin)
    services.appoint_lead(team=team, member=lead, valid_from=date(2026, 1, 1), actor=admin)
    services.deactivate_member(member=lead, actor=admin)
    services.deactivate_member(member=lead, actor=admin)
    with tenant_scope(organisation.pk):
        assert TeamLead.objects.get().valid_to is not None
    services.reactivate_member(member=lead, actor=admin)
    services.reactivate_member(member=lead, actor=admin)
    assert fresh(lead).is_active
    assert fresh(lead).deactivated_at is None
    assert events_of(lead) == [
        "Your membership was reactivated",
        "Your membership was deactivated",
        "You were appointed to lead a team",
    ]


def test_nobody_becomes_a_member_twice(member: Make, organisation: Organisation) -> None:
    agent = member(Role.AGENT)
    with pytest.raises(Conflict):
        services.add_member(organisation=organisation, user=agent.user, role=Role.OWNER)
    assert fresh(agent).role == Role.AGENT


def test_a_role_in_one_organisation_says_nothing_about_another(
    member: Make, other_organisation: Organisation
) -> None:
    owner = member(Role.OWNER)
    elsewhere = services.add_member(
        organisation=other_organisation, user=owner.user, role=Role.AGENT
    )
    assert (fresh(owner).role, fresh(elsewhere).role) == (Role.OWNER, Role.AGENT)
    assert events_of(owner) == []


def test_a_forced_reset_ends_every_session_and_asks_for_a_new_password(
    member: Make, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    admin, agent = member(Role.ADMIN), member(Role.AGENT)
    browser = Client()
    credentials = {"login": agent.user.email, "password": factories.PASSWORD}
    start = reverse("accounts:my_events", args=[agent.organisation.slug])
    browser.post(reverse("account_login"), credentials)
    assert browser.get(start).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        services.force_password_reset(member=agent, actor=admin)
    assert not UserSession.objects.filter(user=agent.user).exists()
    assert browser.get(start).headers["Location"].startswith(reverse("account_login"))
    assert [message.to for message in mail.outbox] == [[agent.user.email]]

    browser.post(reverse("account_login"), credentials)
    assert browser.get(start).headers["Location"] == reverse("account_change_password")
    change = {
        "oldpassword": factories.PASSWORD,
        "password1": "another quiet phrase",
        "password2": "another quiet phrase",
    }
    browser.post(reverse("account_change_password"), change)
    browser.post(reverse("account_login"), credentials | {"password": "another quiet phrase"})
    page = browser.get(start)
    assert page.status_code == 200
    assert "You were signed out and must choose a new password" in page.content.decode()


def test_admins_manage_members_on_their_pages(member: Make, sign_in: SignIn) -> None:
    admin, agent = member(Role.ADMIN), member(Role.AGENT)
    client = sign_in(admin.user)
    where = [agent.organisation.slug, agent.user.public_number]
    assert (
        agent.user.email
        in client.get(reverse("accounts:member_list", args=where[:1])).content.decode()
    )
    client.post(reverse("accounts:member", args=where), {"role": Role.REVIEWER})
    assert fresh(agent).role == Role.REVIEWER
    assert (
        "Deactivate"
        in client.get(reverse("accounts:member_deactivate", args=where)).content.decode()
    )
    client.post(reverse("accounts:member_deactivate", args=where))
    assert not fresh(agent).is_active
    client.post(reverse("accounts:member_reactivate", args=where))
    assert fresh(agent).is_active
    client.post(reverse("accounts:member_reset", args=where))
    assert User.objects.get(pk=agent.user_id).password_reset_required


def test_the_page_offers_and_takes_the_owner_role_only_from_an_owner(
    member: Make, sign_in: SignIn
) -> None:
    admin, agent = member(Role.ADMIN), member(Role.AGENT)
    url = reverse("accounts:member", args=[agent.organisation.slug, agent.user.public_number])
    assert sign_in(admin.user).post(url, {"role": Role.OWNER}).status_code == 422
    assert fresh(agent).role == Role.AGENT
    assert sign_in(member(Role.OWNER).user).post(url, {"role": Role.OWNER}).status_code == 302
    assert fresh(agent).role == Role.OWNER


def test_a_refusal_is_told_on_the_page(member: Make, sign_in: SignIn) -> None:
    owner = member(Role.OWNER)
    where = [owner.organisation.slug, owner.user.public_number]
    client = sign_in(owner.user)
    answer = client.post(reverse("accounts:member_deactivate", args=where))
    assert answer.status_code == 422
    assert "The last owner cannot leave" in answer.content.decode()
    answer = client.post(reverse("accounts:member", args=where), {"role": Role.AGENT})
    assert answer.status_code == 422
    assert "The last owner cannot leave" in answer.content.decode()
    assert fresh(owner).is_active


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_do_not_leave_the_organisation_without_one() -> None:
    organisation = factories.organisation()
    owners = [factories.membership(organisation, Role.OWNER) for _number in range(2)]
    together = threading.Barrier(2, timeout=20)
    refused: list[DomainError] = []

    def leave(owner: Membership) -> None:
        try:
            together.wait()
            services.deactivate_member(member=owner, actor=owner)
        except DomainError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=[owner]) for owner in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(refused) == 1
    assert sum(fresh(owner).is_active for owner in owners) == 1

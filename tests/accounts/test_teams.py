"""Teams and dated leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts import services
from kaizo.accounts.models import Membership, Organisation, Team, TeamLead, User
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope

Make = Callable[[Role], Membership]
SignIn = Callable[[User], Client]

pytestmark = pytest.mark.django_db

JANUARY, MARCH, JUNE = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


@pytest.fixture
def team(organisation: Organisation) -> Team:
    return services.create_team(organisation=organisation, name="Berlin", actor=None)


def spans(team: Team) -> list[tuple[date, date | None]]:
    with tenant_scope(team.organisation_id):
        rows = TeamLead.objects.filter(team=team).order_by("valid_from")
        return list(rows.values_list("valid_from", "valid_to"))


def test_a_name_belongs_to_one_team_of_an_organisation(
    team: Team, organisation: Organisation, other_organisation: Organisation, member: Make
) -> None:
    with pytest.raises(Conflict):
        services.create_team(organisation=organisation, name="Berlin", actor=None)
    services.create_team(organisation=other_organisation, name="Berlin", actor=None)
    second = services.create_team(organisation=organisation, name="Delft", actor=None)
    with pytest.raises(Conflict):
        services.rename_team(team=second, name="Berlin", actor=member(Role.ADMIN))


def test_a_change_of_lead_keeps_the_past(team: Team, member: Make) -> None:
    admin, first, second = member(Role.ADMIN), member(Role.TEAM_LEAD), member(Role.TEAM_LEAD)
    lead = services.appoint_lead(team=team, member=first, valid_from=JANUARY, actor=admin)
    services.end_lead(lead=lead, valid_to=MARCH, actor=admin)
    services.appoint_lead(team=team, member=second, valid_from=MARCH, actor=admin)
    assert spans(team) == [(JANUARY, MARCH), (MARCH, None)]


def test_a_lead_that_ends_before_it_begins_goes_away(team: Team, member: Make) -> None:
    admin = member(Role.ADMIN)
    lead = services.appoint_lead(
        team=team, member=member(Role.TEAM_LEAD), valid_from=MARCH, actor=admin
    )
    services.end_lead(lead=lead, valid_to=JANUARY, actor=admin)
    assert spans(team) == []


@pytest.mark.parametrize(
    ("valid_from", "valid_to"),
    [(JANUARY, None), (date(2026, 2, 1), MARCH), (date(2025, 1, 1), date(2026, 1, 2))],
)
def test_nobody_leads_a_team_twice_at_a_time(
    team: Team, member: Make, valid_from: date, valid_to: date | None
) -> None:
    admin, lead = member(Role.ADMIN), member(Role.TEAM_LEAD)
    services.appoint_lead(team=team, member=lead, valid_from=JANUARY, valid_to=JUNE, actor=admin)
    with pytest.raises(Conflict):
        services.appoint_lead(
            team=team, member=lead, valid_from=valid_from, valid_to=valid_to, actor=admin
        )
    services.appoint_lead(team=team, member=lead, valid_from=JUNE, actor=admin)
    assert spans(team) == [(JANUARY, JUNE), (JUNE, None)]


@pytest.mark.parametrize("role", [Role.AGENT, Role.REVIEWER, Role.AUDITOR, Role.PRIVACY_OFFICER])
def test_only_who_may_see_the_team_dashboard_leads(team: Team, member: Make, role: Role) -> None:
    with pytest.raises(DomainError):
        services.appoint_lead(team=team, member=member(role), valid_from=JANUARY, actor=None)
    services.appoint_lead(team=team, member=member(Role.ADMIN), valid_from=JANUARY, actor=None)
    assert len(spans(team)) == 1


def test_dates_that_make_no_sense_are_refused(team: Team, member: Make) -> None:
    with pytest.raises(DomainError):
        services.appoint_lead(
            team=team,
            member=member(Role.TEAM_LEAD),
            valid_from=MARCH,
            valid_to=MARCH,
            actor=None,
        )


def test_admins_run_teams_on_their_pages(member: Make, sign_in: SignIn) -> None:
    lead = member(Role.ADMIN)
    slug = lead.organisation.slug
    client = sign_in(lead.user)
    client.post(reverse("accounts:team_list", args=[slug]), {"name": "Berlin"})
    with tenant_scope(lead.organisation_id):
        team = Team.objects.get()
    where = [slug, team.pk]
    client.post(reverse("accounts:team", args=where), {"name": "Berlin Mitte"})
    client.post(
        reverse("accounts:lead_appoint", args=where),
        {"member": lead.pk, "valid_from": "2026-01-01", "valid_to": ""},
    )
    page = client.get(reverse("accounts:team", args=where)).content.decode()
    assert "Berlin Mitte" in page
    assert lead.user.name in page
    with tenant_scope(lead.organisation_id):
        row = TeamLead.objects.get()
    client.post(reverse("accounts:lead_end", args=[*where, row.pk]), {"valid_to": "2026-03-01"})
    assert spans(team) == [(JANUARY, MARCH)]


def test_mistakes_are_told_on_the_page(member: Make, sign_in: SignIn, team: Team) -> None:
    lead = member(Role.ADMIN)
    client = sign_in(lead.user)
    slug = lead.organisation.slug
    taken = client.post(reverse("accounts:team_list", args=[slug]), {"name": "Berlin"})
    assert taken.status_code == 422
    assert "Another team has this name." in taken.content.decode()
    backwards = client.post(
        reverse("accounts:lead_appoint", args=[slug, team.pk]),
        {"member": lead.pk, "valid_from": "2026-03-01", "valid_to": "2026-01-01"},
    )
    assert backwards.status_code == 422
    assert spans(team) == []


def test_a_stranger_cannot_be_appointed(
    member: Make, sign_in: SignIn, team: Team, other_organisation: Organisation
) -> None:
    from tests import factories

    lead = member(Role.ADMIN)
    stranger = factories.membership(other_organisation, Role.TEAM_LEAD)
    url = reverse("accounts:lead_appoint", args=[lead.organisation.slug, team.pk])
    client = sign_in(lead.user)
    refused = client.post(url, {"member": stranger.pk, "valid_from": "2026-01-01"})
    assert refused.status_code == 422
    accepted = client.post(url, {"member": lead.pk, "valid_from": "2026-01-01"})
    assert accepted.status_code == 302
    assert len(spans(team)) == 1

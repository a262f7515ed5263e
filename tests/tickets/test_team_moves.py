"""Dated teams: a move counts from its day on and never rewrites the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from kaizo.accounts import services as accounts
from kaizo.accounts.models import Membership, Organisation, Team, User
from kaizo.accounts.selectors import own_events
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.metrics.models import AgentDay
from tests import factories
from tickets.contracts import AgentRecord
from tickets.models import Agent, TeamMembership
from tickets.services import ingest_tickets
from tickets.teams.services import move_agent, take_out

pytestmark = pytest.mark.django_db

Make = Callable[[Role], Membership]
SignIn = Callable[[User], Client]

MONDAY = factories.MONDAY.date()
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


@pytest.fixture(autouse=True)
def _later() -> object:
    with time_machine.travel(factories.MONDAY + timedelta(days=20), tick=True) as traveller:
        yield traveller


@pytest.fixture
def agent(organisation: Organisation) -> Agent:
    """Works on Monday, Tuesday and Wednesday; the helpdesk says in Berlin."""
    records = [
        factories.ticket_record(created_at=factories.MONDAY + timedelta(days=days))
        for days in range(3)
    ]
    ingest_tickets(organisation_id=organisation.pk, source="file", records=records)
    with tenant_scope(organisation.pk):
        found: Agent = Agent.objects.select_related("organisation").get()
    return found


@pytest.fixture
def delft(organisation: Organisation) -> Team:
    return accounts.create_team(organisation=organisation, name="Delft", actor=None)


def places(agent: Agent) -> list[tuple[str, date, date | None]]:
    with tenant_scope(agent.organisation_id):
        rows = TeamMembership.objects.filter(agent=agent).order_by("valid_from")
        return list(rows.values_list("team__name", "valid_from", "valid_to"))


def teams_of_days(agent: Agent) -> dict[date, str | None]:
    """The team that each day of the agent's counts for."""
    with tenant_scope(agent.organisation_id):
        names = dict(Team.objects.values_list("pk", "name"))
        days = AgentDay.objects.filter(agent_id=agent.pk, channel="")
        return {day: names.get(team) for day, team in days.values_list("day", "team_id")}


def test_a_move_counts_from_its_day_on(agent: Agent, delft: Team) -> None:
    assert set(teams_of_days(agent).values()) == {"Berlin"}
    move_agent(agent=agent, team=delft, since=WEDNESDAY, actor=None)
    assert places(agent) == [("Berlin", date.min, WEDNESDAY), ("Delft", WEDNESDAY, None)]
    assert teams_of_days(agent) == {MONDAY: "Berlin", TUESDAY: "Berlin", WEDNESDAY: "Delft"}


def test_agents_come_into_the_teams_that_their_helpdesk_names_however_long(
    organisation: Organisation, agent: Agent
) -> None:
    names = {"a1": "Delft", "a2": "Berlin", "a3": "Second line, " * 20}
    records = [
        factories.ticket_record(
            assignee=AgentRecord(id=external_id, name=f"Agent {external_id}", team=name),
            updated_at=factories.MONDAY + timedelta(days=9),
        )
        for external_id, name in names.items()
    ]
    for _again in range(2):
        ingest_tickets(organisation_id=organisation.pk, source="file", records=records)

    assert [(name, since) for name, since, _until in places(agent)] == [
        ("Berlin", date.min),
        ("Delft", factories.MONDAY.date() + timedelta(days=9)),
    ]
    with tenant_scope(organisation.pk):
        others = TeamMembership.objects.exclude(agent=agent).values_list("team__name", "valid_from")
        assert set(others) == {("Berlin", date.min), (names["a3"][:120], date.min)}
        assert Team.objects.count() == 3


def test_taking_an_agent_out_leaves_later_days_without_a_team(agent: Agent) -> None:
    with tenant_scope(agent.organisation_id):
        place = TeamMembership.objects.select_related("agent", "team").get()
        place.agent.membership = None
    take_out(membership=place, since=TUESDAY, actor=None)
    take_out(membership=place, since=TUESDAY, actor=None)
    assert places(agent) == [("Berlin", date.min, TUESDAY)]
    assert teams_of_days(agent) == {MONDAY: "Berlin", TUESDAY: None, WEDNESDAY: None}


def test_a_corrected_move_replaces_the_wrong_one(agent: Agent, delft: Team) -> None:
    move_agent(agent=agent, team=delft, since=WEDNESDAY, actor=None)
    move_agent(agent=agent, team=delft, since=TUESDAY, actor=None)
    assert places(agent) == [("Berlin", date.min, TUESDAY), ("Delft", TUESDAY, None)]
    assert teams_of_days(agent)[TUESDAY] == "Delft"


def test_a_move_in_the_future_is_refused(agent: Agent, delft: Team) -> None:
    with pytest.raises(DomainError):
        move_agent(agent=agent, team=delft, since=MONDAY + timedelta(days=60), actor=None)
    assert places(agent) == [("Berlin", date.min, None)]


def test_an_agent_who_is_a_member_can_read_about_the_move(
    agent: Agent, delft: Team, member: Make
) -> None:
    admin, person = member(Role.ADMIN), member(Role.AGENT)
    with tenant_scope(agent.organisation_id):
        Agent.objects.filter(pk=agent.pk).update(membership=person)
        agent = Agent.objects.select_related("membership").get()
    for _time in range(2):
        move_agent(agent=agent, team=delft, since=TUESDAY, actor=admin)
    with tenant_scope(agent.organisation_id):
        events = own_events(user=person.user)
    assert [(str(event.what), event.actor) for event in events] == [
        ("You were put into a team", admin.user.name)
    ]


def test_admins_move_agents_on_the_team_s_page(
    agent: Agent, delft: Team, member: Make, sign_in: SignIn
) -> None:
    client = sign_in(member(Role.ADMIN).user)
    url = reverse("tickets:team_agents", args=[agent.organisation.slug, delft.pk])
    assert "Nobody is in this team yet" in client.get(url).content.decode()
    wrong = client.post(url, {"agent": agent.pk, "since": "2030-01-01"})
    assert wrong.status_code == 422
    client.post(url, {"agent": agent.pk, "since": str(WEDNESDAY)})
    assert places(agent)[-1] == ("Delft", WEDNESDAY, None)
    assert "Ada Agent" in client.get(url).content.decode()
    with tenant_scope(agent.organisation_id):
        place = TeamMembership.objects.get(team=delft)
    out = reverse("tickets:team_agent_out", args=[agent.organisation.slug, delft.pk, place.pk])
    client.post(out, {"since": str(MONDAY + timedelta(days=4))})
    assert places(agent)[-1] == ("Delft", WEDNESDAY, MONDAY + timedelta(days=4))


def test_another_organisation_s_agent_cannot_be_chosen(
    agent: Agent, other_organisation: Organisation, sign_in: SignIn
) -> None:
    team = accounts.create_team(organisation=other_organisation, name="Delft", actor=None)
    admin = factories.membership(other_organisation, Role.ADMIN)
    url = reverse("tickets:team_agents", args=[other_organisation.slug, team.pk])
    client = sign_in(admin.user)
    assert client.get(url).status_code == 200
    assert client.post(url, {"agent": agent.pk, "since": str(TUESDAY)}).status_code == 422
    assert places(agent) == [("Berlin", date.min, None)]

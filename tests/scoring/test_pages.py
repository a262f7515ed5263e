"""Pages of figures: what they show to whom, and where every number leads."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine

from kaizo.accounts.models import Team, TeamLead
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.metrics import register
from tests.factories import MONDAY
from tests.scoring.dashboards.test_selectors import answered
from tickets.ingest.service import ingest_tickets
from tickets.models import Agent

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SPAN = {"first": "2026-11-02", "last": "2026-11-08", "team": ""}
KPI = "first_reply_time"


@pytest.fixture(autouse=True)
def _the_week_of_the_tickets():
    with time_machine.travel(MONDAY + 3 * DAY, tick=False):
        yield


@pytest.fixture
def tickets(organisation):
    """Six tickets of Ada's in Berlin and two of Bo's in Oslo, on one Monday."""
    records = [answered(n, minutes=10 * n) for n in range(1, 7)]
    records += [answered(n, by="b1", team="Oslo", minutes=90) for n in (7, 8)]
    ingest_tickets(organisation_id=organisation.pk, source="file", records=records)


@pytest.fixture
def open_page(organisation, member, sign_in):
    """The reply to a role that opens a page of figures."""

    def get(role, path="dashboard/", *, who=None, **query):
        client = sign_in((who or member(role)).user)
        headers = query.pop("headers", None)
        url = f"/o/{organisation.slug}/{path}?{urlencode(query)}"
        return client.get(url, headers=headers)

    return get


def text(response):
    """What a person reads, spaces made plain."""
    bare = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(bare.replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_dashboard_shows_figures_with_their_samples(tickets, open_page):
    response = open_page(Role.OWNER, **SPAN)
    assert response.status_code == 200
    shown = text(response)
    assert "First reply time How First reply time is computed 49 min" in shown
    assert "n = 8" in shown


def test_a_small_sample_is_withheld_and_said(tickets, open_page):
    shown = text(open_page(Role.OWNER, **SPAN))
    bo = shown[shown.index("Agent B1") :]
    assert "Not enough data n = 2" in bo


def test_agents_stand_by_name_until_somebody_chooses_another_order(tickets, open_page):
    names = re.compile(r"Agent [AB]1")
    assert names.findall(text(open_page(Role.OWNER, **SPAN))) == ["Agent A1", "Agent B1"]
    fewest = open_page(Role.OWNER, **SPAN, sort="tickets_solved")
    assert names.findall(text(fewest)) == ["Agent B1", "Agent A1"]
    assert 'aria-sort="ascending"' in fewest.content.decode()


def test_an_unknown_order_changes_nothing(tickets, open_page):
    assert open_page(Role.OWNER, **SPAN, sort="-salary").status_code == 200


def test_a_sorted_table_comes_alone_when_htmx_asks(tickets, open_page):
    response = open_page(Role.OWNER, **SPAN, headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert 'id="agents"' in response.content.decode()


@pytest.fixture
def leads_oslo(organisation, tickets, member):
    """A lead of Oslo since the day after the tickets."""
    lead = member(Role.TEAM_LEAD)
    with tenant_scope(organisation.pk):
        TeamLead.objects.create(
            organisation=organisation,
            team=Team.objects.get(name="Oslo"),
            membership=lead,
            valid_from=(MONDAY + DAY).date(),
        )
    return lead


@pytest.mark.parametrize("asked", ["", "Berlin", "nonsense"])
def test_a_lead_sees_the_teams_they_lead_and_no_other(organisation, leads_oslo, open_page, asked):
    with tenant_scope(organisation.pk):
        team = Team.objects.filter(name=asked).values_list("pk", flat=True).first() or asked
    response = open_page(Role.TEAM_LEAD, who=leads_oslo, **{**SPAN, "team": team})
    assert "Agent B1" in text(response)
    assert "Agent A1" not in text(response)
    assert "Berlin" not in response.content.decode()
    assert "All teams" not in response.content.decode()


def test_a_lead_of_no_team_sees_no_figures(tickets, open_page):
    assert "No work in this period" in text(open_page(Role.TEAM_LEAD, **SPAN))


@pytest.mark.parametrize(("role", "is_shown"), [(Role.OWNER, True), (Role.TEAM_LEAD, False)])
def test_an_empty_dashboard_shows_who_may_connect_a_helpdesk_where(open_page, role, is_shown):
    page = text(open_page(role, **SPAN))
    assert "No work in this period" in page
    assert ("Connect a helpdesk" in page) is is_shown


@pytest.mark.parametrize("query", [{"days": "x"}, {"first": "2026-11-08", "last": "2026-11-02"}])
def test_a_period_that_makes_no_sense_falls_back(tickets, open_page, query):
    assert open_page(Role.OWNER, **query).status_code == 200


def test_business_hours_replace_the_calendar_on_request(tickets, open_page):
    shown = text(open_page(Role.OWNER, **SPAN, clock="business"))
    assert "First reply time in business hours" in shown
    assert "Full resolution time in business hours" in shown


def test_the_way_down_leads_from_a_figure_to_its_conversations(organisation, tickets, open_page):
    days = open_page(Role.OWNER, f"dashboard/{KPI}/", **SPAN)
    assert f"/dashboard/{KPI}/2026-11-02/?" in days.content.decode()
    day = open_page(Role.OWNER, f"dashboard/{KPI}/2026-11-02/", **SPAN)
    assert "Most often: 15 min – 1 h, 4 of 8." in text(day)
    assert day.content.decode().count(f"/o/{organisation.slug}/tickets/") > 5


def test_a_bar_shows_its_own_tickets(tickets, open_page):
    slow = open_page(Role.OWNER, f"dashboard/{KPI}/2026-11-02/", **SPAN, band="3")
    assert text(slow).count("1 h 30 min") == 2
    assert "10 min" not in text(slow)[text(slow).index("Tickets: 1 h") :]


def test_a_ticket_of_before_their_time_counts_but_does_not_open(leads_oslo, open_page):
    path = f"dashboard/{KPI}/2026-11-02/"
    shown = text(open_page(Role.TEAM_LEAD, path, who=leads_oslo, **SPAN))
    assert "Another team's ticket" in shown.replace("&#x27;", "'")


def test_a_long_period_is_shown_in_weeks_that_lead_to_their_days(tickets, open_page):
    span = {"first": "2026-08-03", "last": "2026-11-08", "team": ""}
    shown = open_page(Role.OWNER, f"dashboard/{KPI}/", **span)
    assert "2 Nov – 8 Nov" in text(shown)
    assert "first=2026-11-02&amp;last=2026-11-08" in shown.content.decode()


def test_an_unknown_kpi_is_not_found(tickets, open_page):
    assert open_page(Role.OWNER, "dashboard/keystrokes/").status_code == 404


@pytest.fixture
def ada(organisation, tickets, member):
    """Ada's own membership, linked with her identity in the helpdesk."""
    membership = member(Role.AGENT)
    with tenant_scope(organisation.pk):
        Agent.objects.filter(external_index=_busiest()).update(membership=membership)
    return membership


def _busiest():
    """The identity with six tickets; names are encrypted, so it is found by its work."""
    agents = Agent.objects.all()
    return max(agents, key=lambda agent: agent.assigned_tickets.count()).external_index


def test_my_week_shows_ones_own_figures_and_nobody_elses(ada, open_page):
    shown = text(open_page(Role.AGENT, "my-week/", who=ada))
    assert "First reply time" in shown
    assert "35 min" in shown
    assert "Agent B1" not in shown
    assert "Bo" not in shown.split()


def test_a_week_without_work_says_so_and_leads_to_the_one_before(ada, open_page):
    worked = text(open_page(Role.AGENT, "my-week/", who=ada))
    assert "Day by day" in worked
    assert "Nothing counted" not in worked
    blank = open_page(Role.AGENT, "my-week/", who=ada, week="2026-10-26")
    assert "Nothing counted in this week" in text(blank)
    assert "Day by day" not in text(blank)
    assert "?week=2026-10-19" in blank.content.decode()


def test_a_week_without_an_identity_says_what_to_do(tickets, open_page):
    assert "No helpdesk identity is linked" in text(open_page(Role.AGENT, "my-week/"))


def test_ones_own_day_holds_only_ones_own_tickets(ada, open_page):
    shown = text(open_page(Role.AGENT, f"my-week/{KPI}/2026-11-02/", who=ada))
    assert "6 tickets" in shown


@pytest.mark.parametrize("role", [Role.AGENT, Role.REVIEWER, Role.PRIVACY_OFFICER, Role.AUDITOR])
def test_other_roles_may_not_open_the_team_dashboard(tickets, open_page, role):
    assert open_page(role, **SPAN).status_code == 403
    assert open_page(role, f"dashboard/{KPI}/").status_code == 403


def test_every_declared_kpi_has_its_definition(tickets, open_page):
    page = open_page(Role.AUDITOR, "definitions/").content.decode()
    assert all(f'id="{kpi.code}"' in page for kpi in register.all_kpis())


def test_every_tile_links_to_its_definition(tickets, open_page):
    page = open_page(Role.OWNER, **SPAN).content.decode()
    linked = set(re.findall(r"/definitions/#(\w+)", page))
    shown = {kpi.code for kpi in register.all_kpis() if not kpi.code.endswith("_business")}
    assert shown <= linked


def test_more_agents_cost_no_more_queries(
    organisation, open_page, member, django_assert_max_num_queries
):
    owner = member(Role.OWNER)
    records = [answered(n, by=f"a{n}") for n in range(1, 21)]
    ingest_tickets(organisation_id=organisation.pk, source="file", records=records)
    open_page(Role.OWNER, who=owner, **SPAN)
    # Sixteen, and two that say who saw whose figures.
    with django_assert_max_num_queries(18):
        assert text(open_page(Role.OWNER, who=owner, **SPAN)).count("Agent A") == 20

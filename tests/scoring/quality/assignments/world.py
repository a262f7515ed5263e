"""Conversations and assignments to try them on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from kaizo.accounts.models import Membership, Organisation, Team
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.quality.assignments import running, services
from scoring.quality.assignments.filters import Filters
from scoring.quality.assignments.services import People, Terms
from scoring.quality.models import Assignment, Pick, Scorecard
from tests import factories
from tests.scoring.quality.factories import published_scorecard
from tickets.contracts import AgentRecord, AuthorRecord, AuthorType, MessageRecord, TicketRecord
from tickets.models import Agent, Ticket
from tickets.services import ingest_tickets


def conversation(
    number: int, agent: int = 1, *, at: datetime = factories.MONDAY, replies: int = 1, **fields: Any
) -> TicketRecord:
    """A conversation that agent number `agent` answered `replies` times."""
    customer = AuthorRecord(type=AuthorType.CUSTOMER, id=f"c{number}")
    author = AuthorRecord(type=AuthorType.AGENT, id=f"a{agent}", name=f"Agent {agent}")
    messages = [
        MessageRecord(id="m0", author=customer, sent_at=at, public=True, text="Where is it?"),
        *(
            MessageRecord(
                id=f"m{turn}",
                author=author,
                sent_at=at + timedelta(minutes=10 * turn),
                public=True,
                text="On its way.",
            )
            for turn in range(1, replies + 1)
        ),
    ]
    values: dict[str, Any] = {
        "created_at": at,
        "assignee": AgentRecord(
            id=f"a{agent}",
            name=f"Agent {agent}",
            email=f"agent{agent}@support.example",
            team="Berlin" if agent % 2 else "Utrecht",
        ),
        "messages": tuple(messages),
        "events": (),
    }
    return factories.ticket_record(number, **(values | fields))


def fill(organisation: Organisation, records: list[TicketRecord]) -> None:
    ingest_tickets(organisation_id=organisation.pk, source="file", records=records)


def agent_ids(organisation: Organisation) -> list[int]:
    with tenant_scope(organisation.pk):
        return list(Agent.objects.order_by("pk").values_list("pk", flat=True))


def terms(scorecard: Scorecard, **fields: Any) -> Terms:
    """Weekly, two for each reviewee, from the Monday after the conversations."""
    values: dict[str, Any] = {
        "name": "Weekly",
        "scorecard_id": scorecard.pk,
        "cycle": Assignment.Cycle.WEEKLY,
        "starts_on": date(2026, 11, 9),
        "time_zone": "Europe/Amsterdam",
    }
    return Terms(**(values | fields))


def assign(
    organisation: Organisation,
    *,
    reviewers: list[Membership] | None = None,
    actor: Membership | None = None,
    agents: list[int] | None = None,
    teams: list[Team] | None = None,
    **fields: Any,
) -> Assignment:
    """An assignment over all agents, unless some are named, by a scorecard in force."""
    scorecard = fields.pop("scorecard", None) or published_scorecard(organisation).scorecard
    reviewers = reviewers or [factories.membership(organisation, Role.REVIEWER)]
    everybody = agent_ids(organisation) if agents is None and teams is None else agents or []
    with tenant_scope(organisation.pk):
        return services.create_assignment(
            organisation=organisation,
            terms=terms(scorecard, **fields),
            people=People(
                reviewers=[member.pk for member in reviewers],
                agents=everybody,
                teams=[team.pk for team in teams or []],
            ),
            actor=actor,
        )


def running_assignment(organisation: Organisation, actor: Membership) -> Assignment:
    """One that the actor made, whose cycle began today with the one conversation there is, which
    the actor reviews."""
    today = clock.now().date()
    filters = Filters(days=365)
    assignment = assign(
        organisation, reviewers=[actor], actor=actor, starts_on=today, goal=1, filters=filters
    )
    cycle = running.start_cycle(assignment=assignment)
    with tenant_scope(organisation.pk):
        if not Pick.objects.exists():  # it is their own work
            Pick.objects.create(
                organisation=organisation,
                cycle=cycle,
                ticket=Ticket.objects.get(),
                reviewee=Agent.objects.get(),
                reviewer=actor,
                position=1,
                why=Pick.Why.RANDOM,
            )
    return assignment

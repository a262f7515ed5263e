"""Organisations full of tickets, for benchmarks: a million and more, straight into the tables.

One organisation holds a tenth of all tickets, has 50 agents in five teams and is the one that is
asked; others share the rest. Django must be set up before this module is imported.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dj_database_url
import psycopg2

from kaizo.accounts.models import Membership, Organisation, TeamLead, User
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.metrics import sql
from tickets import contracts
from tickets.ingest.service import ingest_tickets
from tickets.models import Agent, TeamMembership

AGENTS, TEAMS, OTHERS, YEARS_IN_DAYS = 50, 5, 30, 3 * 365
PAGE = 1_000
TODAY = clock.now().date()
BEGINNING = TODAY - timedelta(days=YEARS_IN_DAYS)

_TICKETS = """
INSERT INTO tickets_ticket (organisation_id, source, external_id, requester_id, assignee_id,
    subject_id, title, channel, status, priority, language, message_count, digest, created_at,
    updated_at, solved_at)
SELECT %(organisation)s, 'bench', to_char(n, 'FM0000000000'), 1,
    (%(agents)s::bigint[])[n %% %(agent_count)s + 1], '00000000-0000-0000-0000-000000000001',
    '\\x00', (ARRAY['email', 'chat', 'phone'])[n %% 3 + 1], 'solved', '', 'en', 4, '\\x00',
    moment, moment, moment
FROM (
    SELECT n, %(first)s::date + (n::bigint * %(days)s * 86400 / %(tickets)s) * interval '1 second'
        AS moment
    FROM generate_series(0, %(tickets)s - 1) AS n
) AS made ORDER BY n
"""
_NOBODYS_ACTS = """
INSERT INTO scoring_ticketacts (organisation_id, ticket_id, day, channel, opened, backlog_change,
    {others})
SELECT organisation_id, id, (created_at AT TIME ZONE 'UTC')::date, channel, 1, (id %% 100 = 0)::int,
    {noughts}
FROM tickets_ticket WHERE organisation_id = %(organisation)s AND source = 'bench' ORDER BY id
"""
_AGENTS_ACTS = """
INSERT INTO scoring_ticketacts (organisation_id, ticket_id, day, agent_id, channel, {columns})
SELECT organisation_id, id, (created_at AT TIME ZONE 'UTC')::date, assignee_id, channel, {values}
FROM tickets_ticket WHERE organisation_id = %(organisation)s AND source = 'bench' ORDER BY id
"""
AGENTS_VALUES = {
    "first_replies": "1",
    "first_reply_seconds": "id %% 7200",
    "first_reply_business_seconds": "id %% 3600",
    "next_replies": "id %% 3",
    "next_reply_seconds": "id %% 3 * 900",
    "next_reply_business_seconds": "id %% 3 * 600",
    "public_replies": "id %% 4 + 1",
    "solved": "(id %% 100 <> 0)::int",
    "one_touch": "(id %% 4 = 0)::int",
    "rated_solves": "(id %% 3 = 0)::int",
    "resolutions": "(id %% 100 <> 0)::int",
    "resolution_seconds": "id %% 90000",
    "resolution_business_seconds": "id %% 40000",
    "requester_waits": "(id %% 100 <> 0)::int",
    "requester_wait_seconds": "id %% 80000",
    "requester_wait_business_seconds": "id %% 30000",
    "reopens": "(id %% 20 = 0)::int",
    "reassignments": "(id %% 10 = 0)::int",
    "csat_good": "(id %% 3 = 0)::int",
    "csat_bad": "(id %% 12 = 1)::int",
    "opened": "0",
    "backlog_change": "0",
}


def superuser() -> Any:
    """Fills tables without the checks of foreign keys. The throw-away cluster trusts its socket."""
    options = dj_database_url.parse(os.environ["DATABASE_URL"])
    found = psycopg2.connect(
        host=options["HOST"], port=options["PORT"] or None, user="postgres", dbname=options["NAME"]
    )
    found.autocommit = True
    with found.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    return found


def page_of_records(number: int, day: datetime) -> list[contracts.TicketRecord]:
    """A page as a helpdesk sends it: tickets of the last two days, five messages each."""
    return [_record(number * PAGE + n, day + timedelta(minutes=n % 2_000)) for n in range(PAGE)]


def _record(number: int, start: datetime) -> contracts.TicketRecord:
    who = number % AGENTS
    agent = contracts.AgentRecord(
        id=f"agent-{who}",
        name=f"Agent {who:02}",
        email=f"agent{who}@support.example",
        team=f"Team {who % TEAMS}",
    )
    speakers = [
        contracts.AuthorRecord(type=contracts.AuthorType.CUSTOMER, id=f"customer-{number}"),
        contracts.AuthorRecord(type=contracts.AuthorType.AGENT, id=agent.id, name=agent.name),
    ]
    solved_at = start + timedelta(hours=2)
    return contracts.TicketRecord(
        id=f"fresh-{number}",
        channel=(contracts.Channel.EMAIL, contracts.Channel.CHAT)[number % 2],
        status=contracts.Status.SOLVED,
        subject=f"Question {number} about a delivery",
        created_at=start,
        updated_at=solved_at,
        solved_at=solved_at,
        requester=contracts.PersonRecord(
            id=f"customer-{number}", name="Robin Reed", email=f"robin{number}@mail.example"
        ),
        assignee=agent,
        messages=tuple(
            contracts.MessageRecord(
                id=f"{number}-{turn}",
                author=speakers[turn % 2],
                sent_at=start + timedelta(minutes=9 * turn),
                public=True,
                text=f"Turn {turn}: the parcel of order {number} is still on its way to me. " * 4,
            )
            for turn in range(5)
        ),
        events=(
            contracts.EventRecord(
                type=contracts.EventType.STATUS,
                at=solved_at,
                source="open",
                target="solved",
                actor=agent.id,
            ),
        ),
    )


class World:
    """The organisations among which a number of tickets is spread."""

    def __init__(self, tickets: int, *, others: int = OTHERS) -> None:
        self.name = f"bench-{tickets}"
        self.tickets = tickets
        self.pages = 0
        self.biggest = self._organisation(self.name)
        self.others = [self._organisation(f"{self.name}-{number}") for number in range(others)]
        self.ingest_page()  # brings the agents, their names under their keys, and their teams
        with tenant_scope(self.biggest.pk):
            self.agents = list(Agent.objects.order_by("pk").values_list("pk", flat=True))
            self.team = TeamMembership.objects.values_list("team_id", flat=True)[0]
            self.head = self._member(Role.ADMIN).user  # sees the whole organisation
            lead, agent = self._member(Role.TEAM_LEAD), self._member(Role.AGENT)
            self.lead, self.agent = lead.user, agent.user
            TeamLead.objects.create(organisation=self.biggest, team_id=self.team, membership=lead)
            Agent.objects.filter(pk=self.agents[7]).update(membership=agent)

    def _organisation(self, slug: str) -> Organisation:
        return Organisation.objects.create(
            name=slug, slug=slug, is_demo=True, time_zone="Europe/Amsterdam"
        )

    def _member(self, role: Role) -> Membership:
        user = User.objects.create_user(f"{role}@{self.name}.example", name=str(role))
        made: Membership = Membership.objects.create(
            organisation=self.biggest, user=user, role=role
        )
        return made

    def ingest_page(self) -> None:
        day = datetime.combine(TODAY - timedelta(days=2), datetime.min.time(), UTC)
        records = page_of_records(self.pages, day)
        self.pages += 1
        ingest_tickets(organisation_id=self.biggest.pk, source="file", records=records)

    def fill(self) -> None:
        """All tickets and facts straight into the tables, then the rollups from the facts."""
        began = time.perf_counter()
        strong = superuser()
        tenth = self.tickets // 10
        self._fill(strong, self.biggest, tenth, self.agents)
        for organisation in self.others:
            self._fill(
                strong, organisation, (self.tickets - tenth) // len(self.others), list(range(1, 21))
            )
        with strong.cursor() as cursor:
            for name in ("tickets_ticket", "scoring_ticketacts", *ROLLUPS):
                cursor.execute(f"VACUUM ANALYZE {name}")
        strong.close()
        print(
            f"{self.tickets:,} tickets: filled in {time.perf_counter() - began:.0f} s", flush=True
        )

    def _fill(
        self, strong: Any, organisation: Organisation, tickets: int, agents: list[int]
    ) -> None:
        scope: dict[str, Any] = {
            "organisation": organisation.pk,
            "tickets": tickets,
            "agents": agents,
            "agent_count": len(agents),
            "first": BEGINNING,
            "days": YEARS_IN_DAYS,
            "since": date.min,
            "until": date.max,
        }
        with strong.cursor() as cursor:
            for statement in (_TICKETS, _nobodys_acts(), _agents_acts(), *REBUILD):
                cursor.execute(statement, scope)


ROLLUPS = ("scoring_agentday", "scoring_teamday")
REBUILD = (
    sql.EMPTY_AGENT_DAYS,
    sql.FILL_AGENT_DAYS,
    sql.EMPTY_TEAM_DAYS,
    sql.FILL_TEAM_DAYS,
)


def _nobodys_acts() -> str:
    others = [name for name in AGENTS_VALUES if name not in {"opened", "backlog_change"}]
    return _NOBODYS_ACTS.format(others=", ".join(others), noughts=", ".join("0" for _ in others))


def _agents_acts() -> str:
    return _AGENTS_ACTS.format(
        columns=", ".join(AGENTS_VALUES), values=", ".join(AGENTS_VALUES.values())
    )

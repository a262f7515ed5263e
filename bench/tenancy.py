"""What row-level security costs: the product's own statements with and without policies (G13).

Lists and dashboards are run as the application's role, which the policies bind, and as the
cluster's superuser, whom they do not, over the same rows of ten organisations. The statements are
captured from the product's selectors, so that what is measured is what pages run.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
django.setup()

import dj_database_url  # noqa: E402 - Django must be set up first
import psycopg2  # noqa: E402 - as above
from django.db import connection  # noqa: E402 - as above
from django.test.utils import CaptureQueriesContext  # noqa: E402 - as above

from bench.harness import Goal, Spent, backend_pid, cpu, finish, median, rounds, table  # noqa: E402 - as above
from kaizo.accounts.models import Membership, Organisation, User  # noqa: E402 - as above
from kaizo.core import clock  # noqa: E402 - as above
from kaizo.core.permissions import Role  # noqa: E402 - as above
from kaizo.core.tenancy import tenant_scope  # noqa: E402 - as above
from scoring.dashboards.periods import Period  # noqa: E402 - as above
from scoring.dashboards.queries import Slice  # noqa: E402 - as above
from scoring.dashboards.selectors import lead_dashboard, my_week  # noqa: E402 - as above
from tickets.selectors import ticket_page  # noqa: E402 - as above

ORGANISATIONS = 10
AGENTS = 50
DAYS = 120
REPEATS = 20  # statements a measurement, so that it is longer than a clock tick
LIMIT = 1.15

_TICKETS = """
INSERT INTO tickets_ticket (organisation_id, source, external_id, requester_id, assignee_id,
    subject_id, title, channel, status, priority, language, message_count, digest, created_at,
    updated_at)
SELECT o.id, 'bench', n::text, 1, n %% {agents} + 1, gen_random_uuid(), '\\x00',
    (ARRAY['email', 'chat', 'phone'])[n %% 3 + 1], (ARRAY['open', 'solved'])[n %% 2 + 1], '', 'en',
    4, '\\x00', now() - n * interval '{days} days' / {tickets},
    now() - n * interval '{days} days' / {tickets}
FROM generate_series(1, {tickets}) n, accounts_organisation o ORDER BY n
"""
_AGENT_DAYS = """
INSERT INTO scoring_agentday (organisation_id, day, channel, agent_id, team_id, {sums})
SELECT o.id, current_date - d, c.channel, a, NULL, {values}
FROM accounts_organisation o, generate_series(0, {days}) d, generate_series(1, {agents}) a,
    (VALUES (''), ('email'), ('chat'), ('phone')) AS c(channel) ORDER BY o.id, d DESC, c.channel
"""
_TEAM_DAYS = """
INSERT INTO scoring_teamday (organisation_id, day, channel, team_id, {sums})
SELECT o.id, current_date - d, c.channel, nullif(t, 0), {values}
FROM accounts_organisation o, generate_series(0, {days}) d, generate_series(0, 5) t,
    (VALUES (''), ('email'), ('chat'), ('phone')) AS c(channel) ORDER BY o.id, d DESC, c.channel
"""


def connected(user: str = "") -> Any:
    """A plain connection as the application's role, or as `user`: policies do not bind the
    superuser `postgres`. The throw-away cluster trusts its own socket."""
    options = dj_database_url.parse(os.environ["DATABASE_URL"])
    found = psycopg2.connect(
        host=options["HOST"],
        port=options["PORT"] or None,
        user=user or options["USER"],
        dbname=options["NAME"],
    )
    found.autocommit = True
    return found


def fill(strong: Any, tickets: int) -> None:
    """Straight into the tables, without the checks of foreign keys."""
    for number in range(ORGANISATIONS):
        Organisation.objects.create(name=f"Bench {number}", slug=f"bench-{number}", is_demo=True)
    with strong.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement, name in (
            (_TICKETS, "tickets_ticket"),
            (_AGENT_DAYS, "scoring_agentday"),
            (_TEAM_DAYS, "scoring_teamday"),
        ):
            columns = _sums(cursor, name)
            cursor.execute(
                statement.format(
                    tickets=tickets // ORGANISATIONS,
                    agents=AGENTS,
                    days=DAYS,
                    sums=", ".join(columns),
                    values=", ".join(["3"] * len(columns)),
                ),
                [],
            )
            cursor.execute(f"VACUUM ANALYZE {name}")


def _sums(cursor: Any, name: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND data_type"
        " IN ('integer', 'bigint') AND column_name NOT LIKE %s AND column_name <> 'id'",
        [name, "%\\_id"],
    )
    return [row[0] for row in cursor.fetchall()]


def statements(organisation: Organisation) -> dict[str, list[str]]:
    """What the pages run, captured from the product's selectors."""
    today = clock.now().date()
    period = Period(today - timedelta(days=90), today)
    week = Period(
        today - timedelta(days=today.weekday()), today - timedelta(days=today.weekday() - 6)
    )
    with tenant_scope(organisation.pk):
        user = User.objects.create_user("bench@bench.example")
        lead = Membership.objects.create(organisation=organisation, user=user, role=Role.ADMIN)
        pages: dict[str, Callable[[], object]] = {
            "ticket list": lambda: ticket_page(actor=lead, filters={}, zone=ZoneInfo("UTC")),
            "list, one status": lambda: ticket_page(
                actor=lead, filters={"status": "open"}, zone=ZoneInfo("UTC")
            ),
            "lead dashboard": lambda: lead_dashboard(period=period, part=Slice(), role=Role.ADMIN),
            "my week": lambda: my_week(agent_ids=[1], week=week, today=today, role=Role.AGENT),
        }
        return {name: _captured(page) for name, page in pages.items()}


def _captured(page: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as context:
        page()
    tables = ("tickets_", "scoring_")
    return [
        query["sql"]
        for query in context.captured_queries
        if query["sql"].lstrip().startswith("SELECT") and any(t in query["sql"] for t in tables)
    ]


def measure(client: Any, queries: list[str], organisation_id: int) -> Spent:
    """CPU of one page's statements, `REPEATS` times in one transaction."""
    pid = backend_pid(client)
    with client.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT set_config('app.organisation_id', %s, true)", [str(organisation_id)])
        with cpu(pid) as spent:
            for _ in range(REPEATS):
                for query in queries:
                    cursor.execute(query)
                    cursor.fetchall()
        cursor.execute("COMMIT")
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100,000 tickets instead of 1,000,000")
    quick = parser.parse_args().quick
    filler = connected("postgres")
    fill(filler, 100_000 if quick else 1_000_000)
    filler.close()
    strong, bound = connected("postgres"), connected()
    organisation = Organisation.objects.get(slug="bench-3")
    pages = statements(organisation)
    rows, ratios = [], {}
    for name, queries in pages.items():
        results = rounds(
            {
                "policies": lambda q=queries: measure(bound, q, organisation.pk),
                "none": lambda q=queries: measure(strong, q, organisation.pk),
            },
            9 if quick else 15,
        )
        dear, cheap = (median(results[key]) / REPEATS * 1000 for key in ("policies", "none"))
        ratios[name] = dear / cheap
        rows.append((name, len(queries), cheap, dear, ratios[name]))
    table(("page", "statements", "ms without", "ms with", "ratio"), rows)
    finish(
        "tenancy",
        {"G13": Goal(max(ratios.values()), at_most=LIMIT)},
        {"ratios": {name: round(ratio, 3) for name, ratio in ratios.items()}},
    )


if __name__ == "__main__":
    main()

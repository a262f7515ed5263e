"""What it costs to erase one person among many (G11) and one with very much (G11b).

An organisation is filled with messages, twenty a person, once small and once large: what erasing
one of them costs must not depend on it. The rows of a person are compared with one hand-written
statement that deletes the same rows and does nothing else; what it costs to bring the figures of
the dashboards up to date as well is shown beside. So is the commit of a single changed row: no
erasure can be faster than the machine makes that durable at the moment.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
import uuid
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
django.setup()

from django.db import connection, connections  # noqa: E402 - Django must be set up first

from bench.harness import Goal, backend_pid, cpu, finish, percentile, table  # noqa: E402 - as above
from bench.world import superuser  # noqa: E402 - as above
from kaizo.accounts.models import Organisation  # noqa: E402 - as above
from kaizo.core.tenancy import IN_SCOPE, Purpose, tenant_scope  # noqa: E402 - as above
from privacy.rights.erasing import Changes, StepName, erase_rows  # noqa: E402 - as above
from privacy.rights.hooks import hooks  # noqa: E402 - as above
from privacy.rights.people import Person  # noqa: E402 - as above
from privacy.rights.plans import draw_up  # noqa: E402 - as above
from privacy.vault.keys import ciphers_for, destroy_key  # noqa: E402 - as above

SIZES, QUICK = (1_000_000, 10_000_000), (20_000, 100_000)
TICKETS, MESSAGES = 4, 5  # of a person, of a ticket
BIG, BIG_QUICK = 70_000, 2_000
SAMPLE, SAMPLE_QUICK = 200, 30
WARM = 5
TABLES = (
    "privacy_subject", "tickets_customer", "tickets_ticket", "tickets_message",
    "tickets_ticketevent", "scoring_ticketacts", "scoring_agentday", "scoring_teamday",
)  # fmt: skip

# Ids are made from the number of the person or ticket, so that no look-up is needed.
_SUBJECT = "md5(%(organisation)s || ':' || {0})::uuid"
_FILL = (
    f"""
INSERT INTO privacy_subject (organisation_id, id, kind, state)
SELECT %(organisation)s, {_SUBJECT.format("p")}, 'customer', 'active'
FROM generate_series(1, %(people)s) AS p
""",
    f"""
INSERT INTO tickets_customer (organisation_id, id, subject_id, source, external_index, profile,
    profile_digest, language, created_at)
SELECT %(organisation)s, %(base)s + p, {_SUBJECT.format("p")}, 'bench',
    decode(md5(p::text), 'hex'), '\\x00', '\\x00', '', now()
FROM generate_series(1, %(people)s) AS p
""",
    f"""
INSERT INTO tickets_ticket (organisation_id, id, source, external_id, requester_id, subject_id,
    title, channel, status, priority, language, message_count, is_merged, digest, created_at,
    updated_at, solved_at)
SELECT %(organisation)s, %(base)s + t, 'bench', 't' || t, %(base)s + p, {_SUBJECT.format("p")},
    '\\x00', 'email', 'solved', '', 'en', %(messages)s, false, '\\x00', moment, moment, moment
FROM (SELECT t, {{person}} AS p, now() - t %% 700 * interval '1 day' AS moment
      FROM generate_series(1, %(tickets)s) AS t) AS made
""",
    """
INSERT INTO tickets_message (organisation_id, ticket_id, external_id, author_type, is_public, body,
    sent_at)
SELECT organisation_id, id, m::text, 'customer', true, decode(repeat('5a', 80), 'hex'), created_at
FROM tickets_ticket, generate_series(1, %(messages)s) AS m
WHERE organisation_id = %(organisation)s AND id > %(base)s
""",
    """
INSERT INTO tickets_ticketevent (organisation_id, ticket_id, position, event_type, from_value,
    to_value, at)
SELECT organisation_id, id, 0, 'status', 'open', 'solved', created_at
FROM tickets_ticket WHERE organisation_id = %(organisation)s AND id > %(base)s
""",
    """
INSERT INTO scoring_ticketacts (organisation_id, ticket_id, day, channel, {sums})
SELECT organisation_id, id, created_at::date, channel, {ones}
FROM tickets_ticket WHERE organisation_id = %(organisation)s AND id > %(base)s
""",
)
_BASE = "SELECT coalesce(max(id), 0) FROM tickets_ticket"

_CHILDREN = ("tickets_message", "tickets_ticketevent", "scoring_ticketacts")
_ONE_STATEMENT = (
    f"WITH mine AS MATERIALIZED (SELECT id FROM tickets_ticket WHERE {IN_SCOPE}"
    " AND subject_id = %(subject)s), "
    + ", ".join(
        f"d{number} AS (DELETE FROM {name} WHERE {IN_SCOPE}"
        " AND ticket_id = ANY(ARRAY(SELECT id FROM mine)))"
        for number, name in enumerate(_CHILDREN)
    )
    + f", t AS (DELETE FROM tickets_ticket WHERE {IN_SCOPE}"
    " AND id = ANY(ARRAY(SELECT id FROM mine)))"
    f" DELETE FROM tickets_customer WHERE {IN_SCOPE} AND subject_id = %(subject)s"
)
_ONE_ROW = f"UPDATE privacy_subject SET state = state WHERE {IN_SCOPE} AND id = %s"


class Planned:
    """Wants what the plan counted, as the product's own progress does."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.names = {(step["action"], step["label"], step["role"]) for step in plan["steps"]}
        self.changed = 0

    def wants(self, name: StepName) -> bool:
        return name in self.names

    def add(self, changes: Changes) -> None:
        self.changed += sum(changes.values())


class World:
    """One organisation with so many messages."""

    def __init__(self, name: str, messages: int, *, tickets_a_person: int = TICKETS) -> None:
        self.organisation = Organisation.objects.create(name=name, slug=name, is_demo=True)
        self.tickets = messages // MESSAGES
        self.people = max(1, self.tickets // tickets_a_person)
        began = time.perf_counter()
        self._fill(f"(t - 1) / {tickets_a_person} + 1")
        print(f"{messages:,} messages filled in {time.perf_counter() - began:.0f} s", flush=True)

    def _fill(self, person: str) -> None:
        from scoring.metrics.arithmetic import SUMS
        from scoring.metrics.services import recompute

        strong = superuser()
        scope = {
            "organisation": self.organisation.pk,
            "people": self.people,
            "tickets": self.people * (self.tickets // self.people),
            "messages": MESSAGES,
        }
        columns = {"sums": ", ".join(SUMS), "ones": ", ".join("1" for _ in SUMS)}
        with strong.cursor() as cursor:
            cursor.execute(_BASE)
            scope["base"] = cursor.fetchone()[0]
            for statement in _FILL:
                cursor.execute(statement.format(person=person, **columns), scope)
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('tickets_ticket', 'id'), %s)",
                [scope["base"] + scope["tickets"]],
            )
            for name in TABLES:
                cursor.execute(f"VACUUM ANALYZE {name}")
        strong.close()
        with tenant_scope(self.organisation.pk):
            recompute(organisation_id=self.organisation.pk)

    def person(self, number: int) -> Person:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {_SUBJECT.format('%(number)s')}",
                {"organisation": self.organisation.pk, "number": number},
            )
            [subject_id] = cursor.fetchone()
        return Person(self.organisation.pk, {uuid.UUID(str(subject_id)): "customer"})


def plan_of(person: Person) -> dict[str, Any]:
    with tenant_scope(person.organisation_id, purpose=Purpose.STORAGE):
        return draw_up(person)


def rows_alone(person: Person) -> int:
    """What is compared with the one statement: the same rows, figures not brought up to date."""
    registered = hooks.rows
    hooks.rows = {label: [lambda _organisation_id, _ids: {}] for label in registered}
    try:
        return _ours("rows", person)
    finally:
        hooks.rows = registered


def with_figures(person: Person) -> int:
    """As the product does it."""
    return _ours("rows and figures", person)


def _ours(name: str, person: Person) -> int:
    progress = Planned(plan_of(person))
    with timed(name):
        erase_rows(person, progress)
    return progress.changed


def one_statement(person: Person) -> int:
    scope = tenant_scope(person.organisation_id, purpose=Purpose.STORAGE)
    with timed("one statement"), scope, connection.cursor() as cursor:
        cursor.execute(_ONE_STATEMENT, {"subject": str(person.subject_ids[0])})
    return 0


def one_row(person: Person) -> int:
    scope = tenant_scope(person.organisation_id, purpose=Purpose.STORAGE)
    with timed("one row"), scope, connection.cursor() as cursor:
        cursor.execute(_ONE_ROW, [str(person.subject_ids[0])])
    return 0


def key(person: Person) -> int:
    ciphers_for(person.organisation_id, person.subject_ids, create=True)
    with timed("key"):
        destroy_key(person.organisation_id, person.subject_ids[0])
    return 0


TIMES: dict[str, list[tuple[float, float]]] = {}
BACKENDS: list[int] = []


class timed:  # noqa: N801 - reads as a statement
    """Notes wall and CPU seconds under a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.block = cpu(*BACKENDS)

    def __enter__(self) -> None:
        self.spent = self.block.__enter__()

    def __exit__(self, *problem: Any) -> None:
        self.block.__exit__(*problem)
        TIMES.setdefault(self.name, []).append((self.spent.wall, self.spent.total))


def sample(world: World, count: int) -> dict[str, dict[str, float]]:
    """Erase people spread over the whole organisation, by turns; milliseconds."""
    TIMES.clear()
    variants: tuple[Callable[[Person], int], ...] = (
        rows_alone, one_statement, with_figures, one_row, key,
    )  # fmt: skip
    shared = (one_row, key)  # take nothing that the others need
    step = world.people // (count * 3 + WARM * 3 + 1)
    numbers = iter(range(1, world.people, max(1, step)))
    for turn in range(count + WARM):
        for variant in variants if turn % 2 else reversed(variants):
            variant(world.person(1 + turn if variant in shared else next(numbers)))
        if turn == WARM - 1:
            TIMES.clear()
    return {name: _figures(found) for name, found in TIMES.items()}


def _figures(found: list[tuple[float, float]]) -> dict[str, float]:
    wall, total = [each[0] * 1000 for each in found], [each[1] * 1000 for each in found]
    return {
        "p50_ms": round(percentile(wall, 0.5), 3),
        "p95_ms": round(percentile(wall, 0.95), 3),
        "cpu_p50_ms": round(percentile(total, 0.5), 3),
    }


def big(tickets: int) -> dict[str, float]:
    """One person with very many tickets."""
    world = World(f"bench-big-{tickets}", tickets * MESSAGES, tickets_a_person=tickets)
    person = world.person(1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    plan = plan_of(person)
    progress = Planned(plan)
    with cpu(*BACKENDS) as spent:
        erase_rows(person, progress)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "rows": progress.changed,
        "database_s": round(spent.backend, 2),
        "client_s": round(spent.client, 2),
        "wall_s": round(spent.wall, 2),
        "grown_mb": round(grown / 1024, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller, for a first look")
    quick = parser.parse_args().quick
    BACKENDS.extend(backend_pid(connections[alias]) for alias in connections)
    sizes, count = (QUICK, SAMPLE_QUICK) if quick else (SIZES, SAMPLE)
    much = big(BIG_QUICK if quick else BIG)
    found = {size: sample(World(f"bench-{size}", size), count) for size in sizes}
    table(
        ("messages", "what", "p50 ms", "p95 ms", "CPU p50 ms"),
        [
            (size, name, *figures.values())
            for size, named in found.items()
            for name, figures in named.items()
        ],
    )
    print(f"one person with {BIG_QUICK if quick else BIG:,} tickets: {much}")
    large = found[sizes[-1]]
    finish(
        "rights",
        goals={
            "G11 key ms p50": Goal(large["key"]["p50_ms"], at_most=2),
            "G11 rows against one statement, CPU": Goal(
                large["rows"]["cpu_p50_ms"] / large["one statement"]["cpu_p50_ms"], at_most=1.5
            ),
            "G11 rows and figures ms p95": Goal(large["rows and figures"]["p95_ms"], at_most=25),
            "G11 rows CPU, large against small": Goal(
                large["rows"]["cpu_p50_ms"] / found[sizes[0]]["rows"]["cpu_p50_ms"], at_most=1.3
            ),
            "G11b database s": Goal(much["database_s"], at_most=10),
            "G11b memory grown MB": Goal(much["grown_mb"], at_most=32),
        },
        figures={"sizes": {str(size): named for size, named in found.items()}, "big": much},
    )


if __name__ == "__main__":
    main()

"""The lead dashboard and the agent's week over HTTP, at a million tickets and at ten (G7 to G9).

Tickets and their facts go straight into the tables, spread over three years; the rollups are built
from them by the product's own statements. One organisation holds a tenth of all tickets, has 50
agents in five teams and is the one that is asked; thirty others share the rest.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
django.setup()

from django.db import connections  # noqa: E402 - Django must be set up first
from django.test import Client  # noqa: E402 - as above

from bench.harness import Goal, backend_pid, cpu, finish, percentile, table  # noqa: E402 - as above
from bench.world import AGENTS_VALUES, OTHERS, ROLLUPS, TODAY, World  # noqa: E402 - as above
from kaizo.accounts.models import User  # noqa: E402 - as above
from kaizo.core.tenancy import tenant_scope  # noqa: E402 - as above
from scoring.metrics import services  # noqa: E402 - as above

QUARTER, THREE_YEARS = 91, 3 * 365
WARM_UP = 3  # the first requests load templates, keys and plans
SHORT, LONG = "lead dashboard, quarter", "lead dashboard, 3 years"

# The tiles and the table of a quarter, asked of the facts instead of the rollups.
_RAW = """
SELECT {group}, {totals} FROM scoring_ticketacts
WHERE organisation_id = %(organisation)s AND day BETWEEN %(first)s AND %(last)s GROUP BY {group}
"""


@dataclass
class Asked:
    """What one page cost over many requests, in milliseconds each.

    CPU is what the page takes on an idle machine, as its data are in memory; wall-clock time says
    as much about the machine's other work.
    """

    database: list[float] = field(default_factory=list)  # CPU of PostgreSQL
    page: list[float] = field(default_factory=list)  # CPU of PostgreSQL and Django
    database_wall: list[float] = field(default_factory=list)
    page_wall: list[float] = field(default_factory=list)
    queries: int = 0
    kilobytes: float = 0.0

    def p50(self, part: str) -> float:
        return percentile(getattr(self, part), 0.5)

    def p95(self, part: str) -> float:
        return percentile(getattr(self, part), 0.95)


class Timer:
    """Adds up the time and number of the statements that Django sends."""

    def __init__(self) -> None:
        self.seconds, self.count = 0.0, 0

    def __call__(self, execute: Any, statement: str, values: Any, many: Any, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(statement, values, many, context)
        finally:
            self.seconds += time.perf_counter() - began
            self.count += 1


def ask(user: User, path: str, times: int, *, shows: str) -> Asked:
    """The page as a signed-in browser gets it, through every middleware and template.

    `shows` must stand in it: an empty page is quick and proves nothing.
    """
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    asked = Asked()
    backends = [backend_pid(connections[alias]) for alias in connections]
    for number in range(times + WARM_UP):
        timer = Timer()
        with (
            connections["default"].execute_wrapper(timer),
            connections["vault"].execute_wrapper(timer),
            cpu(*backends) as spent,
        ):
            response = client.get(path)
        if response.status_code != HTTPStatus.OK:
            raise SystemExit(f"{path} answered {response.status_code}.")
        if shows not in response.content.decode():
            raise SystemExit(f"{path} does not show {shows!r}: it is not the page to measure.")
        if number >= WARM_UP:
            asked.database.append(spent.backend * 1000)
            asked.page.append(spent.total * 1000)
            asked.database_wall.append(timer.seconds * 1000)
            asked.page_wall.append(spent.wall * 1000)
            asked.queries = timer.count
            asked.kilobytes = len(response.content) / 1000
    return asked


def measure_pages(world: World, times: int) -> dict[str, Asked]:
    base = f"/o/{world.biggest.slug}"
    first = TODAY - timedelta(days=THREE_YEARS - 1)
    quarter = f"{base}/dashboard/?days={QUARTER}"
    years = f"{base}/dashboard/?first={first}&last={TODAY}"
    everybody = f"Agent {len(world.agents) - 1}"
    return {
        SHORT: ask(world.head, quarter, times, shows=everybody),
        "lead dashboard, one team": ask(world.lead, quarter, times, shows="Agent 0"),
        LONG: ask(world.head, years, max(times // 6, 3), shows=everybody),
        "my week": ask(world.agent, f"{base}/my-week/", times, shows="n = "),
    }


def measure_raw(world: World, times: int) -> float:
    """Milliseconds of PostgreSQL's CPU for the same figures straight from the facts."""
    scope = {
        "organisation": world.biggest.pk,
        "first": TODAY - timedelta(days=2 * QUARTER - 1),
        "last": TODAY,
    }
    totals = ", ".join(f"sum({name})" for name in AGENTS_VALUES)
    took = []
    with tenant_scope(world.biggest.pk), connections["default"].cursor() as cursor:
        for _ in range(times):
            with cpu(backend_pid(connections["default"])) as spent:
                for group in ("day", "agent_id"):
                    cursor.execute(_RAW.format(group=group, totals=totals), scope)
                    cursor.fetchall()
            took.append(spent.backend * 1000)
    return percentile(took, 0.5)


@dataclass
class Upkeep:
    """CPU seconds of some pages' ingest, and of its parts."""

    page: float = 0.0
    follower: float = 0.0  # everything that keeps facts and rollups
    cells: float = 0.0  # of it, the rollups' cells
    facts: float = 0.0  # of it, the rest of the statements: locks and the facts' rows


@contextmanager
def accounted(found: Upkeep) -> Iterator[None]:
    """Charge the metrics' statements, client and backend, to `found` while pages are ingested."""
    connections["default"].ensure_connection()
    pid = backend_pid(connections["default"])
    execute, follow = services._execute, services.follow_page  # noqa: SLF001 - timed from outside

    def charged(part: str, function: Any, *arguments: Any) -> Any:
        with cpu(pid) as spent:
            result = function(*arguments)
        setattr(found, part, getattr(found, part) + spent.total)
        return result

    def charged_statement(statement: str, scope: dict[str, Any]) -> Any:
        part = "cells" if any(name in statement for name in ROLLUPS) else "facts"
        return charged(part, execute, statement, scope)

    services._execute = charged_statement  # noqa: SLF001 - as above
    services.follow_page = lambda page: charged("follower", follow, page)
    try:
        yield
    finally:
        services._execute, services.follow_page = execute, follow  # noqa: SLF001 - as above


def measure_upkeep(world: World, times: int) -> Upkeep:
    found = Upkeep()
    with accounted(found):
        for _ in range(times):
            with cpu(backend_pid(connections["default"])) as spent:
                world.ingest_page()
            found.page += spent.total
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,000 and 100,000 tickets")
    quick = parser.parse_args().quick
    found: dict[int, dict[str, Asked]] = {}
    raw: dict[int, float] = {}
    upkeep: dict[int, Upkeep] = {}
    for size in (10_000, 100_000) if quick else (1_000_000, 10_000_000):
        world = World(size, others=3 if quick else OTHERS)
        world.fill()
        found[size] = measure_pages(world, 12 if quick else 60)
        raw[size] = measure_raw(world, 5)
        upkeep[size] = measure_upkeep(world, 3 if quick else 6)
    report(found, raw, upkeep)


def report(
    found: dict[int, dict[str, Asked]], raw: dict[int, float], upkeep: dict[int, Upkeep]
) -> None:
    parts = ("database", "page", "database_wall", "page_wall")
    table(
        (
            "tickets",
            "page",
            "queries",
            "kB",
            *(f"{part} {p}" for part in parts for p in ("p50", "p95")),
        ),
        [
            (
                size,
                name,
                each.queries,
                round(each.kilobytes),
                *(round(share(part), 1) for part in parts for share in (each.p50, each.p95)),
            )
            for size, pages in found.items()
            for name, each in pages.items()
        ],
    )
    small, large = sorted(found)
    short = [each for name, each in found[large].items() if name != LONG]
    growth = [found[size][SHORT].p50("database") for size in (small, large)]
    shares = {size: each.cells / each.page for size, each in upkeep.items()}
    finish(
        "dashboard",
        {
            "G7": Goal(max(each.p95("database") for each in short), at_most=10),
            "G7 page": Goal(max(each.p95("page") for each in short), at_most=50),
            "G7 growth": Goal(growth[1] / growth[0], at_most=2),
            "G8": Goal(found[large][LONG].p95("database"), at_most=30),
            "G9": Goal(max(shares.values()), at_most=0.05),
        },
        {
            "sizes": [small, large],
            "pages": {
                name: {part: round(each.p95(part), 2) for part in parts} | {"queries": each.queries}
                for name, each in found[large].items()
            },
            "rollup_of_raw": round(growth[1] / raw[large], 4),  # <= 0.1 at full size
            "raw_ms": {str(size): round(each, 2) for size, each in raw.items()},
            "ingest_cpu_ms": {
                str(s): {
                    part: round(getattr(each, part) * 1000, 1)
                    for part in ("page", "follower", "facts", "cells")
                }
                for s, each in upkeep.items()
            },
        },
    )


if __name__ == "__main__":
    main()

"""Sync: from the helpdesk's replies into the database, and onto the dashboard (G2, G4b, G10).

Ours is the product's own run: claim, permission, pace, requests, mapping, keys, encryption, rows,
facts and rollups. dlt (`bench/loaders.py`) loads the same endpoints of the same sandbox into the
same PostgreSQL and does none of that beyond rows. Each loader is a process of its own; CPU is that
of the process, all of PostgreSQL and Valkey, from when everything is imported. Autovacuum is off:
it comes when it likes, and would be charged to whoever is at work.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
django.setup()

from bench import arrivals  # noqa: E402 - Django must be set up first
from bench.chunks import counter  # noqa: E402 - as above
from bench.desk import Desk, again, connected, desk, new_organisation  # noqa: E402 - as above
from bench.harness import (  # noqa: E402 - as above
    Goal,
    finish,
    percentile,
    postmaster,
    process_id_of,
    rounds,
    table,
    tree_cpu,
)
from bench.world import superuser  # noqa: E402 - as above
from integrations.models import Connection, SyncRun  # noqa: E402 - as above
from kaizo.core.tenancy import tenant_scope  # noqa: E402 - as above

PARTS = ("client", "postgres", "valkey")
OURS, STOCK, TRIMMED = "Kaizo", "dlt, as it comes", "dlt, the same columns"
Costs = dict[str, float]


def without_autovacuum() -> None:
    strong = superuser()
    with strong.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET autovacuum = off")
        cursor.execute("SELECT pg_reload_conf()")
    strong.close()


def measured(*words: str) -> Costs:
    """What a loader's process has cost, in seconds."""
    servers = {"postgres": postmaster(), "valkey": process_id_of(counter())}
    before = {name: tree_cpu(pid) for name, pid in servers.items()}
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.loaders", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"The loader failed: {done.stderr[-2000:]}")
    costs: Costs = json.loads(done.stdout.splitlines()[-1])
    return costs | {name: tree_cpu(pid) - before[name] for name, pid in servers.items()}


def ours(there: Desk) -> Costs:
    organisation = new_organisation("sync")
    made = connected(organisation, there.url, page_size="1000")
    costs = measured("ours", str(organisation.pk), str(made.pk))
    if again(made).state != Connection.State.LIVE:
        raise SystemExit(f"The backfill ended as {again(made).state}: {again(made).problem}.")
    with tenant_scope(organisation.pk):
        [arrived] = SyncRun.objects.values_list("tickets_created", flat=True)
    if arrived != there.control("state")["tickets"]:
        raise SystemExit(f"{arrived} tickets have arrived.")
    return costs


_datasets: list[str] = []


def theirs(there: Desk, shape: str) -> Costs:
    _datasets.append(f"{shape}_{len(_datasets)}")
    return measured("dlt", there.url, _datasets[-1], shape)


def compare(there: Desk, count: int) -> tuple[dict[str, Costs], int]:
    """CPU microseconds a ticket by part, medians of the rounds; and how many tickets there are."""
    tickets = int(there.control("state")["tickets"])
    found = rounds(
        {
            OURS: lambda: ours(there),
            STOCK: lambda: theirs(there, "stock"),
            TRIMMED: lambda: theirs(there, "trimmed"),
        },
        count,
    )
    medians = {}
    for name, runs in found.items():
        medians[name] = {
            part: sorted(run[part] for run in runs)[len(runs) // 2] / tickets * 1e6
            for part in (*PARTS, "wall")
        }
    return medians, tickets


def total(costs: Costs) -> float:
    return sum(costs[part] for part in PARTS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    tickets, paced, calls, count = (800, 250, 200, 1) if quick else (10_000, 2_500, 1_000, 3)
    without_autovacuum()
    with desk(200) as there:
        ours(there)  # fills the caches that PostgreSQL's processes share
    with desk(tickets) as there:
        costs, arrived = compare(there, count)
    table(
        ("loader", *(f"{part} us/ticket" for part in PARTS), "CPU us/ticket", "tickets/s"),
        [
            (name, *(round(each[part]) for part in PARTS), round(total(each)),
             round(1e6 / each["wall"]))
            for name, each in costs.items()
        ],
    )  # fmt: skip
    with desk(paced) as there:
        share, refused = arrivals.used_of_allowance(there, 2_500)
    with desk(min(paced, 300)) as there:
        early, refusals = arrivals.sent_before_retry_after(there, 60)
    with desk(1_002) as there:
        fresh = sorted((arrivals.freshness(there) for _ in range(count)), key=lambda one: one.wall)
    answered = arrivals.hooks(calls)
    one = fresh[len(fresh) // 2]
    mine = total(costs[OURS])
    finish(
        "sync",
        {
            "G2": Goal(total(costs[STOCK]) / mine, at_least=8.0),
            "G4b columns": Goal(total(costs[TRIMMED]) / mine, at_least=4.0),
            "G4b allowance": Goal(share, at_least=0.9),
            "G4b too early": Goal(early, at_most=0),
            "G10": Goal(one.wall / one.tickets * 1_000, at_most=1.0),
            "webhook p95 ms": Goal(percentile(answered, 0.95) * 1_000, at_most=50.0),
        },
        {
            "tickets": arrived,
            "cpu_us_per_ticket": {
                name: {part: round(each[part], 1) for part in PARTS} for name, each in costs.items()
            },
            "tickets_per_second": {name: round(1e6 / each["wall"]) for name, each in costs.items()},
            "refused_within_allowance": refused,
            "refusals_waited_out": refusals,
            "fresh_page": one.tickets,
            "fresh_cpu_seconds": round(one.cpu, 3),
            "webhook_p50_ms": round(percentile(answered, 0.5) * 1_000, 1),
            "webhooks": len(answered),
        },
    )


if __name__ == "__main__":
    main()

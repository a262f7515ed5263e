"""Tasks: work on tickets in chunks against one Celery task a ticket (G6).

Both do the same to each ticket: read its conversation, work out its facts, replace them and move
the rollups. Chunks carry 200 ids, as the product's tasks do, and keep the database connection
(CELERY_DB_REUSE_MAX); one a ticket is Celery as it comes, which closes the connection around every
task. A real worker and Valkey; CPU is that of the worker and its children, Valkey, all of
PostgreSQL and whoever puts the tasks into the queue.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
django.setup()

from django.db import connections  # noqa: E402 - Django must be set up first

from bench.chunks import DEFAULTS, DONE, counter, refresh_facts, warm_up  # noqa: E402 - as above
from bench.harness import Goal, finish, postmaster, process_id_of, table, tree_cpu  # noqa: E402 - as above
from integrations.demo.generator import generate  # noqa: E402 - as above
from kaizo.accounts.models import Organisation  # noqa: E402 - as above
from kaizo.core.tenancy import tenant_scope  # noqa: E402 - as above
from kaizo.embedded.home import ROOT  # noqa: E402 - as above
from tickets.models import Ticket  # noqa: E402 - as above
from tickets.services import PAGE_SIZE, ingest_tickets  # noqa: E402 - as above

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CHUNK = 200
PROCESSES = 2
_PATIENCE = 600.0


def filled(tickets: int) -> tuple[int, list[int]]:
    """An organisation with generated tickets; its id and theirs. What ingest queued is dropped."""
    organisation = Organisation.objects.create(name="tasks", slug="tasks", is_demo=True)
    records = list(generate(tickets, now=NOW))
    for start in range(0, len(records), PAGE_SIZE):
        page = records[start : start + PAGE_SIZE]
        ingest_tickets(organisation_id=organisation.pk, source="bench", records=page)
    refresh_facts.app.control.purge()
    with tenant_scope(organisation.pk):
        return organisation.pk, list(Ticket.objects.order_by("pk").values_list("pk", flat=True))


@contextmanager
def worker(*, defaults: bool) -> Iterator[subprocess.Popen[bytes]]:
    """A running worker whose processes have each done something."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(ROOT)}
    if defaults:
        environment[DEFAULTS] = "1"
    celery = [str(Path(sys.executable).parent / "celery"), "--quiet", "-A", "bench.chunks"]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*celery, "worker", "--concurrency", str(PROCESSES), "--without-gossip",
         "--without-mingle"],
        cwd=ROOT, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        begin(0)
        for _each in range(4 * PROCESSES):
            warm_up.delay()
        wait_for(4 * PROCESSES, process)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def begin(done: int) -> None:
    counter().set(DONE, done)


def wait_for(done: int, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    asking = counter()
    while int(asking.get(DONE) or 0) < done:
        if running.poll() is not None or time.monotonic() > until:
            raise SystemExit("The worker does not get its work done.")
        time.sleep(0.05)


def drained(
    running: subprocess.Popen[bytes], organisation_id: int, chunks: Sequence[Sequence[int]]
) -> dict[str, float]:
    """CPU seconds of each part until the worker has done all chunks."""
    parts = {"worker": running.pid, "postgres": postmaster(), "valkey": process_id_of(counter())}
    begin(0)
    before = {name: tree_cpu(each) for name, each in parts.items()}
    client, wall = time.process_time(), time.perf_counter()
    for chunk in chunks:
        refresh_facts.delay(organisation_id=organisation_id, ticket_ids=list(chunk))
    spent = {"queueing": time.process_time() - client}
    wait_for(len(chunks), running)
    spent |= {name: tree_cpu(each) - before[name] for name, each in parts.items()}
    return {**spent, "wall": time.perf_counter() - wall}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    tickets, alone, count = (2_000, 150, 1) if quick else (10_000, 1_000, 3)
    organisation_id, ids = filled(tickets)
    connections.close_all()
    ways = {
        "200 a task": (False, [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]),
        "1 a task, Celery as it comes": (True, [[one] for one in ids[:alone]]),
        "1 a task, connection kept": (False, [[one] for one in ids[:alone]]),
    }
    found: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for _round in range(count):
        for name, (defaults, chunks) in ways.items():
            with worker(defaults=defaults) as running:
                spent = drained(running, organisation_id, chunks)
            done = sum(map(len, chunks))
            found[name].append({part: value / done * 1e6 for part, value in spent.items()})
    report(found)


def report(found: dict[str, list[dict[str, float]]]) -> None:
    parts = ("queueing", "worker", "valkey", "postgres")

    def median(name: str, part: str) -> float:
        return sorted(each[part] for each in found[name])[len(found[name]) // 2]

    cost = {name: sum(median(name, part) for part in parts) for name in found}
    table(
        ("way", *(f"{part} us" for part in parts), "CPU us a ticket", "tickets/s"),
        [
            (
                name,
                *(round(median(name, part)) for part in parts),
                round(cost[name]),
                round(1e6 / median(name, "wall")),
            )
            for name in found
        ],
    )
    chunks, alone, kept = cost.values()
    finish(
        "tasks",
        {"G6": Goal(alone / chunks, at_least=50)},
        {
            "cpu_us_per_ticket": {name: round(value, 1) for name, value in cost.items()},
            "connection_kept": round(kept / chunks, 1),
            "tickets_a_task": CHUNK,
        },
    )


if __name__ == "__main__":
    main()

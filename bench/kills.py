"""Ten killed workers in one backfill: is everything here as the helpdesk has it?

A real worker (Celery's, as `./dev up` starts it) reads the sandbox helpdesk. Ten times, after a
random number of requests and a random moment more, its whole process group gets SIGKILL; its claim
is then taken back as the passing of minutes would, and the next worker is told by the queue. In the
end every mapped field of every ticket is compared with the source's own store, texts byte for byte.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
django.setup()

from bench.desk import NOW, again, connected, new_organisation  # noqa: E402 - Django must be set up first
from bench.harness import Goal, finish, table  # noqa: E402 - as above
from bench.sameness import differences  # noqa: E402 - as above
from integrations.helpdesks.sandbox.server import Sandbox  # noqa: E402 - as above
from integrations.models import Connection, SyncRun  # noqa: E402 - as above
from integrations.sync import queue_due  # noqa: E402 - as above
from kaizo.accounts.models import Organisation  # noqa: E402 - as above
from kaizo.celery import app  # noqa: E402 - as above
from kaizo.core.tenancy import tenant_scope  # noqa: E402 - as above
from kaizo.embedded.home import ROOT  # noqa: E402 - as above
from tickets.models import Ticket  # noqa: E402 - as above

KILLS = 10
SHOWN = 20
_PATIENCE = 1_800.0  # seconds for one worker on a busy machine


class Fuse:
    """Counts requests, and burns at the chosen one."""

    def __init__(self) -> None:
        self.count, self.at, self.burnt = 0, 0, threading.Event()

    def light(self, at: int) -> None:
        self.burnt.clear()
        self.at = at

    def on_request(self) -> None:
        self.count += 1
        if self.at and self.count >= self.at:
            self.burnt.set()


@contextmanager
def sandbox(tickets: int, fuse: Fuse) -> Iterator[Sandbox]:
    running = Sandbox(tickets=tickets, now=NOW)
    whole: Any = running.api.answer

    def answer(*words: Any) -> Any:
        fuse.on_request()
        return whole(*words)

    running.api.answer = answer  # type: ignore[method-assign]
    with running:
        yield running


class Worker:
    """Celery's, in a process group of its own."""

    def __init__(self) -> None:
        celery = [str(Path(sys.executable).parent / "celery"), "--quiet", "-A", "kaizo", "worker"]
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [*celery, "--concurrency", "1", "--without-gossip", "--without-mingle"],
            cwd=ROOT,
            env={**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(ROOT)},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


def tell(connection: Connection) -> None:
    """As beat does once the claim of a worker that is gone has run out. What stored pages have
    queued behind them is dropped: it is not what is measured, and it would come first."""
    app.control.purge()
    with tenant_scope(connection.organisation_id):
        Connection.objects.update(claimed_until=None, due_at=None)
    queue_due()


def run_and_kill(connection: Connection, fuse: Fuse, at: int, delay: float) -> tuple[Any, ...]:
    tell(connection)
    fuse.light(at)
    worker = Worker()
    try:
        if not fuse.burnt.wait(_PATIENCE):
            raise SystemExit(f"The worker never made request {at}.")
        time.sleep(delay)
    finally:
        worker.kill()
    found = again(connection)
    if found.state != Connection.State.BACKFILLING:
        raise SystemExit(f"The backfill was over before the kill at request {at}.")
    return at, round(delay * 1000), stored_tickets(connection)


def stored_tickets(connection: Connection) -> int:
    with tenant_scope(connection.organisation_id):
        return Ticket.objects.count()


def run_to_the_end(connection: Connection) -> None:
    tell(connection)
    worker = Worker()
    until = time.monotonic() + _PATIENCE
    try:
        while again(connection).state == Connection.State.BACKFILLING:
            if time.monotonic() > until:
                raise SystemExit("The backfill does not end.")
            time.sleep(0.5)
    finally:
        worker.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,500 tickets and three kills")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    tickets, kills = (1_500, 3) if chosen.quick else (20_000, KILLS)
    print(f"seed {chosen.seed}", flush=True)
    chance, fuse = Random(chosen.seed), Fuse()  # noqa: S311 - to be repeated
    # Pages that were cut off are read again, so nine tenths of the tickets' requests come anyway.
    points = sorted(chance.sample(range(20, tickets * 9 // 10), kills))
    began = time.perf_counter()
    with sandbox(tickets, fuse) as running:
        organisation = new_organisation("kills")
        Organisation.objects.filter(pk=organisation.pk).update(kept_fields=["Language"])
        made = connected(organisation, running.url)
        rows = [run_and_kill(made, fuse, at, chance.uniform(0, 0.4)) for at in points]
        run_to_the_end(made)
        table(("killed after requests", "and ms", "tickets by then"), rows)
        found = differences(running.store, made)
        there = len(running.store.live_ids())
    for line in found[:SHOWN]:
        print(line[:300])
    with tenant_scope(organisation.pk):
        stopped = SyncRun.objects.filter(problem="stopped").count()
    report = {
        "tickets": there, "seed": chosen.seed, "requests": fuse.count, "runs_cut_off": stopped,
        "seconds": round(time.perf_counter() - began),
    }  # fmt: skip
    goals = {
        "different": Goal(len(found), at_most=0),
        "missing": Goal(there - stored_tickets(made), at_most=0),
        "kills": Goal(len(rows), at_least=kills),
    }
    finish("kills", goals, report)


if __name__ == "__main__":
    main()

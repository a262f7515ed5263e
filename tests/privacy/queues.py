"""The queues in Valkey, and a worker that works them off when a test says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty

from kaizo.celery import app

QUEUES = ("celery", "texts")


@contextmanager
def waiting_tasks() -> Iterator[None]:
    """Meanwhile tasks wait in the broker, as in production, until `work_off`."""
    before = app.conf.task_always_eager
    app.conf.task_always_eager = False
    _purge()
    try:
        yield
    finally:
        _purge()
        app.conf.task_always_eager = before


def work_off() -> int:
    """Run what waits, and what that queues, one task after the other; how many it was."""
    done = 0
    while ran := sum(_run_all(queue) for queue in QUEUES):
        done += ran
    return done


def _run_all(name: str) -> int:
    ran = 0
    with app.connection_for_read() as broker, broker.SimpleQueue(name) as queue:
        while True:
            try:
                message = queue.get(block=False)
            except Empty:
                return ran
            args, kwargs, _embedded = message.payload
            app.tasks[message.headers["task"]].apply(args, kwargs, throw=True)
            message.ack()
            ran += 1


def _purge() -> None:
    with app.connection_for_read() as broker:
        for name in QUEUES:
            with broker.SimpleQueue(name) as queue:
                queue.clear()

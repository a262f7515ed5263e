"""The work of `bench/tasks.py`, as Celery tasks: `celery -A bench.chunks worker`.

Each brings the facts and figures of some tickets up to date, from the conversation in the tables,
by the product's own functions; for one ticket it does exactly what it does for two hundred.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
django.setup()

import redis  # noqa: E402 - Django must be set up first
from celery.contrib.django.task import DjangoTask  # noqa: E402 - as above
from django.conf import settings  # noqa: E402 - as above

from kaizo.celery import app  # noqa: E402 - as above
from kaizo.core.tasks import TenantTask  # noqa: E402 - as above

DONE = "bench:done"
DEFAULTS = "BENCH_CELERY_DEFAULTS"
if os.environ.get(DEFAULTS):
    app.conf["CELERY_DB_REUSE_MAX"] = None  # as Celery comes: a connection for every task


def counter() -> redis.Redis:
    return redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])


class Counted(TenantTask):
    """Says when it has done its work, so that the benchmark knows when all is done."""

    def after_return(self, *_what: Any) -> None:
        counter_of_this_process().incr(DONE)


_counter: list[redis.Redis] = []


def counter_of_this_process() -> redis.Redis:
    if not _counter:
        _counter.append(counter())
    return _counter[0]


@app.task(base=Counted, ignore_result=True)
def refresh_facts(*, organisation_id: int, ticket_ids: Sequence[int]) -> None:
    """Facts and rollups of a chunk of tickets."""
    from scoring.metrics.services import refresh

    refresh(organisation_id=organisation_id, timelines=timelines_of(ticket_ids))


@app.task(base=DjangoTask, ignore_result=True)
def warm_up() -> None:
    """Load what a task needs, so that no variant pays for it."""
    from scoring.metrics import services  # noqa: F401 - for what it brings along

    counter_of_this_process().incr(DONE)


def timelines_of(ticket_ids: Sequence[int]) -> list[Any]:
    from tickets.contracts import AuthorType, Channel, Status, Timeline, Utterance
    from tickets.models import Message, Ticket

    said: dict[int, list[Utterance]] = defaultdict(list)
    messages: Iterable[Any] = (
        Message.objects.filter(ticket__in=ticket_ids)
        .order_by("sent_at")
        .values_list("ticket_id", "sent_at", "author_type", "is_public", "agent_id")
    )
    for ticket_id, sent_at, author, public, agent_id in messages:
        said[ticket_id].append(Utterance(sent_at, AuthorType(author), public, agent_id))
    tickets = Ticket.objects.filter(pk__in=ticket_ids).values_list(
        "pk", "channel", "status", "created_at", "solved_at", "assignee_id"
    )
    return [
        Timeline(
            ticket_id=pk,
            channel=Channel(channel),
            status=Status(status),
            created_at=created_at,
            solved_at=solved_at,
            assignee_id=assignee_id,
            utterances=tuple(said[pk]),
            changes=(),
            ratings=(),
        )
        for pk, channel, status, created_at, solved_at, assignee_id in tickets
    ]

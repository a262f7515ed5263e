"""Reads helpdesks: claims a connection, pulls page after page, and keeps the cursor with them.

A worker may be killed at any point. The claim runs out by itself, the cursor has moved exactly as
far as the pages that are stored, and a page that is stored twice changes nothing.
"""

from __future__ import annotations

import random
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.db import DatabaseError
from django.db.models import F, Q, QuerySet

from integrations import registry
from integrations.base import (
    AuthExpired,
    HelpdeskError,
    Page,
    PermanentError,
    Problem,
    TemporaryError,
)
from integrations.credentials import Opened, open_adapter, renew_tokens
from integrations.health import clear_by_page, is_worth_a_mail, note_problem
from integrations.intake import Taken, take_in
from integrations.models import Connection, ConnectionAddress, SyncRun
from kaizo.core import clock
from kaizo.core.logs import get_logger
from kaizo.core.memory import no_collection
from kaizo.core.tenancy import tenant_scope
from privacy.api import Limits

log = get_logger(__name__)

# With what the clock and the queue add, a change is here within a minute.
POLL_EVERY: Final = timedelta(seconds=45)
# After a crash the connection is free again this soon. A living worker renews its claim with every
# request and page; one request with its waiting is shorter (`_LIMITS`).
LEASE: Final = timedelta(minutes=3)
_LIMITS: Final = Limits(patience=60.0, deadline=90.0, attempts=2)
# A queued task that no worker has taken by then is queued again.
_QUEUED_FOR: Final = timedelta(minutes=5)
_BUDGET_SECONDS: Final = 20 * 60
_OVERLAP: Final = timedelta(minutes=10)
_SHORTEST_BACKOFF: Final = 30.0
_LONGEST_BACKOFF: Final = 15 * 60.0
_LOOK_AGAIN: Final = timedelta(hours=1)
_MANY_FAILURES: Final = 5
_MANY_NAMES: Final = 200
_NAME_LENGTH: Final = 100

WANTED: Final = (Connection.State.BACKFILLING, Connection.State.LIVE)
_NEEDS_SOMEBODY: Final = frozenset(
    {Problem.WRONG_CREDENTIALS, Problem.REVOKED, Problem.MISSING_SCOPE}
)


class Stopped(Exception):  # noqa: N818 - reads as what happened
    """The connection was paused, disconnected or given to another worker: not one more request."""


def queue_due() -> int:
    """Queue a run for every connection that is due, in every organisation; returns how many."""
    return sum(map(_queue_due_of, organisations_with_connections()))


def organisations_with_connections() -> list[int]:
    """Ids of organisations that have a connection which is not ended."""
    owners = ConnectionAddress.objects.order_by("owner_id").values_list("owner_id", flat=True)
    return list(owners.distinct())


def _queue_due_of(organisation_id: int) -> int:
    from integrations.tasks import sync_connection as task

    now = clock.now()
    with tenant_scope(organisation_id):
        ids = list(Connection.objects.filter(_free(), _due()).values_list("pk", flat=True))
        for connection_id in ids:
            task.delay_on_commit(organisation_id=organisation_id, connection_id=connection_id)
        Connection.objects.filter(pk__in=ids).update(due_at=now + _QUEUED_FOR)
    return len(ids)


def _free() -> Q:
    unclaimed = Q(claimed_until__isnull=True) | Q(claimed_until__lt=clock.now())
    return unclaimed & Q(state__in=WANTED)


def _due() -> Q:
    return Q(due_at__isnull=True) | Q(due_at__lte=clock.now())


def claim(*, organisation_id: int, connection_id: int) -> Connection | None:
    """Take a connection for this worker; None when it is not free. Of two callers one wins."""
    with tenant_scope(organisation_id):
        now = clock.now()
        won = Connection.objects.filter(_free(), pk=connection_id).update(
            claimed_by=uuid.uuid4(), claimed_until=now + LEASE, failures=F("failures") + 1
        )
        return _row(connection_id) if won else None


def _row(connection_id: int) -> Connection:
    row: Connection = Connection.objects.get(pk=connection_id)
    return row


def sync_connection(*, organisation_id: int, connection_id: int) -> bool:
    """Read the connection's feed from its cursor to its present end, or for twenty minutes.

    Returns whether there is more to read at once. Safe to call at any time and by any number of
    workers. Failures end in the connection's state and words, never in an exception, unless they
    are our own.
    """
    connection = claim(organisation_id=organisation_id, connection_id=connection_id)
    if connection is None:
        return False
    session = _Session(connection)
    ended = False
    try:
        more = session.run()
        ended = True
    except Stopped:
        more, ended = False, True
    except HelpdeskError as error:
        session.give_up(error)
        more, ended = False, True
    finally:
        if not ended:
            session.let_go()
    return more


@dataclass
class _Session:
    """One worker's time with a connection."""

    connection: Connection
    run_id: int | None = None
    started: float = field(default_factory=time.monotonic)
    may_restart: bool = True
    may_renew: bool = True

    def run(self) -> bool:
        if self.connection.failures > _MANY_FAILURES and not self.connection.problem:
            self._note_broken_runs()
        while True:
            try:
                with open_adapter(
                    self.connection, permit=self.require_claim, limits=_LIMITS
                ) as opened:
                    return self._read_feed(opened)
            except AuthExpired:
                # Once a session: what is refused with a new token is refused for good.
                if not self.may_renew or registry.renewal(self.connection.kind) is None:
                    raise
                self.may_renew = False
            self.connection = renew_tokens(self.connection, permit=self.require_claim)

    def _read_feed(self, opened: Opened) -> bool:
        while True:
            cursor = self._cursor(opened)
            with no_collection():
                page = self._page(opened, cursor)
                if page is None:
                    continue
                self._store(page, opened.gate.clock_skew)
            if page.is_last:
                return False
            if page.cursor == cursor:
                raise TemporaryError(Problem.MALFORMED, "The cursor does not move.")
            if time.monotonic() - self.started > _BUDGET_SECONDS:
                self._hand_over()
                return True

    def _cursor(self, opened: Opened) -> str:
        connection = self.connection
        return connection.cursor or opened.adapter.first_cursor(connection.since)

    def _page(self, opened: Opened, cursor: str) -> Page | None:
        """The next page; None when the cursor was refused and has been set back."""
        self.in_scope_require_claim()
        try:
            return opened.adapter.page(cursor)
        except PermanentError as error:
            if error.problem is not Problem.CURSOR_REJECTED or not self.may_restart:
                raise
        self.may_restart = False
        reached = self.connection.reached_at or self.connection.since
        restart = max(self.connection.since, reached - _OVERLAP)
        self.connection.cursor = opened.adapter.first_cursor(restart)
        return None

    def in_scope_require_claim(self) -> None:
        with tenant_scope(self.connection.organisation_id):
            self.require_claim()

    def require_claim(self) -> None:
        """Raises Stopped when the connection is no longer wanted, or no longer ours."""
        until = self._ours().values_list("claimed_until", flat=True).first()
        if until is None:
            raise Stopped
        now = clock.now()
        if until - now < LEASE / 2:
            self._ours().update(claimed_until=now + LEASE)

    def _ours(self) -> QuerySet[Connection]:
        return Connection.objects.filter(
            pk=self.connection.pk, claimed_by=self.connection.claimed_by, state__in=WANTED
        )

    def _locked(self) -> Connection:
        """The row, locked until the page is committed: whoever disconnects waits for that long."""
        rows = self._ours().select_for_update(no_key=True)
        fresh: Connection | None = rows.first()
        if fresh is None:
            raise Stopped
        return fresh

    def _store(self, page: Page, clock_skew: int) -> None:
        """Records, what was set aside, counts and cursor: all of the page, or none."""
        organisation_id = self.connection.organisation_id
        with tenant_scope(organisation_id):
            fresh = self._locked()
            taken = take_in(fresh, page.records, page.faulty)
            self._count(fresh, page, taken)
            fields = ["cursor", "reached_at", "claimed_until", "clock_skew"]
            fresh.cursor = page.cursor
            fresh.reached_at = max(filter(None, (page.reached, fresh.reached_at)), default=None)
            fresh.claimed_until = clock.now() + LEASE
            fresh.clock_skew = clock_skew
            fields += clear_by_page(fresh)
            if page.is_last:
                fields += self._reach_end(fresh)
            fresh.save(update_fields=fields)
        self.connection = fresh

    def _reach_end(self, fresh: Connection) -> list[str]:
        """The feed has been read to its end: rest until the next poll."""
        now = clock.now()
        fresh.synced_at = now
        fresh.backfilled_at = fresh.backfilled_at or now
        fresh.state = Connection.State.LIVE
        fresh.due_at = now + POLL_EVERY
        fresh.claimed_until = None
        self._finish_run()
        return ["synced_at", "backfilled_at", "state", "due_at"]

    def _count(self, fresh: Connection, page: Page, taken: Taken) -> None:
        if not (page.records or taken.faulty or page.unknown_fields):
            return
        count_page(self._run(fresh), taken, page.unknown_fields)

    def _run(self, fresh: Connection) -> SyncRun:
        if self.run_id is not None:
            found: SyncRun = SyncRun.objects.get(pk=self.run_id)
            return found
        kinds = SyncRun.Kind
        kind = kinds.POLL if fresh.backfilled_at else kinds.BACKFILL
        end_broken_runs(fresh)
        run: SyncRun = SyncRun.objects.create(
            organisation_id=fresh.organisation_id, connection=fresh, kind=kind
        )
        self.run_id = run.pk
        return run

    def _finish_run(self, problem: str = "") -> None:
        SyncRun.objects.filter(pk=self.run_id).update(finished_at=clock.now(), problem=problem)

    def _hand_over(self) -> None:
        """Time is up: let another connection have this worker, and go on at once elsewhere."""
        with tenant_scope(self.connection.organisation_id):
            self._finish_run()
            self._ours().update(claimed_until=None, due_at=clock.now())

    def give_up(self, error: HelpdeskError) -> None:
        """Write down what is wrong and when to try again; tell the owner if it is worth it."""
        log.warning(
            "sync_failed",
            organisation_id=self.connection.organisation_id,
            connection_id=self.connection.pk,
            problem=error.problem.value,
        )
        with tenant_scope(self.connection.organisation_id):
            fresh = self._ours().select_for_update(no_key=True).first()
            if fresh is None:
                return
            self._finish_run(error.problem.value)
            changed = note_problem(fresh, _problem(fresh, error))
            fields = ["state", "due_at", "claimed_until", *changed]
            fresh.claimed_until = None
            if fresh.problem in _NEEDS_SOMEBODY:
                fresh.state = Connection.State.NEEDS_AUTHORISATION
            fresh.due_at = clock.now() + _wait(fresh, error)
            fresh.save(update_fields=fields)
            tell_owner_once(fresh)

    def let_go(self) -> None:
        """After an error of our own: another attempt need not wait for the claim to run out."""
        with suppress(DatabaseError), tenant_scope(self.connection.organisation_id):
            pause = timedelta(seconds=_SHORTEST_BACKOFF * self.connection.failures)
            self._ours().update(claimed_until=None, due_at=clock.now() + pause)

    def _note_broken_runs(self) -> None:
        with tenant_scope(self.connection.organisation_id):
            fresh = self._locked()
            fresh.save(update_fields=note_problem(fresh, Problem.STOPPED))
            tell_owner_once(fresh)
            self.connection = fresh


def _problem(connection: Connection, error: HelpdeskError) -> Problem:
    """A token that never worked was wrong rather than revoked."""
    if error.problem is Problem.REVOKED and connection.reached_at is None:
        return Problem.WRONG_CREDENTIALS
    return error.problem


def _wait(connection: Connection, error: HelpdeskError) -> timedelta:
    if not isinstance(error, TemporaryError):
        return _LOOK_AGAIN
    if error.retry_at is not None:
        return max(timedelta(0), error.retry_at - clock.now())
    longest = min(_LONGEST_BACKOFF, _SHORTEST_BACKOFF * 2 ** min(connection.failures - 1, 10))
    return timedelta(seconds=longest * random.uniform(0.5, 1.0))  # noqa: S311 - no secret


def end_broken_runs(connection: Connection, problem: str = Problem.STOPPED) -> None:
    """Runs whose worker is gone, or is about to notice that it is not wanted any more."""
    open_runs = SyncRun.objects.filter(
        connection=connection,
        finished_at__isnull=True,
        kind__in=(SyncRun.Kind.BACKFILL, SyncRun.Kind.POLL),
    )
    open_runs.update(finished_at=F("seen_at"), problem=problem)


def count_page(run: SyncRun, taken: Taken, unknown_fields: dict[str, int]) -> None:
    """Add a page's outcome to its run, in the caller's transaction."""
    report = taken.report
    run.pages += 1
    run.seen_at = clock.now()
    run.tickets_created += report.tickets.created
    run.tickets_updated += report.tickets.updated
    run.tickets_unchanged += report.tickets.unchanged
    run.tickets_erased += report.tickets.erased
    run.messages_created += report.messages.created
    run.suppressed += report.suppressed
    run.set_aside += len(taken.faulty)
    _count_unknown(run, unknown_fields)
    run.save(update_fields=_COUNTS)


def _count_unknown(run: SyncRun, unknown_fields: dict[str, int]) -> None:
    """Names come from outside: some of them, and of each its beginning, are enough."""
    for name, times in unknown_fields.items():
        plain = name.replace("\x00", "\ufffd")[:_NAME_LENGTH]
        if plain in run.unknown_fields or len(run.unknown_fields) < _MANY_NAMES:
            run.unknown_fields[plain] = run.unknown_fields.get(plain, 0) + times


_COUNTS: Final = [
    "pages", "seen_at", "tickets_created", "tickets_updated", "tickets_unchanged",
    "tickets_erased", "messages_created", "suppressed", "set_aside", "unknown_fields",
]  # fmt: skip


def tell_owner_once(connection: Connection) -> None:
    """Queue a mail about the problem, unless they have heard. In the caller's transaction."""
    from integrations.tasks import mail_problem

    now = clock.now()
    if not is_worth_a_mail(connection, now):
        return
    connection.told_at = now
    connection.save(update_fields=["told_at"])
    mail_problem.delay_on_commit(
        organisation_id=connection.organisation_id, connection_id=connection.pk
    )

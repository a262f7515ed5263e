"""Once a week: which tickets and customers has the helpdesk deleted without saying so?

Some helpdesks have to be asked for every ticket by itself, which can take longer than a task may
last, or a worker lives. So it is done in turns of a while, and what has been asked is remembered
between them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from integrations.base import HelpdeskError, Problem
from integrations.credentials import Opened, use_adapter
from integrations.events import Event, record_connection
from integrations.health import clear_problem, note_problem
from integrations.intake import deleted_record, take_in
from integrations.models import Connection, SyncRun
from integrations.people import erase_deleted, missing_people, permit_while_live
from integrations.sync import Stopped, count_page, tell_owner_once
from kaizo.accounts.models import Membership
from kaizo.core import clock
from kaizo.core.errors import Conflict
from kaizo.core.logs import get_logger
from kaizo.core.tenancy import Purpose, tenant_scope
from tickets.models import Ticket
from tickets.services import PAGE_SIZE

log = get_logger(__name__)

EVERY: Final = timedelta(days=7)
_CHUNK: Final = 100
# A turn whose worker is gone, or whose helpdesk failed, is over so late after its last request.
_TURN: Final = timedelta(hours=1)
_BUDGET_SECONDS: Final = 20 * 60
# Older news may be wrong by now: what was in the bin may have been taken out again.
_REMEMBERED_SECONDS: Final = 24 * 60 * 60
# More missing than this is taken for a lost right rather than for deletions.
_FEW: Final = 20
_BELIEVABLE_SHARE: Final = 0.1


@dataclass
class _Progress:
    """How far a comparison has come: the last ticket asked for, and the helpdesk's numbers of those
    that it no longer has. Lost with the shared cache, and then begun again. `is_believed`: somebody
    has said that however many are missing were deleted."""

    is_believed: bool = False
    last: int = 0
    missing: list[str] = field(default_factory=list)

    def is_too_much(self, missing: int, total: int) -> bool:
        return not self.is_believed and missing > max(_FEW, total * _BELIEVABLE_SHARE)


def queue_reconciliations() -> None:
    """For the organisation in scope: queue the live connections whose week is over."""
    from integrations.tasks import reconcile_connection as task

    is_new = Q(reconciled_at__isnull=True, backfilled_at__gte=clock.now() - EVERY)
    due = Connection.objects.filter(_waiting(), ~is_new, state=Connection.State.LIVE)
    for connection_id, organisation_id in due.values_list("pk", "organisation_id"):
        task.delay_on_commit(organisation_id=organisation_id, connection_id=connection_id)


def believe(*, connection: Connection, actor: Membership | None) -> None:
    """What looks deleted in the helpdesk was deleted: compare once more, and erase it however much
    it is. Raises Conflict when nothing is in doubt."""
    from integrations.tasks import reconcile_connection as task

    with tenant_scope(connection.organisation_id):
        doubted = _own(connection).filter(problem=Problem.MANY_MISSING, state=Connection.State.LIVE)
        if not doubted.update(reconciled_at=_over()):
            raise Conflict(_("Nothing is in doubt any more."))
        cache.set(_key(connection), asdict(_Progress(is_believed=True)), _REMEMBERED_SECONDS)
        record_connection(
            Event.DELETIONS_CONFIRMED,
            connection=connection,
            actor_user_id=actor.user_id if actor else None,
        )
        task.delay_on_commit(
            organisation_id=connection.organisation_id, connection_id=connection.pk
        )


def _over() -> datetime:
    """When the last comparison must have been for the next one to be due now."""
    return clock.now() - EVERY - timedelta(seconds=1)


def reconcile(*, organisation_id: int, connection_id: int) -> bool:
    """Ask for every known ticket and customer whether they are still there; erase here what is not.
    Returns whether there is more to ask at once.

    When more than a tenth is missing nothing is erased and the owner is told: an account that has
    lost a right sees the same. Of two callers one does nothing. A failure of the helpdesk, or of
    the worker, is gone on from within the hour.
    """
    with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        connection = _claim(connection_id)
        if connection is None:
            return False
        total = Ticket.objects.filter(source=connection.source).count()
    try:
        return use_adapter(
            connection, partial(_compare, connection, total), permit=_permit(connection)
        )
    except Stopped:
        pass
    except HelpdeskError as error:
        log.warning("reconcile_failed", organisation_id=organisation_id, problem=error.problem)
    return False


def _compare(connection: Connection, total: int, opened: Opened) -> bool:
    """One turn; whether another one has to follow."""
    progress = _Progress(**cache.get(_key(connection), {}))
    if not _ask_for_tickets(connection, opened, progress, total):
        _end_turn(connection)
        return True
    is_doubted = progress.is_too_much(len(progress.missing), total)
    if not is_doubted:
        gone, asked = missing_people(connection, opened)
        is_doubted = progress.is_too_much(len(gone), asked)
    if not is_doubted:
        _erase(connection, progress.missing)
        erase_deleted(connection, opened, gone)
    _end_comparison(connection, is_doubted=is_doubted)
    return False


def _waiting() -> Q:
    return Q(reconciled_at__isnull=True) | Q(reconciled_at__lt=clock.now() - EVERY)


def _claim(connection_id: int) -> Connection | None:
    """By taking a turn."""
    rows = Connection.objects.filter(_waiting(), pk=connection_id, state=Connection.State.LIVE)
    if not rows.update(reconciled_at=clock.now() - EVERY + _TURN):
        return None
    row: Connection = Connection.objects.get(pk=connection_id)
    return row


def _permit(connection: Connection) -> Callable[[], None]:
    """As long as the connection is live; asking keeps the turn."""
    live = permit_while_live(connection)
    kept = clock.now()

    def permit() -> None:
        nonlocal kept
        live()
        now = clock.now()
        if now - kept > _TURN / 4:
            kept = now
            _own(connection).update(reconciled_at=now - EVERY + _TURN)

    return permit


def _own(connection: Connection) -> QuerySet[Connection]:
    return Connection.objects.filter(pk=connection.pk)


def _key(connection: Connection) -> str:
    return f"reconciliation:{connection.public_id}"


def _ask_for_tickets(
    connection: Connection, opened: Opened, progress: _Progress, total: int
) -> bool:
    """Whether all have been asked for, or so many are missing that no more need be."""
    started = time.monotonic()
    for last, ids in _known_ids(connection, progress.last):
        present = set(opened.adapter.present_ids(ids))
        progress.missing += (each for each in ids if each not in present)
        progress.last = last
        cache.set(_key(connection), asdict(progress), _REMEMBERED_SECONDS)
        if progress.is_too_much(len(progress.missing), total):
            return True
        if time.monotonic() - started > _BUDGET_SECONDS:
            return False
    return True


def _known_ids(connection: Connection, last: int) -> Iterator[tuple[int, list[str]]]:
    """By key, a chunk at a time: no transaction stays open while the helpdesk is asked."""
    while True:
        with tenant_scope(connection.organisation_id, purpose=Purpose.STORAGE):
            rows = list(
                Ticket.objects.filter(source=connection.source, pk__gt=last)
                .order_by("pk")
                .values_list("pk", "external_id")[:_CHUNK]
            )
        if not rows:
            return
        last = rows[-1][0]
        yield last, [external_id for _pk, external_id in rows]


def _erase(connection: Connection, missing: list[str]) -> None:
    for start in range(0, len(missing), PAGE_SIZE):
        with tenant_scope(connection.organisation_id):
            records = [deleted_record(each) for each in missing[start : start + PAGE_SIZE]]
            run = SyncRun.objects.create(
                organisation_id=connection.organisation_id,
                connection=connection,
                kind=SyncRun.Kind.RECONCILIATION,
                finished_at=clock.now(),
            )
            count_page(run, take_in(connection, records), {})


def _end_turn(connection: Connection) -> None:
    """Let the next turn begin at once."""
    with tenant_scope(connection.organisation_id):
        _own(connection).update(reconciled_at=_over())


def _end_comparison(connection: Connection, *, is_doubted: bool) -> None:
    with tenant_scope(connection.organisation_id):
        fresh: Connection = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        fresh.reconciled_at = clock.now()
        fields = ["reconciled_at"]
        if is_doubted:
            fields += note_problem(fresh, Problem.MANY_MISSING)
        elif fresh.problem == Problem.MANY_MISSING:
            fields += clear_problem(fresh)
        fresh.save(update_fields=fields)
        tell_owner_once(fresh)
    cache.delete(_key(connection))

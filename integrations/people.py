"""People whom the helpdesk has deleted are erased here, whether or not their tickets change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final, cast

from django.db.models import Q

from integrations import registry
from integrations.base import AskableAdapter, HelpdeskError, PeopleAdapter, Problem, TemporaryError
from integrations.credentials import Opened, use_adapter
from integrations.intake import deleted_record, take_in
from integrations.models import Connection, SyncRun
from integrations.sync import Stopped, count_page
from kaizo.core import clock
from kaizo.core.logs import get_logger
from kaizo.core.tenancy import Purpose, tenant_scope
from tickets.contracts import TicketRecord
from tickets.services import customers_after, customers_by_id, erase_people, tickets_of

log = get_logger(__name__)

EVERY: Final = timedelta(hours=1)
_CHUNK: Final = 100


def queue_readings() -> None:
    """For the organisation in scope: queue the live connections whose hour is over."""
    from integrations.tasks import read_deleted_people as task

    telling = [
        kind
        for kind, module in registry.all_helpdesks().items()
        if module.VENDOR.tells_of_deleted_people
    ]
    due = Connection.objects.filter(_hour_over(), state=Connection.State.LIVE, kind__in=telling)
    for connection_id, organisation_id in due.values_list("pk", "organisation_id"):
        task.delay_on_commit(organisation_id=organisation_id, connection_id=connection_id)


def _hour_over() -> Q:
    now = clock.now()
    return Q(people_read_at__isnull=True) | Q(people_read_at__lt=now - EVERY)


def read_deleted_people(*, organisation_id: int, connection_id: int) -> None:
    """Follow the helpdesk's feed of people from where it was left. Of two callers one does
    nothing; a failure is tried again in an hour."""
    with tenant_scope(organisation_id):
        connection = _claim(connection_id)
    if connection is None:
        return
    try:
        use_adapter(connection, partial(_follow, connection), permit=permit_while_live(connection))
    except Stopped:
        return
    except HelpdeskError as error:
        log.warning("people_failed", organisation_id=organisation_id, problem=error.problem.value)
        if error.problem is Problem.CURSOR_REJECTED:
            _save_cursor(connection, "")


def _claim(connection_id: int) -> Connection | None:
    """By taking the hour's turn."""
    rows = Connection.objects.filter(_hour_over(), pk=connection_id, state=Connection.State.LIVE)
    if not rows.update(people_read_at=clock.now()):
        return None
    row: Connection = Connection.objects.get(pk=connection_id)
    return row


def permit_while_live(connection: Connection) -> Callable[[], None]:
    """Raises Stopped once the connection is paused or ended: not one more request."""

    def permit() -> None:
        live = Connection.objects.filter(pk=connection.pk, state=Connection.State.LIVE)
        if not live.exists():
            raise Stopped

    return permit


def _follow(connection: Connection, opened: Opened) -> None:
    adapter = cast("PeopleAdapter", opened.adapter)
    cursor = connection.people_cursor or adapter.first_people_cursor(connection.created_at)
    while True:
        page = adapter.deleted_people(cursor)
        erase_deleted(connection, opened, page.deleted)
        _save_cursor(connection, page.cursor)
        if page.is_last:
            return
        if page.cursor == cursor:
            raise TemporaryError(Problem.MALFORMED, "The cursor does not move.")
        cursor = page.cursor


def _save_cursor(connection: Connection, cursor: str) -> None:
    with tenant_scope(connection.organisation_id):
        Connection.objects.filter(pk=connection.pk).update(people_cursor=cursor)
    connection.people_cursor = cursor


def missing_people(connection: Connection, opened: Opened) -> tuple[list[str], int]:
    """Whom of our customers the helpdesk does not know any more, and how many it was asked for."""
    if not opened.adapter.vendor.can_ask_for_people:
        return [], 0
    adapter = cast("AskableAdapter", opened.adapter)
    missing: list[str] = []
    asked, last = 0, 0
    while True:
        with tenant_scope(connection.organisation_id, purpose=Purpose.STORAGE):
            key, ids = customers_after(connection.organisation_id, connection.source, last, _CHUNK)
        if key == last:
            return missing, asked
        last = key
        asked += len(ids)
        present = set(adapter.present_people(ids)) if ids else set()
        missing += (each for each in ids if each not in present)


def erase_deleted(connection: Connection, opened: Opened, external_ids: Sequence[str]) -> None:
    """Erase those who are here. Their tickets are read again first: when the helpdesk has joined
    two people, the tickets live on with the other one and must not go with the first."""
    organisation_id = connection.organisation_id
    with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        known = customers_by_id(organisation_id, connection.source, external_ids)
        ticket_ids = tickets_of(known.values()) if known else []
    if not known:
        return
    for start in range(0, len(ticket_ids), _CHUNK):
        records = list(_read_again(opened, ticket_ids[start : start + _CHUNK]))
        with tenant_scope(organisation_id):
            run = _new_run(connection)
            count_page(run, take_in(connection, records), {})
    erased = erase_people(
        organisation_id=organisation_id, source=connection.source, external_ids=list(known)
    )
    with tenant_scope(organisation_id):
        run = _new_run(connection)
        run.people_erased = erased
        run.save(update_fields=["people_erased"])


def _read_again(opened: Opened, ticket_ids: Iterable[str]) -> Iterable[TicketRecord]:
    for ticket_id in ticket_ids:
        try:
            yield opened.adapter.ticket(ticket_id) or deleted_record(ticket_id)
        except HelpdeskError as error:
            if error.problem is not Problem.MALFORMED:
                raise


def _new_run(connection: Connection) -> SyncRun:
    run: SyncRun = SyncRun.objects.create(
        organisation_id=connection.organisation_id,
        connection=connection,
        kind=SyncRun.Kind.PEOPLE,
        finished_at=clock.now(),
    )
    return run

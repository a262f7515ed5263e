"""Importing an uploaded file: start, work through, cancel, resume."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import timedelta
from typing import BinaryIO, Final

from django.db.models import F, Q
from django.utils.translation import gettext as _

from integrations import uploads
from integrations.events import Event, record
from integrations.helpdesks.file.reader import FileRejectedError, TicketFile
from integrations.imports import Page, paged, store_page
from integrations.models import ImportFault, ImportRun
from kaizo.accounts.models import Membership, Organisation
from kaizo.core import clock
from kaizo.core.errors import Conflict
from kaizo.core.tenancy import tenant_scope
from tickets.services import IngestReport

MAX_FAULTS_KEPT: Final = 10_000
MAX_ATTEMPTS: Final = 3
MAX_ERROR_LENGTH: Final = 300
# A page takes seconds. A run that nobody has moved for this long has lost its worker.
STALE_AFTER: Final = timedelta(minutes=5)
_SAMPLE_BYTES: Final = 256 * 1024


def refuse_unreadable(file: BinaryIO) -> None:
    """Raise FileRejectedError when the start of a file shows that no import can read it.

    Leaves the file at its start.
    """
    sample = io.BytesIO(file.read(_SAMPLE_BYTES))
    file.seek(0)
    with TicketFile(sample) as tickets:
        next(iter(tickets), None)


def start_import(
    *, organisation: Organisation, chunks: Iterable[bytes], actor: Membership
) -> ImportRun:
    """Keep the file and queue its import."""
    from integrations.tasks import run_import as task

    name, size = uploads.store_upload(organisation.pk, chunks)
    with tenant_scope(organisation.pk):
        run: ImportRun = ImportRun.objects.create(
            organisation=organisation, started_by=actor.user, stored_name=name, size=size
        )
        record(Event.IMPORT_STARTED, run=run, actor_user_id=actor.user_id)
        task.delay_on_commit(organisation_id=organisation.pk, run_id=run.pk)
    return run


def cancel_import(*, run: ImportRun, actor: Membership) -> None:
    """Stop an import after the page it is at; what is imported stays.

    Raises Conflict when it has ended meanwhile.
    """
    with tenant_scope(run.organisation_id):
        changed = ImportRun.objects.filter(pk=run.pk, state__in=_OPEN).update(
            state=ImportRun.State.CANCELLED, finished_at=clock.now(), stored_name=""
        )
        if not changed:
            raise Conflict(_("The import has ended already."))
        record(Event.IMPORT_CANCELLED, run=run, actor_user_id=actor.user_id)
    uploads.delete_upload(run.organisation_id, run.stored_name)


def run_import(*, organisation_id: int, run_id: int) -> None:
    """Work through a waiting import, page by page.

    Safe to call at any time: the run is claimed by a conditional update, so of two callers one
    does nothing, and a finished run is left alone. A run whose worker died is taken up behind its
    last committed page.
    """
    run = _claim(organisation_id, run_id)
    if run is None:
        return
    if run.attempt > MAX_ATTEMPTS:
        problem = _("The import stopped three times. Ask whoever runs this installation.")
        _finish(run, ImportRun.State.FAILED, problem)
        return
    try:
        with uploads.open_upload(organisation_id, run.stored_name) as stream:
            finished = _work_through(run, TicketFile(stream, size=run.size))
    except FileNotFoundError:
        problem = _("The uploaded file has been deleted. Upload it again.")
        _finish(run, ImportRun.State.FAILED, problem)
    except FileRejectedError as error:
        _finish(run, ImportRun.State.FAILED, str(error))
    else:
        if finished:
            _finish(run, ImportRun.State.DONE)


def _work_through(run: ImportRun, tickets: TicketFile) -> bool:
    pages = paged(tickets, after_line=run.done_line)
    return all(_store(run, page, tickets) for page in pages)


_OPEN = (ImportRun.State.WAITING, ImportRun.State.RUNNING)


def _claimable() -> Q:
    stale = Q(state=ImportRun.State.RUNNING, seen_at__lt=clock.now() - STALE_AFTER)
    return Q(state=ImportRun.State.WAITING) | stale


def _claim(organisation_id: int, run_id: int) -> ImportRun | None:
    with tenant_scope(organisation_id):
        won = ImportRun.objects.filter(_claimable(), pk=run_id).update(
            state=ImportRun.State.RUNNING, seen_at=clock.now(), attempt=F("attempt") + 1
        )
        run: ImportRun | None = ImportRun.objects.get(pk=run_id) if won else None
        return run


def _store(run: ImportRun, page: Page, tickets: TicketFile) -> bool:
    """Commit a page together with the run's progress. False when the run is no longer ours:
    cancelled, or given to another worker."""
    with tenant_scope(run.organisation_id):
        ours = ImportRun.objects.select_for_update(of=("self",)).filter(
            pk=run.pk, state=ImportRun.State.RUNNING, attempt=run.attempt
        )
        fresh: ImportRun | None = ours.first()
        if fresh is None:
            return False
        _advance(fresh, store_page(run.organisation_id, page))
        _keep_faults(fresh, page)
        fresh.done_line = page.last_line
        fresh.position = min(tickets.position, fresh.size)
        fresh.dropped_fields = dict(tickets.notes.dropped)
        fresh.seen_at = clock.now()
        fresh.save(update_fields=_PROGRESS)
    return True


_PROGRESS: Final = [
    "tickets_created", "tickets_updated", "tickets_unchanged", "tickets_erased",
    "messages_created", "suppressed", "set_aside", "done_line", "position", "dropped_fields",
    "seen_at",
]  # fmt: skip


def _advance(run: ImportRun, report: IngestReport) -> None:
    run.tickets_created += report.tickets.created
    run.tickets_updated += report.tickets.updated
    run.tickets_unchanged += report.tickets.unchanged
    run.tickets_erased += report.tickets.erased
    run.messages_created += report.messages.created
    run.suppressed += report.suppressed


def _keep_faults(run: ImportRun, page: Page) -> None:
    room = max(0, MAX_FAULTS_KEPT - run.set_aside)
    ImportFault.objects.bulk_create(
        ImportFault(
            organisation_id=run.organisation_id,
            run=run,
            line_number=fault.line_number,
            reason=fault.reason,
        )
        for fault in page.faults[:room]
    )
    run.set_aside += len(page.faults)


def _finish(run: ImportRun, state: ImportRun.State, error: str = "") -> None:
    with tenant_scope(run.organisation_id):
        mine = ImportRun.objects.filter(
            pk=run.pk, state=ImportRun.State.RUNNING, attempt=run.attempt
        )
        now = clock.now()
        ended = mine.update(
            state=state,
            error=error[:MAX_ERROR_LENGTH],
            stored_name="",
            finished_at=now,
            seen_at=now,
        )
        if not ended:
            return
        final: ImportRun = ImportRun.objects.get(pk=run.pk)
        if state == ImportRun.State.DONE:
            ImportRun.objects.filter(pk=run.pk).update(position=F("size"))
        record(
            Event.IMPORT_FINISHED,
            run=final,
            actor_user_id=final.started_by_id,
            state=state.value,
            created=final.tickets_created,
            updated=final.tickets_updated,
            erased=final.tickets_erased,
            set_aside=final.set_aside,
        )
    uploads.delete_upload(run.organisation_id, run.stored_name)


def resume_imports(*, organisation_id: int) -> None:
    """Queue the organisation's imports that wait or have lost their worker. Idempotent."""
    from integrations.tasks import run_import as task

    with tenant_scope(organisation_id):
        for run_id in ImportRun.objects.filter(_claimable()).values_list("pk", flat=True):
            task.delay_on_commit(organisation_id=organisation_id, run_id=run_id)

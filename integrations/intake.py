"""What an adapter brings, into the tickets: whole pages, and what cannot be taken set aside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from django.db import DataError, IntegrityError
from django.db.models import F

from integrations.base import Faulty
from integrations.models import Connection, SetAsideRecord
from kaizo.core import clock
from kaizo.core.errors import DomainError
from tickets.contracts import Channel, PersonRecord, Status, TicketRecord
from tickets.services import PAGE_SIZE, IngestReport, ingest_tickets

# What one record can do to a page. Anything else is not the record's fault and stops the run.
_POISON: Final = (
    ValueError, TypeError, LookupError, ArithmeticError, DataError, IntegrityError, DomainError,
)  # fmt: skip
_ID_LENGTH: Final = 128
_REASON_LENGTH: Final = 300
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Taken:
    """The outcome of a page."""

    report: IngestReport = field(default_factory=IngestReport)
    faulty: list[Faulty] = field(default_factory=list)


def take_in(
    connection: Connection, records: Sequence[TicketRecord], faulty: Iterable[Faulty] = ()
) -> Taken:
    """Store records of any number in the caller's transaction; one that cannot be stored is set
    aside, and the others of its page are not held up by it. Idempotent."""
    taken = Taken(faulty=list(faulty))
    for start in range(0, len(records), PAGE_SIZE):
        _take(connection, records[start : start + PAGE_SIZE], taken)
    _forget_set_aside(connection, records, taken.faulty)
    _set_aside(connection, taken.faulty)
    return taken


def _take(connection: Connection, records: Sequence[TicketRecord], taken: Taken) -> None:
    """Halves a page that fails until the record is found that is to blame."""
    try:
        report = ingest_tickets(
            organisation_id=connection.organisation_id, source=connection.source, records=records
        )
    except _POISON as error:
        if len(records) == 1:
            reason = f"cannot be stored: {type(error).__name__}"  # its text may quote a value
            taken.faulty.append(Faulty(records[0].id, reason))
            return
        middle = len(records) // 2
        _take(connection, records[:middle], taken)
        _take(connection, records[middle:], taken)
    else:
        taken.report.add(report)


def _forget_set_aside(
    connection: Connection, records: Sequence[TicketRecord], faulty: Sequence[Faulty]
) -> None:
    good = {record.id for record in records} - {fault.external_id for fault in faulty}
    SetAsideRecord.objects.filter(
        connection=connection, external_id__in={_plain_id(each) for each in good}
    ).delete()


def _plain_id(external_id: str) -> str:
    """As the column can hold it: the id itself may be what is wrong with the record."""
    return external_id.replace("\x00", "\ufffd")[:_ID_LENGTH]


def _set_aside(connection: Connection, faulty: Sequence[Faulty]) -> None:
    reasons = {_plain_id(fault.external_id): fault.reason for fault in faulty}
    if not reasons:
        return
    now = clock.now()
    SetAsideRecord.objects.filter(connection=connection, external_id__in=list(reasons)).update(
        attempts=F("attempts") + 1, last_seen_at=now
    )
    SetAsideRecord.objects.bulk_create(
        [
            SetAsideRecord(
                organisation_id=connection.organisation_id,
                connection=connection,
                external_id=external_id,
                reason=reason[:_REASON_LENGTH],
            )
            for external_id, reason in reasons.items()
        ],
        ignore_conflicts=True,
    )


def deleted_record(external_id: str) -> TicketRecord:
    """What a ticket that is gone at its source looks like to ingest: an order to erase it."""
    return TicketRecord(
        id=external_id,
        channel=Channel.WEB,
        status=Status.DELETED,
        created_at=_EPOCH,
        updated_at=_EPOCH,
        requester=PersonRecord(id=""),
        messages=(),
    )

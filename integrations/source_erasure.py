"""Erasing and redacting in the helpdesk what was erased here, as far as the organisation instructs
it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Final, cast

from msgspec import Struct

from integrations import registry
from integrations.base import ErasingAdapter, RedactingAdapter
from integrations.credentials import Opened, use_adapter
from integrations.events import Event, record_connection
from integrations.models import Connection
from integrations.sync import Stopped
from kaizo.accounts.models import Membership
from kaizo.core.tenancy import tenant_scope
from tickets.contracts import TicketRecord


class SourceErasure(StrEnum):
    """What became of an erasure at its source."""

    DONE = "done"
    IMPOSSIBLE = "impossible"  # the helpdesk has no such call, or is disconnected: by hand
    NOT_INSTRUCTED = "not_instructed"
    NEEDS_CONFIRMATION = "needs_confirmation"


# What helpdesks put in the place of redacted words, and white space between.
_BLACKED: Final = "\u2587 \r\n\t"


class Words(Struct, frozen=True):
    """A passage of a message, by the helpdesk's own ids; no `text` is all of it."""

    ticket: str
    message: str
    text: str


def erasure_allowed(
    connection: Connection, *, confirmed_by: Membership | None, redacting: bool = False
) -> SourceErasure:
    """Whether the controller's instruction covers it; DONE stands for yes."""
    instructions = Connection.Erase
    if connection.is_ended or not _can(connection, redacting=redacting):
        return SourceErasure.IMPOSSIBLE
    if connection.erase_instruction == instructions.NEVER:
        return SourceErasure.NOT_INSTRUCTED
    if connection.erase_instruction == instructions.ASK and confirmed_by is None:
        return SourceErasure.NEEDS_CONFIRMATION
    return SourceErasure.DONE


def _can(connection: Connection, *, redacting: bool) -> bool:
    known = registry.all_helpdesks().get(connection.kind)
    if known is None:
        return False
    return known.VENDOR.can_redact_at_source if redacting else known.VENDOR.can_erase_at_source


def erase_at_source(
    *,
    connection: Connection,
    ticket_ids: Sequence[str] = (),
    user_ids: Sequence[str] = (),
    confirmed_by: Membership | None = None,
) -> SourceErasure:
    """Erase tickets and people in the helpdesk by its own ids, on the organisation's instruction.

    Raises HelpdeskError when the helpdesk fails; calling again is safe, since what is gone there
    stays gone. People go last: some helpdesks refuse while tickets of theirs are left.
    """
    verdict = erasure_allowed(connection, confirmed_by=confirmed_by)
    if verdict is not SourceErasure.DONE:
        return verdict

    def erase(opened: Opened) -> None:
        adapter = cast("ErasingAdapter", opened.adapter)
        for ticket_id in ticket_ids:
            adapter.erase_ticket(ticket_id)
        for user_id in user_ids:
            adapter.erase_user(user_id)

    use_adapter(connection, erase, permit=_permit(connection))
    _record(
        Event.ERASED_AT_SOURCE,
        connection,
        confirmed_by,
        tickets=len(ticket_ids),
        people=len(user_ids),
    )
    return verdict


def redact_at_source(
    *, connection: Connection, words: Sequence[Words], confirmed_by: Membership | None = None
) -> SourceErasure:
    """Take words about somebody out of others' messages in the helpdesk, on the organisation's
    instruction.

    Each ticket is read first, and what is no longer said there is done: calling again is safe.
    Raises HelpdeskError when the helpdesk fails, PermanentError when it refuses.
    """
    verdict = erasure_allowed(connection, confirmed_by=confirmed_by, redacting=True)
    if verdict is not SourceErasure.DONE:
        return verdict

    def redact(opened: Opened) -> None:
        adapter = cast("RedactingAdapter", opened.adapter)
        for ticket_id, of_ticket in groupby(words, key=lambda each: each.ticket):
            said = _said(adapter.ticket(ticket_id))
            for each in of_ticket:
                there = said.get(each.message, "")
                text = each.text or there.strip(_BLACKED)
                if text and text in there:
                    adapter.redact(ticket_id, each.message, text)

    use_adapter(connection, redact, permit=_permit(connection))
    _record(Event.REDACTED_AT_SOURCE, connection, confirmed_by, passages=len(words))
    return verdict


def _said(record: TicketRecord | None) -> dict[str, str]:
    """What stands in the messages of a ticket that is there."""
    return {message.id: message.text for message in record.messages} if record else {}


def _permit(connection: Connection) -> Callable[[], None]:
    def permit() -> None:
        if not Connection.objects.filter(pk=connection.pk, credentials__isnull=False).exists():
            raise Stopped

    return permit


def _record(
    event: Event, connection: Connection, confirmed_by: Membership | None, **detail: int
) -> None:
    with tenant_scope(connection.organisation_id):
        record_connection(
            event,
            connection=connection,
            actor_user_id=confirmed_by.user_id if confirmed_by else None,
            **detail,
        )

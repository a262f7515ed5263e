"""Helpdesks as recipients of people's data: told of an erasure as far as they are instructed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

import msgspec
from django.db.models import F

from integrations.base import HelpdeskError, PermanentError, Problem
from integrations.models import Connection
from integrations.source_erasure import (
    SourceErasure,
    Words,
    erase_at_source,
    redact_at_source,
)
from integrations.sync import Stopped
from kaizo.accounts.models import Membership
from kaizo.core.logs import get_logger
from kaizo.core.tenancy import tenant_scope
from privacy.api import Disclosed, EgressRefused, Receipt, RecipientAnswer, tell_recipient
from tickets.erasing import passages_elsewhere
from tickets.sources import source_ids_of

log = get_logger(__name__)

_ANSWERS = {
    SourceErasure.DONE: RecipientAnswer.DONE,
    SourceErasure.IMPOSSIBLE: RecipientAnswer.BY_HAND,
    SourceErasure.NOT_INSTRUCTED: RecipientAnswer.NOT_INSTRUCTED,
    SourceErasure.NEEDS_CONFIRMATION: RecipientAnswer.CONFIRM,
}


# Behind the connection's id. Noted apart, since a helpdesk may do the one and not the other.
_REDACTION = ":redaction"


class Copies(msgspec.Struct):
    """What one helpdesk calls the people and their tickets."""

    tickets: list[str]
    people: list[str]


class Helpdesks:
    """Every account from which a customer came, or in which others' tickets name them."""

    name = "helpdesk"
    waits_as = "source"

    def find(self, organisation_id: int, subject_ids: Collection[UUID]) -> Sequence[Disclosed]:
        return [*_copies(organisation_id, subject_ids), *_mentions(organisation_id, subject_ids)]

    def tell(
        self,
        organisation_id: int,
        reference: str,
        payload: bytes,
        confirmed_by_user_id: int | None,
    ) -> Receipt:
        with tenant_scope(organisation_id):
            public_id = reference.removesuffix(_REDACTION)
            connection = Connection.objects.filter(public_id=public_id).first()
            confirmed_by = Membership.objects.filter(user_id=confirmed_by_user_id).first()
        if connection is None:
            return Receipt(RecipientAnswer.BY_HAND)
        order = _redact if reference.endswith(_REDACTION) else _erase
        try:
            became = order(connection, payload, confirmed_by)
        except (HelpdeskError, EgressRefused, Stopped) as error:
            log.warning("source_erasure_failed", connection=reference, error=type(error).__name__)
            return Receipt(RecipientAnswer.BY_HAND if _is_final(error) else RecipientAnswer.LATER)
        return Receipt(_ANSWERS[became], proof=f"{reference}:{became.value}".encode())


def _copies(organisation_id: int, subject_ids: Collection[UUID]) -> Iterator[Disclosed]:
    found = source_ids_of(organisation_id=organisation_id, subject_ids=subject_ids)
    for connection in _accounts(found):
        copies = Copies(*found[connection.source])
        yield Disclosed(
            str(connection.public_id),
            msgspec.json.encode(copies),
            people=len(copies.people),
            records=len(copies.tickets),
        )


def _mentions(organisation_id: int, subject_ids: Collection[UUID]) -> Iterator[Disclosed]:
    found = defaultdict(list)
    for each in passages_elsewhere(organisation_id, subject_ids):
        found[each.source].append(Words(each.ticket, each.message, each.text))
    for connection in _accounts(found):
        words = found[connection.source]
        yield Disclosed(
            f"{connection.public_id}{_REDACTION}",
            msgspec.json.encode(words),
            people=len(subject_ids),
            records=len({each.ticket for each in words}),
        )


def _accounts(sources: Iterable[str]) -> list[Connection]:
    """One connection a source: of an account that was connected anew, the one that holds now."""
    rows = Connection.objects.filter(source__in=sources)
    newest_last = rows.order_by(F("disconnected_at").asc(nulls_last=True), "pk")
    return list({connection.source: connection for connection in newest_last}.values())


def _erase(connection: Connection, payload: bytes, by: Membership | None) -> SourceErasure:
    copies = msgspec.json.decode(payload, type=Copies)
    return erase_at_source(
        connection=connection, ticket_ids=copies.tickets, user_ids=copies.people, confirmed_by=by
    )


def _redact(connection: Connection, payload: bytes, by: Membership | None) -> SourceErasure:
    words = msgspec.json.decode(payload, type=list[Words])
    return redact_at_source(connection=connection, words=words, confirmed_by=by)


def _is_final(error: Exception) -> bool:
    """Whether the helpdesk will not do it, however often it is asked."""
    return isinstance(error, PermanentError) and error.problem is Problem.MALFORMED


def register() -> None:
    tell_recipient(Helpdesks())

"""Card numbers and security codes go before anything else is done with a record: no column, no
digest and no log ever has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from privacy.api import mask_cards
from tickets.contracts import TicketRecord


def masked(records: Iterable[TicketRecord]) -> list[TicketRecord]:
    return [_masked(record) for record in records]


def _masked(record: TicketRecord) -> TicketRecord:
    changes: dict[str, Any] = {}
    if (subject := mask_cards(record.subject)) != record.subject:
        changes["subject"] = subject
    messages = tuple(_replaced(message, "text", message.text) for message in record.messages)
    if messages != record.messages:
        changes["messages"] = messages
    csat = tuple(_replaced(rating, "comment", rating.comment) for rating in record.csat)
    if csat != record.csat:
        changes["csat"] = csat
    fields = {key: _of_field(value) for key, value in record.fields.items()}
    if fields != record.fields:
        changes["fields"] = fields
    return msgspec.structs.replace(record, **changes) if changes else record


def _replaced(part: Any, name: str, text: str | None) -> Any:
    """The part itself when nothing is masked, so that comparing is cheap."""
    hidden = mask_cards(text) if text else text
    return part if hidden == text else msgspec.structs.replace(part, **{name: hidden})


def _of_field(value: Any) -> Any:
    """A number that reads like a card's is one, too."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return value
    hidden = mask_cards(str(value))
    return value if hidden == str(value) else hidden

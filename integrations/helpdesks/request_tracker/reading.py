"""The histories of many tickets in few calls: each call costs the server half a second."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from integrations.base import Http, PermanentError, Problem, Reply, TemporaryError
from integrations.helpdesks.replies import DECODE_ERRORS, decode, expect, fault
from integrations.helpdesks.request_tracker import payloads
from integrations.helpdesks.request_tracker.mapping import MERGE_FIELD, MESSAGES, History

API: Final = "/REST/2.0"

_CHANGES: Final = ("Status", "Set", "Take", "Untake", "Steal", "Give", "Force", "AddLink")
_RATINGS: Final = "CustomField"
_ROWS_A_CALL: Final = 100  # more are cut off without a word
_EMPTY_PAGES: Final = 2
_MOST_PAGES: Final = 2_000
_MESSAGES_A_CALL: Final = 50


def rows_of(reply: Reply) -> payloads.Rows:
    """Raises TemporaryError when the reply is no list."""
    rows = decode(reply, payloads.Rows)
    if rows.count != len(rows.items):
        raise TemporaryError(Problem.MALFORMED, "The page does not hold what it counts.")
    return rows


class Reader:
    def __init__(self, http: Http, *, with_ratings: bool) -> None:
        self.http = http
        self.types = [*sorted(MESSAGES), *_CHANGES, *([_RATINGS] if with_ratings else [])]

    def histories(self, ids: Sequence[str]) -> tuple[dict[str, History], dict[str, str]]:
        """By ticket; and why a history cannot be read, by ticket.

        What was merged into a ticket is in the ticket's own history only, not under its number.
        """
        faults: dict[str, str] = {}
        found = self._transactions(ids, faults)
        for ticket_id in ids:
            if any(one.field == MERGE_FIELD for one in found[ticket_id]):
                found[ticket_id] = self._whole(ticket_id, faults)
        messages = {
            str(one.id): ticket_id
            for ticket_id in ids
            for one in found[ticket_id]
            if one.type in MESSAGES
        }
        texts = self._texts(messages, faults)
        return {one: History(found[one], texts) for one in ids}, faults

    def _transactions(
        self, ids: Sequence[str], faults: dict[str, str]
    ) -> dict[str, list[payloads.Transaction]]:
        found: dict[str, list[payloads.Transaction]] = {one: [] for one in ids}
        if not ids:
            return found
        limits: list[dict[str, Any]] = [
            {"field": "ObjectType", "value": "RT::Ticket"},
            {"field": "ObjectId", "operator": "IN", "value": [int(one) for one in ids]},
        ]
        for raw in self._rows("transactions", self._params(limits)):
            one = _read(raw, faults)
            if one is None:
                continue
            if one.ticket_id not in found or one.type not in self.types:
                raise TemporaryError(Problem.MALFORMED, "The helpdesk ignored what was asked for.")
            found[one.ticket_id].append(one)
        return found

    def _whole(self, ticket_id: str, faults: dict[str, str]) -> list[payloads.Transaction]:
        params = self._params([])
        rows = [
            _read(raw, faults, ticket_id)
            for raw in self._rows(f"ticket/{ticket_id}/history", params)
        ]
        return [one for one in rows if one is not None and one.type in self.types]

    def _params(self, limits: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "query": json.dumps([
                *limits, {"field": "Type", "operator": "IN", "value": self.types}
            ]),
            "fields": payloads.TRANSACTION_FIELDS,
            "fields[Creator]": payloads.USER_FIELDS,
            "orderby": "id",
        }  # fmt: skip

    def _rows(
        self, path: str, params: Mapping[str, Any], *, none_hidden: bool = False
    ) -> Iterator[msgspec.Raw]:
        """Where the server does not say how many there are, it has taken rows out of the pages that
        we may not see: only several empty pages in a row are the end. With `none_hidden` we may see
        all of them, and a short page is."""
        empty = 0
        for number in range(1, _MOST_PAGES):
            paging = {"per_page": _ROWS_A_CALL, "page": number}
            rows = rows_of(expect(self.http.get(f"{API}/{path}", {**params, **paging})))
            yield from rows.items
            if none_hidden and len(rows.items) < _ROWS_A_CALL:
                return
            empty = 0 if rows.items else empty + 1
            if rows.total is None and empty < _EMPTY_PAGES:
                continue
            if rows.total is None or number * _ROWS_A_CALL >= rows.total:
                return
        raise TemporaryError(Problem.MALFORMED, "The list does not end.")

    def _texts(
        self, messages: Mapping[str, str], faults: dict[str, str]
    ) -> dict[str, list[payloads.Text]]:
        """By transaction. `messages` are transactions and their tickets."""
        found: dict[str, list[payloads.Text]] = defaultdict(list)
        ids = list(messages)
        for start in range(0, len(ids), _MESSAGES_A_CALL):
            for text in self._texts_of(ids[start : start + _MESSAGES_A_CALL], messages, faults):
                number = str(text.transaction_id)
                if number not in messages:
                    raise TemporaryError(Problem.MALFORMED, "The helpdesk ignored the ids.")
                found[number].append(text)
        return found

    def _texts_of(
        self, ids: Sequence[str], messages: Mapping[str, str], faults: dict[str, str]
    ) -> list[payloads.Text]:
        """Halved while the answer is too large for us."""
        try:
            return list(self._text_rows(ids))
        except DECODE_ERRORS as error:
            trouble: Exception = error
        except PermanentError as error:
            if error.problem is not Problem.MALFORMED:
                raise
            trouble = error
        if len(ids) == 1:
            faults[messages[ids[0]]] = f"attachments: {_said(trouble)}"
            return []
        middle = len(ids) // 2
        parts = (ids[:middle], ids[middle:])
        return [text for part in parts for text in self._texts_of(part, messages, faults)]

    def _text_rows(self, ids: Sequence[str]) -> Iterator[payloads.Text]:
        """Texts alone: files are left at the source. Copies of mails that went out belong to
        transactions of their own and are not asked for. Whoever sees a transaction sees these."""
        limits = [
            {"field": "TransactionId", "operator": "IN", "value": [int(one) for one in ids]},
            {"field": "ContentType", "operator": "IN", "value": ["text/plain", "text/html"]},
            {"field": "Filename", "operator": "IS", "value": "NULL"},
        ]
        params = {"query": json.dumps(limits), "fields": payloads.TEXT_FIELDS, "orderby": "id"}
        for raw in self._rows("attachments", params, none_hidden=True):
            yield payloads.read(raw, payloads.Text)


def _read(
    raw: msgspec.Raw, faults: dict[str, str], ticket_id: str = ""
) -> payloads.Transaction | None:
    """None for one that cannot be read; then its ticket is at fault."""
    try:
        return payloads.read(raw, payloads.Transaction)
    except DECODE_ERRORS as error:
        place = payloads.read_or_none(raw, payloads.TransactionPlace)
        faults[ticket_id or (str(place.object_id) if place else "")] = f"history: {fault(error)}"
        return None


def _said(error: Exception) -> str:
    return "are too large" if isinstance(error, PermanentError) else fault(error)

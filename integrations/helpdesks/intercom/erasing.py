"""Redaction and erasure at the source. Every call may be made again: what is gone stays gone."""

from __future__ import annotations

import re
from typing import Final

from integrations.base import Http, PermanentError, Problem
from integrations.helpdesks.replies import expect

_DONE_OR_GONE: Final = frozenset({200, 202, 204, 404})
_CONTACT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SOURCE: Final = "source-"


class Eraser:
    def __init__(self, http: Http) -> None:
        self.http = http

    def redact(self, ticket_id: str, message_id: str, text: str) -> None:  # noqa: ARG002 - contract
        """Take away the whole message: the vendor cannot black out a part of one."""
        payload = {"conversation_id": digits(ticket_id)}
        if message_id.startswith(_SOURCE):
            source = digits(message_id.removeprefix(_SOURCE))
            payload |= {"type": "source", "source_id": source}
        else:
            part = digits(message_id)
            payload |= {"type": "conversation_part", "conversation_part_id": part}
        expect(self.http.send("POST", "/conversations/redact", payload), _DONE_OR_GONE)

    def erase_ticket(self, ticket_id: str) -> None:
        """For good; the vendor keeps what its own reports have counted."""
        path = f"/conversations/{digits(ticket_id)}"
        expect(self.http.send("DELETE", path), _DONE_OR_GONE)

    def erase_user(self, user_id: str) -> None:
        """Delete a contact for good. Their conversations stay: erase those first."""
        expect(self.http.send("DELETE", f"/contacts/{contact(user_id)}"), _DONE_OR_GONE)


def digits(number: str) -> str:
    """Ids go into addresses: only what they are made of does."""
    if not (number.isascii() and number.isdecimal()):
        raise PermanentError(Problem.MALFORMED, "A conversation's id is a number.")
    return number


def contact(user_id: str) -> str:
    if not _CONTACT_ID.fullmatch(user_id):
        raise PermanentError(Problem.MALFORMED, "A contact's id is letters and digits.")
    return user_id

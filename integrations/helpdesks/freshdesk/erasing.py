"""Erasure at the source. Every call may be made again: what is gone stays gone."""

from __future__ import annotations

from typing import Final

from integrations.base import Http, PermanentError, Problem
from integrations.helpdesks.replies import expect

API: Final = "/api/v2"
_DONE_OR_GONE: Final = frozenset({204, 404, 405})  # 405: it lies in the bin already


class Eraser:
    def __init__(self, http: Http) -> None:
        self.http = http

    def redact(self, ticket_id: str, message_id: str, text: str) -> None:  # noqa: ARG002 - contract
        """Always raises PermanentError: the vendor lets nobody change what was sent."""
        raise PermanentError(Problem.UNSUPPORTED, "Freshdesk cannot redact a message.")

    def erase_ticket(self, ticket_id: str) -> None:
        """Into the bin, which the vendor empties by itself; there is no call to empty it."""
        expect(self.http.send("DELETE", f"{API}/tickets/{digits(ticket_id)}"), _DONE_OR_GONE)

    def erase_user(self, user_id: str) -> None:
        """For good, and all the customer's tickets with them."""
        path = f"{API}/contacts/{digits(user_id)}/hard_delete?force=true"
        expect(self.http.send("DELETE", path), _DONE_OR_GONE)


def digits(number: str) -> str:
    """Ids go into addresses: only digits do."""
    if not (number.isascii() and number.isdecimal()):
        raise PermanentError(Problem.MALFORMED, "An id of the helpdesk is a number.")
    return number

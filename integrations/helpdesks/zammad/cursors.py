"""How far the change feed has been read: pure, and one line of JSON in the database.

The vendor's search sorts by `updated_at` and pages by number, and a ticket that changes while it is
read moves to the end and pulls another one over the edge of a page. So every page starts at the
last time read, and by number only where one time fills more than a page.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from integrations.base import PermanentError, Problem

# Tickets whose transaction was under way when the end was read turn up behind it.
OVERLAP: Final = timedelta(minutes=2)


class Cursor(msgspec.Struct, frozen=True):
    """`seen` holds when the tickets from `since` on that were read had changed, by id."""

    since: datetime
    newest: datetime
    page: int = 1
    seen: dict[int, datetime] = {}

    def write(self) -> str:
        return msgspec.json.encode(self).decode()

    def has(self, ticket_id: int, updated_at: datetime) -> bool:
        return self.seen.get(ticket_id) == updated_at

    def after(self, rows: dict[int, datetime]) -> Cursor:
        """Past a page with these tickets: its latest time, or the page after it."""
        top = max(rows.values(), default=self.since)
        seen = {**self.seen, **rows}
        # What is kept reaches back far enough for `at_end`, which goes back by the overlap.
        kept = {number: at for number, at in seen.items() if at >= top - OVERLAP}
        newest = max(top, self.newest)
        if top > self.since:
            return Cursor(top, newest, 1, kept)
        return Cursor(self.since, newest, self.page + 1, kept)

    def at_end(self) -> Cursor:
        """Where the next poll starts; the same however often nothing is new."""
        since = self.newest - OVERLAP
        return Cursor(since, self.newest, 1, {n: at for n, at in self.seen.items() if at >= since})


def start(since: datetime) -> Cursor:
    return Cursor(since=since, newest=since)


def read(text: str) -> Cursor:
    """Raises PermanentError for what is no cursor of ours."""
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.MsgspecError:
        raise PermanentError(Problem.CURSOR_REJECTED, "The cursor is not one of ours.") from None

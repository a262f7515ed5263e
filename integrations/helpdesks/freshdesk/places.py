"""Where the reading of an account has come to: three lists, each with a clock of its own.

Pages are counted over a set that changes while it is read. So a page number is used only among rows
of one moment; otherwise the list is asked for anew from where its last page ended, with overlap.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from integrations.base import PermanentError, Problem, TemporaryError
from integrations.helpdesks.freshdesk.payloads import Instant
from kaizo.core import clock

TICKETS: Final = "tickets"
DELETED: Final = "deleted"
RATINGS: Final = "ratings"
_ORDER: Final = (TICKETS, DELETED, RATINGS)
_SIBLINGS: Final = timedelta(seconds=1)  # times have whole seconds
_LATE: Final = timedelta(seconds=60)  # rows that show up after others of their time
MOST_PAGES: Final = 300  # the vendor's own limit


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`seen` is the newest moment of the list that is being read by page numbers only."""

    tickets: Instant
    deleted: Instant
    ratings: Instant
    feed: str = TICKETS
    number: int = 1
    seen: Instant | None = None

    @property
    def since(self) -> datetime:
        moment: datetime = getattr(self, self.feed)
        return moment

    def after(self, newest: datetime | None, *, more: bool) -> Place:
        """Where the next page starts, in a list that is sorted by its clock."""
        if not more:
            return self._next_feed(newest)
        if newest is not None and newest - _SIBLINGS > self.since:
            values = {self.feed: newest - _SIBLINGS}
            return msgspec.structs.replace(self, number=1, **values)
        return self._next_number(None)

    def after_unsorted(self, newest: datetime | None, *, more: bool) -> Place:
        """The same in a list that has no promised order: page by page to its end."""
        seen = max(filter(None, (self.seen, newest)), default=None)
        return self._next_number(seen) if more else self._next_feed(seen)

    def _next_number(self, seen: datetime | None) -> Place:
        if self.number >= MOST_PAGES:
            raise TemporaryError(Problem.MALFORMED, "The list has more pages than it may have.")
        return msgspec.structs.replace(self, number=self.number + 1, seen=seen)

    def _next_feed(self, newest: datetime | None) -> Place:
        reached = max(self.since, _settled(newest)) if newest else self.since
        feed = _ORDER[(_ORDER.index(self.feed) + 1) % len(_ORDER)]
        return msgspec.structs.replace(self, number=1, seen=None, feed=feed, **{self.feed: reached})

    def written(self) -> str:
        return msgspec.json.encode(self).decode()


def _settled(newest: datetime) -> datetime:
    """From when to ask next at a list's end. Rows of the last minute are asked for again, older
    ones are not: an account at rest has nothing to tell."""
    return min(newest + _SIBLINGS, clock.now() - _LATE)


def start(since: datetime) -> Place:
    return Place(tickets=since, deleted=since, ratings=since)


def read(cursor: str) -> Place:
    """Raises PermanentError(CURSOR_REJECTED) for what is no cursor of ours."""
    try:
        place = msgspec.json.decode(cursor.encode(), type=Place)
    except (msgspec.MsgspecError, ValueError):
        place = None
    if place is None or place.feed not in _ORDER or not 1 <= place.number <= MOST_PAGES:
        raise PermanentError(Problem.CURSOR_REJECTED, "The cursor is not one of ours.")
    return place

"""How far the list of conversations has been read: pure, and one line of JSON in the database.

The vendor lists the latest activity first and cannot be asked for what changed since a time. A walk
goes from the newest back to where the walk before it began. What becomes active meanwhile moves to
the front and pushes the rest back, so that rows are repeated, which does no harm. What is deleted
meanwhile pulls the rest forward; the vendor's count of all tells, and the walk steps back.
"""

from __future__ import annotations

from typing import Final

import msgspec

from integrations.base import PermanentError, Problem

# In seconds: the precision of the vendor's times is one, and transactions take theirs.
OVERLAP: Final = 120.0
PAGE_SIZE: Final = 25  # the vendor's; it cannot be chosen


class Cursor(msgspec.Struct, frozen=True):
    """Times are epoch seconds. `since` is where the walk ends; `newest` the latest activity that it
    met; `began` when it began (0: not yet); `rated_since` from when on answered surveys are asked
    for (0: not at all, in a backfill); `seen` when conversations last changed, by id."""

    since: float
    page: int = 1
    newest: float = 0.0
    began: float = 0.0
    rated_since: float = 0.0
    total: int = 0
    seen: dict[int, float] = {}

    def write(self) -> str:
        return msgspec.json.encode(self).decode()

    def begun(self, now: float) -> Cursor:
        return self if self.began else msgspec.structs.replace(self, began=now)

    def lost(self, total: int) -> int:
        """How many rows deletions may have pulled forward, out of the pages that are left."""
        return max(self.total - total, 0) if self.page > 1 else 0

    def after(self, changed: dict[int, float], newest: float, total: int) -> Cursor:
        """Past a page: to the next one, or back by as many as deletions may have pulled forward."""
        lost = self.lost(total)
        top = max(self.newest, newest)
        seen = {**self.seen, **changed}
        return msgspec.structs.replace(
            self,
            page=max(self.page + 1 if not lost else self.page - -(-lost // PAGE_SIZE), 1),
            newest=top,
            total=total,
            seen={number: at for number, at in seen.items() if at >= top - OVERLAP},
        )

    def at_end(self) -> Cursor:
        """Where the next walk ends, and from when on it asks for answered surveys."""
        newest = max(self.newest, self.since)
        since = max(self.since, newest - OVERLAP)
        seen = {number: at for number, at in self.seen.items() if at >= since}
        return Cursor(since=since, newest=newest, rated_since=self.began - OVERLAP, seen=seen)


def read(text: str) -> Cursor:
    """Raises PermanentError for what is no cursor of ours."""
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.MsgspecError:
        raise PermanentError(Problem.CURSOR_REJECTED, "The cursor is not one of ours.") from None

"""Whose conversations were seen among those picked for review."""

from __future__ import annotations

from collections.abc import Iterable

from kaizo.accounts.models import Membership
from scoring.quality.assignments.selectors import PickRow
from scoring.readings import Reading
from tickets.readings import saw


def saw_picks(rows: Iterable[PickRow], *, reader: Membership) -> None:
    """Write one event for the rows of a page; none for a page without any."""
    saw(Reading.PICKS, reader=reader, people={person for row in rows for person in row.people})

"""What comes out of a file, whatever its format."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from tickets.contracts import TicketRecord

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_ .\-]{0,63}")
_MAX_NAMES: Final = 200
OTHER_NAMES: Final = "(other)"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A ticket. `size` is its share of the unpacked file in bytes."""

    line_number: int
    record: TicketRecord
    size: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """A line left out. `reason` names the field and holds no value from the file; `external_id` is
    the source's ticket id where it could still be read."""

    line_number: int
    reason: str
    external_id: str | None = None


Item = Parsed | SetAside


@dataclass(slots=True)
class Notes:
    """What was left out of tickets that were read all the same.

    `dropped` counts fields that nobody declared by their name, `mended` the tickets in which
    characters that cannot be stored were replaced.
    """

    dropped: Counter[str] = field(default_factory=Counter)
    mended: int = 0

    def drop(self, path: str) -> None:
        """Count an undeclared field. A key is the file's own text, too: only what looks like a
        field's name is kept, and only so many of them."""
        plain = _PLAIN_NAME.fullmatch(path)
        room = path in self.dropped or len(self.dropped) < _MAX_NAMES
        self.dropped[path if plain and room else OTHER_NAMES] += 1

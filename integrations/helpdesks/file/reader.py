"""The way into a file of conversations: say what it is, then hand out its tickets one by one.

Memory does not grow with the file: one line (at most 10 MiB) or one ticket's rows are held at a
time. Pure Python, no Django.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, Self

from integrations.helpdesks.file.csv_rows import read_csv, split_header
from integrations.helpdesks.file.items import Item, Notes, Parsed, SetAside
from integrations.helpdesks.file.json_lines import read_json_lines
from integrations.helpdesks.file.lines import (
    MAX_LINE_BYTES,
    FileRejectedError,
    open_text,
    peek_head,
)

__all__ = ["FileRejectedError", "Item", "Notes", "Parsed", "SetAside", "TicketFile"]

_JSON_START: Final = re.compile(rb"^[ \t]*[{\[]", re.MULTILINE)


class TicketFile:
    """Tickets of a `.jsonl`, `.jsonl.gz`, `.csv` or `.csv.gz` file, told apart by their content.

        with TicketFile.open(path) as tickets:
            for item in tickets: ...

    Iterate once. Raises FileRejectedError on opening, or before the first item, when the file as a
    whole cannot be read. Closing closes the stream it was given.
    """

    def __init__(
        self,
        stream: BinaryIO,
        *,
        size: int | None = None,
        now: datetime | None = None,
        line_limit: int = MAX_LINE_BYTES,
    ) -> None:
        self.notes = Notes()
        self.size = size
        self._stream = stream
        self._now = now or datetime.now(UTC)
        self._limit = line_limit
        self._text = open_text(stream)
        self._format = _tell_format(peek_head(self._text))

    @classmethod
    def open(cls, path: Path | str, *, now: datetime | None = None) -> Self:
        """Raises FileRejectedError also when there is no such file or it may not be read."""
        try:
            stream = io.FileIO(os.fspath(path))
        except OSError as error:
            raise FileRejectedError(f"The file cannot be opened: {error.strerror}.") from error
        try:
            return cls(stream, size=Path(path).stat().st_size, now=now)
        except FileRejectedError:
            stream.close()
            raise

    @property
    def position(self) -> int:
        """How many bytes of the stream (packed, if it is) have been read, for a progress bar."""
        return self._stream.tell()

    def __iter__(self) -> Iterator[Item]:
        read = read_csv if self._format == "csv" else read_json_lines
        return read(self._text, notes=self.notes, now=self._now, limit=self._limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()


def _tell_format(head: bytes) -> str:
    """`json` or `csv`; raises FileRejectedError when it is neither."""
    first, _, _ = head.lstrip().partition(b"\n")
    if not first.startswith((b"{", b"[")) and "ticket_id" in split_header(first)[0]:
        return "csv"
    if _JSON_START.search(head):
        return "json"
    raise FileRejectedError(
        "The file is neither JSON Lines (one {...} a line) nor CSV with a header line that names"
        " the column ticket_id."
    )

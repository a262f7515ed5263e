"""CSV: one message a row, the ticket's own columns repeated on each of its rows.

Rows of one ticket stand together; that is what lets a file of any size be read in little memory.
Rows become the same objects JSON Lines holds and go through the same decoder.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import msgspec

from integrations.helpdesks.file import reasons
from integrations.helpdesks.file.checks import find_fault
from integrations.helpdesks.file.items import Item, Notes, Parsed, SetAside
from integrations.helpdesks.file.json_lines import mend_text
from integrations.helpdesks.file.lines import FileDamagedError, FileRejectedError, numbered_lines
from integrations.helpdesks.file.schema import MAX_ID_LENGTH, MAX_MESSAGES, convert_ticket

TICKET_COLUMNS: Final = (
    "ticket_id", "subject", "channel", "status", "priority", "language",
    "created_at", "updated_at", "solved_at", "tags",
)  # fmt: skip
PERSON_COLUMNS: Final = (
    "requester_id", "requester_name", "requester_email", "requester_phone", "requester_language",
    "assignee_id", "assignee_name", "assignee_email", "assignee_team",
)  # fmt: skip
MESSAGE_COLUMNS: Final = (
    "message_id", "message_sent_at", "message_author_type", "message_author_id",
    "message_author_name", "message_public", "message_text",
)  # fmt: skip
CSAT_COLUMNS: Final = ("csat_score", "csat_scale", "csat_at", "csat_comment")
COLUMNS: Final = TICKET_COLUMNS + PERSON_COLUMNS + MESSAGE_COLUMNS + CSAT_COLUMNS
REQUIRED_COLUMNS: Final = (
    "ticket_id", "channel", "status", "created_at", "updated_at", "requester_id",
)  # fmt: skip

DELIMITERS: Final = (",", ";", "\t")
TAG_SEPARATOR: Final = "|"
_WORDS_TRUE: Final = frozenset({"true", "yes", "1", "public"})
_WORDS_FALSE: Final = frozenset({"false", "no", "0", "internal"})
_LOWERED: Final = frozenset({"channel", "status", "priority", "message_author_type", "csat_scale"})


@dataclass(slots=True)
class Row:
    """One row: its cells by column (empty ones left out), or why it cannot be used."""

    line_number: int
    size: int
    cells: dict[str, str] = field(default_factory=dict)
    fault: str | None = None

    @property
    def ticket_id(self) -> str | None:
        return self.cells.get("ticket_id")


def split_header(line: bytes) -> tuple[list[str], str]:
    """The column names of a first line, and the delimiter that separates most of them."""
    text = line.decode("utf-8", "replace").strip("\ufeff\r\n")
    delimiter = max(DELIMITERS, key=text.count)
    names = next(csv.reader([text], delimiter=delimiter), [])
    return [name.strip().lower() for name in names], delimiter


def read_csv(
    reader: io.BufferedReader, *, notes: Notes, now: datetime, limit: int
) -> Iterator[Item]:
    """Every ticket of the file in its order, and every group of rows that holds none.

    Raises FileRejectedError before the first item when the header does not fit.
    """
    rows = _Rows(reader, notes, limit)
    seen: set[int] = set()
    for ticket_id, group in groupby(rows, key=lambda row: row.ticket_id):
        first, usable, fault = _gather(group)
        if ticket_id is not None and fault is None and hash(ticket_id) in seen:
            fault = "ticket_id: the rows of this ticket do not stand together; sort by ticket_id"
        seen.add(hash(ticket_id))
        if fault:
            yield SetAside(first.line_number, fault, _known_id(ticket_id))
        else:
            yield _parse_rows(usable, now)


class _Rows:
    """The rows of a CSV file. A line that cannot be used becomes a row with a fault."""

    def __init__(self, reader: io.BufferedReader, notes: Notes, limit: int) -> None:
        self._lines = numbered_lines(reader, limit=limit)
        self._notes = notes
        self._limit = limit
        self._size = 0
        self._too_long: set[int] = set()
        _, header = next(self._lines)
        self._names, self._delimiter = split_header(header or b"")
        _check_header(self._names)

    def __iter__(self) -> Iterator[Row]:
        cells = csv.reader(self._texts(), delimiter=self._delimiter)
        while True:
            number = cells.line_num + 2  # the header is line 1
            try:
                values = next(cells)
            except StopIteration:
                return
            except csv.Error:
                yield self._row(number, fault="a quoted cell does not end, or a cell is too long")
            except FileDamagedError:
                yield self._row(number, fault="the compressed file is cut off or damaged from here")
                return
            else:
                if values or number in self._too_long:
                    yield self._fill(number, values, last_line=cells.line_num + 1)

    def _texts(self) -> Iterator[str]:
        for number, line in self._lines:
            if line is None:
                self._too_long.add(number)
                yield "\n"
                continue
            self._size += len(line)
            # Bytes that are no UTF-8 become halves of characters, found again in their row.
            yield line.decode("utf-8", "surrogateescape")

    def _row(self, number: int, *, fault: str | None = None) -> Row:
        size, self._size = self._size, 0
        return Row(number, size, fault=fault)

    def _fill(self, number: int, values: list[str], *, last_line: int) -> Row:
        row = self._row(number)
        if self._too_long and any(n in self._too_long for n in range(number, last_line + 1)):
            row.fault = f"the line is longer than {self._limit:,} bytes"
        elif len(values) > len(self._names):
            row.fault = "has more cells than the header has columns"
        for name, value in zip(self._names, values, strict=False):
            if not value:
                continue
            if name in _ALL_COLUMNS:
                row.cells[name] = value
            else:
                self._notes.drop(name)
        self._mend(row)
        return row

    def _mend(self, row: Row) -> None:
        joined = "".join(row.cells.values())
        if not joined.isascii() and any("\udc80" <= character <= "\udcff" for character in joined):
            row.fault = row.fault or reasons.NOT_UTF8
            row.cells = {name: mend_text(value) for name, value in row.cells.items()}
        elif "\x00" in joined:
            self._notes.mended += 1
            row.cells = {name: mend_text(value) for name, value in row.cells.items()}


_ALL_COLUMNS: Final = frozenset(COLUMNS)


def _check_header(names: Sequence[str]) -> None:
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        raise FileRejectedError(f"The CSV header lacks the columns {', '.join(missing)}.")
    twice = sorted({name for name in names if name in _ALL_COLUMNS and names.count(name) > 1})
    if twice:
        raise FileRejectedError(f"The CSV header names these columns twice: {', '.join(twice)}.")


def _gather(group: Iterator[Row]) -> tuple[Row, list[Row], str | None]:
    """The rows of one ticket; of the faulty ones only the first fault is kept."""
    usable: list[Row] = []
    fault: str | None = None
    first: Row | None = None
    for row in group:
        first = first or row
        if row.fault and fault is None:
            fault = f"line {row.line_number}: {row.fault}" if row is not first else row.fault
        if len(usable) <= MAX_MESSAGES:
            usable.append(row)
    if first is None:
        raise AssertionError("a group holds at least one row")
    return first, usable, fault


def _known_id(ticket_id: str | None) -> str | None:
    return ticket_id if ticket_id and len(ticket_id) <= MAX_ID_LENGTH else None


def _parse_rows(rows: list[Row], now: datetime) -> Item:
    first = rows[0]
    held = [row for row in rows if any(name in row.cells for name in MESSAGE_COLUMNS)]
    ticket_id = _known_id(first.ticket_id)
    try:
        record = convert_ticket(_ticket(rows, held))
    except (msgspec.ValidationError, ValueError) as error:
        reason = (
            reasons.explain(error) if isinstance(error, msgspec.ValidationError) else str(error)
        )
        return SetAside(first.line_number, _in_columns(reason, held), ticket_id)
    if fault := find_fault(record, now):
        return SetAside(first.line_number, _in_columns(fault, held), ticket_id)
    return Parsed(first.line_number, record, sum(row.size for row in rows))


def _ticket(rows: list[Row], held: list[Row]) -> dict[str, Any]:
    cells = _lowered(rows[0].cells)
    ticket: dict[str, Any] = {name: cells[name] for name in TICKET_COLUMNS[1:-1] if name in cells}
    if "ticket_id" in cells:
        ticket["id"] = cells["ticket_id"]
    tags = cells.get("tags", "").split(TAG_SEPARATOR)
    ticket["tags"] = [tag.strip() for tag in tags if tag.strip()]
    ticket["requester"] = _part(cells, "requester_")
    if assignee := _part(cells, "assignee_"):
        ticket["assignee"] = assignee
    ticket["messages"] = [_message(_lowered(row.cells)) for row in held]
    ticket["csat"] = _ratings(rows)
    return ticket


def _lowered(cells: dict[str, str]) -> dict[str, str]:
    return {
        name: value.strip().lower() if name in _LOWERED else value for name, value in cells.items()
    }


def _part(cells: dict[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): value for name, value in cells.items() if name.startswith(prefix)
    }


def _message(cells: dict[str, str]) -> dict[str, Any]:
    part: dict[str, Any] = _part(cells, "message_")
    message: dict[str, Any] = {name: part[name] for name in ("id", "sent_at") if name in part}
    message["author"] = _part(cells, "message_author_")
    message["text"] = part.get("text", "")
    if "public" in part:
        message["public"] = _truth(part["public"])
    return message


def _truth(word: str) -> bool | str:
    """A cell's yes or no; anything else is left for the decoder to refuse."""
    plain = word.strip().lower()
    if plain in _WORDS_TRUE:
        return True
    return False if plain in _WORDS_FALSE else word


def _ratings(rows: list[Row]) -> list[dict[str, str]]:
    """Every rating once, though it may stand on each row of its ticket."""
    ratings: list[dict[str, str]] = []
    for row in rows:
        rating = _part(_lowered(row.cells), "csat_")
        if rating and rating not in ratings:
            ratings.append(rating)
    return ratings


def _in_columns(reason: str, held: list[Row]) -> str:
    """A path of the format ("messages[2].author.type") as its column and line."""
    path, separator, problem = reason.partition(": ")
    if not separator:
        return reason
    place = ""
    if path.startswith("messages["):
        index, _, rest = path.removeprefix("messages[").partition("]")
        place = f" in line {held[int(index)].line_number}"
        path = f"message{rest}"
    elif path.startswith("csat["):
        path = f"csat{path.partition(']')[2]}"
    column = path.replace(".", "_")
    return f"{'ticket_id' if column == 'id' else column}{place}: {problem}"


def csv_template() -> str:
    """A file to start from: the header and one ticket of two messages, in `.example` names."""
    shared = {
        "ticket_id": "1001", "subject": "Parcel has not arrived", "channel": "email",
        "status": "solved", "priority": "normal", "language": "en",
        "created_at": "2026-03-30T08:12:00+02:00", "updated_at": "2026-03-30T09:40:00+02:00",
        "solved_at": "2026-03-30T09:40:00+02:00", "tags": "delivery|parcel",
        "requester_id": "C-77", "requester_name": "Robin Example",
        "requester_email": "robin@customer.example", "assignee_id": "A-3",
        "assignee_name": "Sam Example", "assignee_email": "sam@support.example",
        "assignee_team": "Orders", "csat_score": "5", "csat_scale": "1-5",
        "csat_at": "2026-03-30T10:05:00+02:00", "csat_comment": "Quick and kind",
    }  # fmt: skip
    messages = (
        {"message_id": "1", "message_sent_at": "2026-03-30T08:12:00+02:00",
         "message_author_type": "customer", "message_author_id": "C-77", "message_public": "true",
         "message_text": "Where is order 10-4471?"},
        {"message_id": "2", "message_sent_at": "2026-03-30T09:38:00+02:00",
         "message_author_type": "agent", "message_author_id": "A-3", "message_public": "true",
         "message_text": "It arrives tomorrow before noon."},
    )  # fmt: skip
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(shared | message for message in messages)
    return out.getvalue()

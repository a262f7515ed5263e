"""JSON Lines: one ticket a line.

A good line is decoded once, straight into structs. Only a line that the strict decoder refuses is
looked at again as plain objects: to drop and count undeclared fields, to replace characters that
cannot be stored, or to say what is wrong.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from integrations.helpdesks.file import reasons
from integrations.helpdesks.file.checks import find_fault
from integrations.helpdesks.file.items import Item, Notes, Parsed, SetAside
from integrations.helpdesks.file.lines import FileDamagedError, numbered_lines
from integrations.helpdesks.file.schema import (
    MAX_ID_LENGTH,
    TICKET_LEVEL,
    FileTicket,
    Level,
    convert_ticket,
    decode_ticket,
)

DECODE_ERRORS: Final = (msgspec.MsgspecError, ValueError, RecursionError)
_NUL_ESCAPE: Final = b"\\u0000"
_SURROGATE_ESCAPE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT: Final = "\ufffd"


def read_json_lines(
    reader: io.BufferedReader, *, notes: Notes, now: datetime, limit: int
) -> Iterator[Item]:
    """Every ticket of the file in its order, and every line that holds none."""
    number = 0
    try:
        for number, line in numbered_lines(reader, limit=limit):
            if line is None:
                yield SetAside(number, f"the line is longer than {limit:,} bytes")
            elif not line.isspace():
                yield parse_line(number, line, notes=notes, now=now)
    except FileDamagedError:
        yield SetAside(number + 1, "the compressed file is cut off or damaged from here on")


def parse_line(number: int, line: bytes, *, notes: Notes, now: datetime) -> Item:
    """The ticket of one line, or why it holds none. Never raises on any bytes."""
    record: FileTicket | None = None
    if _NUL_ESCAPE not in line:
        try:
            record = decode_ticket(line)
        except DECODE_ERRORS:
            record = None
    if record is None:
        outcome = _second_look(number, line, notes)
        if isinstance(outcome, SetAside):
            return outcome
        record = outcome
    if fault := find_fault(record, now):
        return SetAside(number, fault, record.id)
    return Parsed(number, record, len(line))


def _second_look(number: int, line: bytes, notes: Notes) -> FileTicket | SetAside:
    try:
        value = _decode_plain(line)
    except DECODE_ERRORS as error:
        return SetAside(number, _why_unreadable(line, error))
    if not isinstance(value, dict):
        return SetAside(number, reasons.NOT_AN_OBJECT)
    try:
        tidy_object(value, notes)
        return convert_ticket(value)
    except DECODE_ERRORS as error:
        return SetAside(number, reasons.explain(error), _external_id(value))


def _decode_plain(line: bytes) -> Any:
    if _SURROGATE_ESCAPE.search(line):
        # The standard decoder accepts halves of an emoji; they are replaced afterwards.
        return json.loads(line, parse_constant=_refuse_constant)
    return msgspec.json.decode(line)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _why_unreadable(line: bytes, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return reasons.TOO_DEEP
    try:
        line.decode()
    except UnicodeDecodeError:
        return reasons.NOT_UTF8
    return reasons.CUT_OFF if "truncated" in str(error) else reasons.NOT_JSON


def _external_id(value: dict[str, Any]) -> str | None:
    given = value.get("id")
    return given if isinstance(given, str) and 0 < len(given) <= MAX_ID_LENGTH else None


def tidy_object(value: dict[str, Any], notes: Notes) -> None:
    """Bring a decoded ticket into the declared shape, in place: undeclared fields go and are
    counted, custom fields that hold more than one value go too, NUL characters are removed and
    halves of characters replaced. Raises RecursionError on endless nesting."""
    _prune(value, TICKET_LEVEL, "", notes)
    custom = value.get("fields")
    if isinstance(custom, dict):
        for key in [key for key, given in custom.items() if not _is_plain(key, given)]:
            del custom[key]
            notes.drop(f"fields.{key}")
    if _mend(value):
        notes.mended += 1


def _is_plain(key: str, given: Any) -> bool:
    return not isinstance(given, dict | list) and not _UNSTORABLE.search(key)


def _prune(value: dict[str, Any], level: Level, path: str, notes: Notes) -> None:
    for key in value.keys() - level.known:
        del value[key]
        notes.drop(f"{path}{key}")
    for key, inner in level.inside.items():
        given = value.get(key)
        for part in given if isinstance(given, list) else (given,):
            if isinstance(part, dict):
                _prune(part, inner, f"{path}{key}.", notes)


def _mend(value: Any) -> bool:
    """Replace what PostgreSQL refuses in every string below `value`; whether there was any."""
    if not isinstance(value, dict | list):
        return False
    found = False
    for key, given in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if isinstance(given, str):
            if _UNSTORABLE.search(given):
                value[key] = mend_text(given)
                found = True
        elif _mend(given):
            found = True
    return found


def mend_text(text: str) -> str:
    """The text without NUL, with U+FFFD for every half of a character."""
    return _UNSTORABLE.sub(REPLACEMENT, text.replace("\x00", ""))

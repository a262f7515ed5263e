"""The data files of a copy: JSON with its schema, and CSV. Streams of bytes, flat in memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext as _

from kaizo.core.csv import harmless
from privacy.paths import find_field
from privacy.registry import CATEGORIES
from privacy.rights.export.sections import Part, SectionPart, TablePart
from privacy.vault.fields import EncryptedField

BOM: Final = "\N{BYTE ORDER MARK}"
SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"
Record = Mapping[str, Any]


def json_file(records: Iterable[Record]) -> Iterator[bytes]:
    """An array, a record a line."""
    yield b"[\n"
    for number, record in enumerate(records):
        text = json.dumps(record, ensure_ascii=False)
        yield ((",\n" if number else "") + text).encode()
    yield b"\n]\n"


def json_lines(records: Iterable[Record]) -> Iterator[bytes]:
    """A record a line, without its number: as an import takes it."""
    for record in records:
        kept = {name: value for name, value in record.items() if name != "record"}
        yield (json.dumps(kept, ensure_ascii=False) + "\n").encode()


def csv_file(columns: Sequence[str], records: Iterable[Record]) -> Iterator[bytes]:
    """A head and a row a record. What could be a formula is made harmless."""
    yield BOM.encode() + _csv_row(columns)
    for record in records:
        yield _csv_row([_cell(record.get(column)) for column in columns])


def pretty(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def columns_of(part: Part) -> list[str]:
    head = ["record"] if isinstance(part, SectionPart) else ["record", "as"]
    return [*head, *(name for name in part.columns() if name not in head)]


def schema_of(part: Part) -> dict[str, Any]:
    """The JSON Schema of a part's file."""
    properties: dict[str, Any] = {name: {} for name in columns_of(part)}
    properties["record"] = {"description": _("The record's number."), "type": ["integer", "string"]}
    if isinstance(part, TablePart):
        properties["as"] = {
            "description": _("What you are in the record."),
            "type": "array",
            "items": {"type": "string"},
        }
        for name in part.columns():
            properties[name] = _property(part, name)
    return {
        "$schema": SCHEMA,
        "title": part.title,
        "type": "array",
        "items": {
            "type": "object",
            "properties": properties,
            "required": ["record"],
            "additionalProperties": False,
        },
    }


def _property(part: TablePart, name: str) -> dict[str, Any]:
    if name == part.table.parent:
        return {"description": _("The record that it belongs to."), "type": ["integer", "null"]}
    column = find_field(part.table.model, name)
    personal = dict(part.table.declaration.personal_fields())[name]
    found: dict[str, Any] = {"description": _(CATEGORIES[personal.category])}
    return found | _type(column)


# In this order: a kind before the kinds that it is built on.
_TYPES: Final[tuple[tuple[type[models.Field[Any, Any]], dict[str, Any]], ...]] = (
    (EncryptedField, {}),
    (models.JSONField, {}),
    (ArrayField, {"type": ["array", "null"]}),
    (models.BooleanField, {"type": ["boolean", "null"]}),
    (models.IntegerField, {"type": ["integer", "null"]}),
    (models.DateTimeField, {"type": ["string", "null"], "format": "date-time"}),
    (models.DateField, {"type": ["string", "null"], "format": "date"}),
    (models.FloatField, {"type": ["number", "null"]}),
    (models.DurationField, {"type": ["number", "null"]}),
)


def _type(column: models.Field[Any, Any]) -> dict[str, Any]:
    found = (shape for kind, shape in _TYPES if isinstance(column, kind))
    return next(found, {"type": ["string", "null"]})


def _csv_row(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([harmless(cell) for cell in cells])
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)

"""What the person gets in the place of a text that was withheld. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Withheld = Mapping[tuple[str, str], Collection[str]]  # fields by part's label and record's number


def without(
    record: Mapping[str, Any], fields: Collection[str], *, placeholder: str
) -> dict[str, Any]:
    """The record with these fields replaced; "" stands for all its words."""
    if "" in fields:
        return {
            name: value if name in {"record", "as"} else _masked(value, placeholder)
            for name, value in record.items()
        }
    return {name: placeholder if name in fields else value for name, value in record.items()}


def _masked(value: Any, placeholder: str) -> Any:
    if isinstance(value, str):
        return placeholder
    if isinstance(value, dict):
        return {name: _masked(each, placeholder) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, placeholder) for each in value]
    return value

"""Rows of a declared table as records of a copy: decrypted, and without what is others'."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import models

from privacy.paths import find_field
from privacy.policy import may_be_taken_along
from privacy.registry import Personal
from privacy.rights.export.tables import PROVIDED, Table, Unrenderable
from privacy.rights.export.texts import share_guessing
from privacy.rights.hooks import Shared, hooks
from privacy.vault.cipher import aad
from privacy.vault.fields import EncryptedField
from privacy.vault.keys import ciphers_for

Key = tuple[Any, Sequence[int]]  # a row, and the ways that lead to it
Texts = Mapping[Any, Shared | Any]


@dataclass(slots=True)
class Row:
    """`removed`: by field, the placeholders that stand for others and how many of each."""

    record: dict[str, Any]
    removed: dict[str, Mapping[str, int]] = field(default_factory=dict)


class TableReader:
    """Reads chunks of one table. `provided_only`: what the person handed over themselves, as far as
    they may take it along (GDPR Art. 20)."""

    def __init__(self, table: Table, *, provided_only: bool = False) -> None:
        self.table = table
        self.provided_only = provided_only
        self.is_portable = may_be_taken_along(table.declaration.retention.name)

    def columns(self) -> list[str]:
        """What a record may hold besides its number, in order."""
        parent = [self.table.parent] if self.table.parent else []
        ways = range(len(self.table.ways))
        return [*parent, *sorted(self._visible(ways))]

    def read(self, keys: Sequence[Key]) -> Iterator[Row]:
        """Rows that are still there and hold something. Raises Unrenderable and NotReadYet."""
        visible = {tuple(ways): self._visible(ways) for _, ways in keys}
        shown = {name: personal for found in visible.values() for name, personal in found.items()}
        sealed = {name for name in shown if self._is_text(name, shown[name])}
        rows = self._load([key for key, _ in keys], shown.keys() - sealed)
        texts = {
            name: self._texts(
                name,
                shown[name],
                [key for key, ways in keys if key in rows and name in visible[tuple(ways)]],
            )
            for name in sorted(sealed)
        }
        for key, ways in keys:
            if key in rows:
                row = self._row(key, ways, rows[key], texts, visible[tuple(ways)])
                if row is not None:
                    yield row

    def _visible(self, ways: Iterable[int]) -> dict[str, Personal]:
        found = self.table.visible(ways)
        if not self.provided_only:
            return found
        portable = self.is_portable
        return {
            name: personal
            for name, personal in found.items()
            if portable and personal.category in PROVIDED
        }

    def _is_text(self, name: str, personal: Personal) -> bool:
        """Whether the column cannot simply be copied."""
        if isinstance(find_field(self.table.model, name), EncryptedField):
            return True
        return personal.free_text and personal.others_possible

    def _load(self, keys: Sequence[Any], plain: Iterable[str]) -> dict[Any, dict[str, Any]]:
        columns = sorted({*plain, *([f"{self.table.parent}_id"] if self.table.parent else ())})
        rows = self.table.rows().filter(pk__in=keys).values("pk", *columns)
        return {row.pop("pk"): row for row in map(dict, rows)}

    def _row(
        self,
        key: Any,
        ways: Sequence[int],
        values: Mapping[str, Any],
        texts: Mapping[str, Texts],
        visible: Mapping[str, Personal],
    ) -> Row | None:
        row = Row({})
        for name in sorted(visible):
            value = texts[name].get(key) if name in texts else values[name]
            if isinstance(value, Shared):
                if self.provided_only and not value.is_own:
                    continue
                if value.removed:
                    row.removed[name] = value.removed
                value = value.text
            row.record[name] = self._rendered(name, value)
        if self.provided_only and not any(v not in (None, "") for v in row.record.values()):
            return None
        roles = sorted({self.table.ways[number].role for number in ways})
        head: dict[str, Any] = {"record": self._rendered("pk", key), "as": roles}
        if self.table.parent:
            head[self.table.parent] = values[f"{self.table.parent}_id"]
        row.record = head | row.record
        return row

    def _rendered(self, name: str, value: Any) -> Any:
        if isinstance(find_field_or_none(self.table.model, name), models.FileField):
            raise Unrenderable(f"{self.table.label}.{name}")
        try:
            return render(value)
        except TypeError:
            raise Unrenderable(f"{self.table.label}.{name}") from None

    def _texts(self, name: str, personal: Personal, keys: Sequence[Any]) -> Texts:
        label = f"{self.table.label}.{name}"
        if not keys:
            return {}
        if label in hooks.texts:
            return hooks.texts[label](self.table.asker, keys)
        words = self._words(label, name, personal, keys)
        if personal.free_text:
            return share_guessing(self.table.asker, words)
        return {key: _parsed(text) for key, text in words.items()}

    def _words(
        self, label: str, name: str, personal: Personal, keys: Sequence[Any]
    ) -> Mapping[Any, str]:
        if label in hooks.words:
            return hooks.words[label](self.table.asker.organisation_id, keys)
        if not isinstance(find_field(self.table.model, name), EncryptedField):
            rows = self.table.rows().filter(pk__in=keys)
            return {key: str(text) for key, text in rows.values_list("pk", name) if text}
        if not personal.key:
            raise Unrenderable(label)
        return self._decrypted(label, name, personal.key, keys)

    def _decrypted(self, label: str, name: str, path: str, keys: Sequence[Any]) -> dict[Any, str]:
        """By the key of the person that `path` leads to; what is erased is left out."""
        organisation_id = self.table.asker.organisation_id
        rows = list(self.table.rows().filter(pk__in=keys).values_list("pk", f"{path}_id", name))
        holders = {holder for _, holder, stored in rows if holder and stored is not None}
        ciphers = ciphers_for(organisation_id, holders, create=False)
        return {
            key: ciphers[holder].decrypt(stored, aad(organisation_id, label, key, holder))
            for key, holder, stored in rows
            if stored is not None and holder in ciphers and not ciphers[holder].erased
        }


def find_field_or_none(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    return None if name == "pk" else find_field(model, name)


def _parsed(text: str) -> Any:
    """A value that was stored as JSON, such as a profile, as what it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text


# In this order: a kind before the kinds that it is built on.
_RENDERERS: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    ((type(None), bool, int, float, str), lambda value: value),
    (datetime, lambda value: value.astimezone(UTC).isoformat(timespec="seconds")),
    ((bytes, memoryview), lambda value: bytes(value).hex()),
    (timedelta, timedelta.total_seconds),
    ((date, time, Decimal, UUID), str),
    (Mapping, lambda value: {str(name): render(each) for name, each in value.items()}),
    ((list, tuple), lambda value: [render(each) for each in value]),
)


def render(value: Any) -> Any:
    """A column's value as JSON has it. Raises TypeError for what nobody has thought of."""
    for kinds, renderer in _RENDERERS:
        if isinstance(value, kinds):
            return renderer(value)
    raise TypeError

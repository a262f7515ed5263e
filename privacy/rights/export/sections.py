"""The parts of a copy, declared tables and others, behind one interface: listed, then read in
chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Protocol

from django.utils.translation import gettext as _

from privacy.policy import may_be_taken_along
from privacy.registry import Personal
from privacy.rights.export.reading import Key, Row, TableReader
from privacy.rights.export.tables import Table, table_of, tables_of
from privacy.rights.hooks import Asker, Section, hooks


class Part(Protocol):
    """`label` is a model's label or the section's name; `name` is its file's."""

    label: str
    name: str
    title: str

    def columns(self) -> list[str]: ...

    def keys(self) -> Iterator[Key]: ...

    def count(self) -> int:
        """How many there are, by another way than `keys` lists them."""
        ...

    def read(self, keys: Sequence[Key]) -> list[Row]: ...


class TablePart:
    def __init__(self, table: Table, *, provided_only: bool) -> None:
        self.table = table
        self.label, self.name, self.title = table.label, table.name, table.title
        self._reader = TableReader(table, provided_only=provided_only)

    @property
    def has_fields(self) -> bool:
        return bool(set(self.columns()) - {self.table.parent})

    def columns(self) -> list[str]:
        return self._reader.columns()

    def keys(self) -> Iterator[Key]:
        with self.table.scope():
            for _, key, ways in self.table.found():
                yield key, ways

    def count(self) -> int:
        """One statement over all ways at once, straight from the declaration."""
        wanted = reduce(or_, (way.condition(self.table.model) for way in self.table.ways))
        with self.table.scope():
            return int(self.table.rows().filter(wanted).values("pk").distinct().count())

    def read(self, keys: Sequence[Key]) -> list[Row]:
        clean = self.table.model._meta.pk.to_python  # noqa: SLF001 - Django's documented Meta API
        with self.table.scope():
            return list(self._reader.read([(clean(key), ways) for key, ways in keys]))


class SectionPart:
    """What an app has registered."""

    def __init__(self, section: Section, asker: Asker) -> None:
        self._section, self._asker = section, asker
        self.label = self.name = section.name
        self.title = section.title
        self.is_given = bool(section.given_under)

    def columns(self) -> list[str]:
        return list(self._section.columns)

    def keys(self) -> Iterator[Key]:
        return ((key, ()) for key in self._section.ids(self._asker))

    def count(self) -> int:
        return self._section.count(self._asker)

    def read(self, keys: Sequence[Key]) -> list[Row]:
        found = self._section.records(self._asker, [key for key, _ in keys])
        return [
            Row({"record": key} | found[key][0], {"": found[key][1]} if found[key][1] else {})
            for key, _ in keys
            if key in found
        ]


def parts_of(asker: Asker, *, provided_only: bool) -> list[Part]:
    """What a copy is made of, in a fixed order. Raises Unrenderable."""
    tables = [TablePart(table, provided_only=provided_only) for table in tables_of(asker)]
    sections = [
        SectionPart(section, asker)
        for section in hooks.sections.values()
        if _belongs(section, provided_only=provided_only)
    ]
    return [*(part for part in tables if part.has_fields or not provided_only), *sections]


def _belongs(section: Section, *, provided_only: bool) -> bool:
    if not provided_only:
        return not section.given_under
    return bool(section.given_under) and may_be_taken_along(section.given_under)


def part_of(label: str, asker: Asker, *, provided_only: bool) -> Part:
    if label in hooks.sections:
        return SectionPart(hooks.sections[label], asker)
    return TablePart(table_of(label, asker), provided_only=provided_only)


def left_out(asker: Asker, *, provided_only: bool) -> list[dict[str, str]]:
    """Fields about the person that their copy does not hold, each with its ground."""
    return [
        {
            "table": table.name,
            "field": name,
            "ground": _ground(personal, provided_only=provided_only),
        }
        for table in tables_of(asker)
        for name, personal in table.declaration.personal_fields()
        if name not in TableReader(table, provided_only=provided_only).columns()
    ]


def _ground(personal: Personal, *, provided_only: bool) -> str:
    if personal.category == "security.credential":
        return _("Protects the account; showing it would open it to others (GDPR Art. 32).")
    if not personal.exported:
        return _("Only says in another form what is in the copy already.")
    if provided_only:
        return _("Not handed over by you on consent or a contract (GDPR Art. 20(1)).")
    return _("About somebody else as well (GDPR Art. 15(4)).")

"""The readable side of a copy: pages without scripts, rows of a conversation under it.

Streams: records come in the order in which their parts were listed, so that what belongs together
is found by reading both lists once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from privacy.paths import find_field
from privacy.registry import Personal
from privacy.rights.export.sections import Part, SectionPart, TablePart

PER_PAGE: Final = 100
Record = dict[str, Any]
Records = Callable[[], Iterator[Record]]  # each call reads from the start


@dataclass(slots=True)
class Entry:
    """A record as a page shows it: short facts, texts, and what belongs to it."""

    number: Any
    roles: Sequence[str]
    at: str
    facts: list[tuple[str, str]]
    texts: list[tuple[str, str]]
    children: list[Entry] = field(default_factory=list)
    what: str = ""

    @property
    def says_something(self) -> bool:
        """Rows that only tie others together say nothing that the others do not."""
        return bool(self.at or self.facts or self.texts or self.children)


@dataclass(frozen=True, slots=True)
class Page:
    """A file of the copy. `first` and `last` are places in the part, counted from 1."""

    path: str
    title: str
    first: int
    last: int
    content: bytes


class Reader:
    """Shows one part's records."""

    def __init__(self, part: Part, records: Records) -> None:
        self.part, self.records = part, records
        self.fields = _fields(part)

    @property
    def parent(self) -> str:
        return self.part.table.parent if isinstance(self.part, TablePart) else ""

    @property
    def parent_label(self) -> str:
        if not isinstance(self.part, TablePart) or not self.parent:
            return ""
        related = find_field(self.part.table.model, self.parent).related_model
        return str(related._meta.label)  # type: ignore[union-attr]  # noqa: SLF001 - Django's documented Meta API

    def entry(self, record: Record) -> Entry:
        made = Entry(record["record"], record.get("as", ()), "", [], [], what=self.part.title)
        for name, value in record.items():
            if name in {"record", "as", self.parent} or value in (None, "", [], {}):
                continue
            if name == "restricted" and not value:
                continue  # said when something is frozen, not of every row that is not
            self._add(made, name, value)
        return made

    def _add(self, made: Entry, name: str, value: Any) -> None:
        label, personal = self.fields.get(name, (name.replace("_", " "), None))
        if personal is None:
            _add_nested(made, label, value)
        elif personal.category.startswith("content."):
            made.texts.append((label, str(value)))
        elif personal.category == "metadata.time" and not made.at:
            made.at = _moment(value)
        elif personal.category != "identity.index":
            made.facts.append((label, _short(value)))


def pages(readers: Sequence[Reader]) -> Iterator[Page]:
    """Every page, a part at a time. Rows that belong to a record of the person stand under it."""
    labels = {reader.part.label for reader in readers}
    for reader in readers:
        children = [other for other in readers if other.parent_label == reader.part.label]
        if reader.parent_label in labels:
            parents = next(each for each in readers if each.part.label == reader.parent_label)
            yield from _pages(reader, _orphans(reader, parents))
        else:
            yield from _pages(reader, _with_children(reader, children))


def _with_children(reader: Reader, children: Sequence[Reader]) -> Iterator[Entry]:
    walks = [_Walk(child) for child in children]
    for record in reader.records():
        entry = reader.entry(record)
        for walk in walks:
            found = [walk.reader.entry(row) for row in walk.of(record["record"])]
            entry.children += [child for child in found if child.says_something]
        entry.children.sort(key=lambda child: child.at)
        yield entry


def _orphans(reader: Reader, parents: Reader) -> Iterator[Entry]:
    """Rows whose parent is somebody else's, such as a message in another's conversation."""
    walk = _Walk(reader)
    for record in parents.records():
        for found in walk.before(record["record"]):
            yield reader.entry(found)
        for _found in walk.of(record["record"]):
            pass
    for found in walk.rest():
        yield reader.entry(found)


class _Walk:
    """Goes through a part's records by their parent, once."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._records = reader.records()
        self._next = next(self._records, None)

    def of(self, parent: Any) -> Iterator[Record]:
        for _skipped in self.before(parent):
            pass
        while self._next is not None and self._next[self.reader.parent] == parent:
            yield self._taken()

    def before(self, parent: Any) -> Iterator[Record]:
        while self._next is not None and self._next[self.reader.parent] < parent:
            yield self._taken()

    def rest(self) -> Iterator[Record]:
        while self._next is not None:
            yield self._taken()

    def _taken(self) -> Record:
        assert self._next is not None  # noqa: S101 - callers have looked
        found, self._next = self._next, next(self._records, None)
        return found


def _pages(reader: Reader, entries: Iterable[Entry]) -> Iterator[Page]:
    first, held = 1, list[Entry]()
    for entry in entries:
        held.append(entry)
        if len(held) == PER_PAGE:
            yield _page(reader.part, held, first)
            first, held = first + PER_PAGE, []
    if held:
        yield _page(reader.part, held, first)


def _page(part: Part, entries: Sequence[Entry], first: int) -> Page:
    context = {
        "title": part.title,
        "entries": entries,
        "language": get_language(),
        "home": "../index.html",
        "style": "../style.css",
    }
    return Page(
        path=f"pages/{part.name}-{first:06}.html",
        title=part.title,
        first=first,
        last=first + len(entries) - 1,
        content=render_to_string("privacy/export/page.html", context).encode(),
    )


def _fields(part: Part) -> dict[str, tuple[str, Personal]]:
    if isinstance(part, SectionPart):
        return {}
    personal = dict(part.table.declaration.personal_fields())  # type: ignore[attr-defined]  # a TablePart
    return {
        name: (str(find_field(part.table.model, name).verbose_name), personal[name])  # type: ignore[attr-defined]  # as above
        for name in part.columns()
        if name in personal
    }


def _add_nested(made: Entry, label: str, value: Any) -> None:
    """What a section says: lists of records become entries of their own."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for each in value:
            child = Entry("", (), "", [], [], what=label)
            for name, inner in each.items():
                if inner not in (None, "", [], {}):
                    child.facts.append((name.replace("_", " "), _short(inner)))
            made.children.append(child)
    else:
        made.facts.append((label, _short(value)))


def _moment(value: str) -> str:
    return value.replace("T", " ").replace("+00:00", " UTC")


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_short(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_short(each) for each in value)
    return _moment(value) if isinstance(value, str) and value.endswith("+00:00") else str(value)

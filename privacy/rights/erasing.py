"""Carrying an erasure out, chunk by chunk. Knows nothing of plans: it reports to a `Progress`.

Idempotent: whatever is gone stays gone, and starting again goes on where it ended. Each chunk is
one transaction, together with what is noted about it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.db import connection

from kaizo.core import clock
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.rights.graph import (
    CHUNK,
    HOLDS,
    Edge,
    ErasureGraph,
    Group,
    Wanted,
    deletion,
    graph_of,
)
from privacy.rights.holds import Kept, held_rows, kept_rows
from privacy.rights.hooks import Store, hooks
from privacy.rights.people import Person

StepName = tuple[str, str, str]  # action, label, role
Changes = dict[StepName, int]


class Progress(Protocol):
    """Where an erasure says what it has done."""

    def wants(self, name: StepName) -> bool:
        """Whether there is something to do for this step."""
        ...

    def add(self, changes: Changes) -> None:
        """Rows changed by a chunk, inside its transaction."""
        ...


class Everything:
    """Does all of it and notes nothing: for a replay after a restore."""

    def wants(self, name: StepName) -> bool:  # noqa: ARG002 - the protocol's signature
        return True

    def add(self, changes: Changes) -> None:
        """Nobody asks."""


class Staying:
    """Which rows stay, by kind of person, as one transaction has found it: looked up anew for each,
    so that a hold which is opened meanwhile counts, and only when it is asked for."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._found: dict[str, Kept] | None = None

    @property
    def is_known(self) -> bool:
        return self._found is not None

    def is_nothing(self) -> None:
        """Somebody has looked: there is no hold."""
        self._found = {}

    def of(self, kind: str, label: str) -> list[int]:
        if self._found is None:
            self._found = kept_in(self._person)
        return sorted(self._found.get(kind, {}).get(label, ()))


# (most rows to take, what stays) -> rows taken, and what changed.
Chunk = Callable[[int, Staying], tuple[int, Changes]]


@dataclass(frozen=True, slots=True)
class _Work:
    """One thing to do until it is done: `chunk` takes at most so many rows and says how many it
    took, and what changed."""

    names: tuple[StepName, ...]
    chunk: Chunk


def erase_rows(person: Person, progress: Progress, *, seconds: float = 3600.0) -> bool:
    """Erase what may go; False when the time ran out first. Outside any scope.

    A transaction takes CHUNK rows with all that hangs on them; small things share one.
    """
    until = time.monotonic() + seconds
    works = deque(work for work in _works(person, progress) if any(map(progress.wants, work.names)))
    while works:
        if time.monotonic() > until:
            return False
        with tenant_scope(person.organisation_id, purpose=Purpose.STORAGE):
            changes = _transaction(works, Staying(person))
            if changes:
                progress.add(changes)
    return True


def kept_in(person: Person) -> dict[str, Kept]:
    """Which rows stay, by kind of person. Inside the tenant's scope."""
    held = held_rows()
    return {
        kind: kept_rows(graph_of(kind), subject_ids, held) if held else {}
        for kind, subject_ids in person.by_kind()
    }


def _transaction(works: deque[_Work], kept: Staying) -> Changes:
    """Do as much as fits; takes what is finished off the list."""
    changes: Changes = {}
    left = CHUNK
    while works and left > 0:
        taken, changed = works[0].chunk(left, kept)
        for name, rows in changed.items():
            changes[name] = changes.get(name, 0) + rows
        if taken < left:
            works.popleft()
        left -= taken
    return changes


def _works(person: Person, progress: Progress) -> Iterator[_Work]:
    """In order: what is inside others' rows, links, then rows with what hangs on them."""
    for store in hooks.stores.values():
        yield _Work((("store", store.name, ""),), _store_chunk(person, store))
    for kind, subject_ids in person.by_kind():
        graph = graph_of(kind)
        chunks = _Chunks(person.organisation_id, kind, subject_ids)
        for edge in graph.unlinks:
            yield _Work((chunks.name(edge),), chunks.unlink(edge))
        for wanted in _batches(graph, chunks, progress):
            names = tuple(chunks.name(edge) for group, _ in wanted for edge in group.edges)
            yield _Work(names, chunks.delete(wanted))


def _batches(graph: ErasureGraph, chunks: _Chunks, progress: Progress) -> Iterator[list[Wanted]]:
    """Groups whose rows one statement can delete: those without hooks, after one that may have
    some, since hooks are told which rows are about to go."""
    batch: list[Wanted] = []
    for group in graph.groups:
        if not any(progress.wants(chunks.name(edge)) for edge in group.edges):
            continue
        if batch and group.root.label in hooks.rows:
            yield batch
            batch = []
        batch.append((group, tuple(e for e in group.dependents if progress.wants(chunks.name(e)))))
    if batch:
        yield batch


def _store_chunk(person: Person, store: Store) -> Chunk:
    """A store says that nothing is left by 0; before that it gets the next transaction, too."""

    def chunk(limit: int, _kept: Staying) -> tuple[int, Changes]:
        changed = store.erase(person.organisation_id, person.subject_ids, limit)
        return (limit, {("store", store.name, ""): changed}) if changed else (0, {})

    return chunk


class _Chunks:
    """Statements about one kind of record."""

    def __init__(self, organisation_id: int, kind: str, subject_ids: Sequence[UUID]) -> None:
        self.organisation_id = organisation_id
        self.kind = kind
        self.subject_ids = subject_ids

    def name(self, edge: Edge) -> StepName:
        return edge.action, edge.label, f"{self.kind}/{edge.role}"

    def unlink(self, edge: Edge) -> Chunk:
        def chunk(limit: int, kept: Staying) -> tuple[int, Changes]:
            ids = self._pick(edge, limit, kept)
            if not ids:
                return 0, {}
            for hook in hooks.links.get((edge.label, edge.path[0]), ()):
                hook(self.organisation_id, ids)
            with connection.cursor() as cursor:
                cursor.execute(edge.unlink(), {"ids": ids})
                return len(ids), {self.name(edge): cursor.rowcount}

        return chunk

    def delete(self, batch: Sequence[Wanted]) -> Chunk:
        """The first group's rows, and with the last of them the others'."""
        first = batch[0][0]
        given = first.root.label in hooks.rows

        def chunk(limit: int, kept: Staying) -> tuple[int, Changes]:
            if not given:
                return self._delete(batch, limit, kept)
            ids = self._pick(first.root, limit, kept)
            if not ids:
                return self._delete(batch[1:], limit, kept)
            changed = self._run_hooks(first, ids)
            groups = batch if len(ids) < limit else batch[:1]
            taken, changes = self._delete(groups, limit, kept, ids)
            for name in map(self.name, first.edges):
                if rows := changed.pop(name[1], 0):
                    changes[name] = changes.get(name, 0) + rows
            return taken, changes

        return chunk

    def _delete(
        self,
        groups: Sequence[Wanted],
        limit: int,
        kept: Staying,
        ids: Sequence[int] | None = None,
    ) -> tuple[int, Changes]:
        """Rows of groups, of the first one those with `ids` if given. Says that `limit` was taken
        as long as there may be more."""
        if not groups:
            return 0, {}
        roots = enumerate(group.root for group, _ in groups)
        stays = {f"kept{n}": kept.of(self.kind, root.label) for n, root in roots}
        parameters = self._parameters(limit, ids=ids, **stays)
        with connection.cursor() as cursor:
            cursor.execute(deletion(tuple(groups), given=ids is not None), parameters)
            counts = iter(cursor.fetchone())
        taken = 0
        changes: Changes = {}
        for group, edges in groups:
            for edge in (*edges, group.root):
                if rows := next(counts):
                    name = self.name(edge)
                    changes[name] = changes.get(name, 0) + rows
            taken = limit if rows >= limit else taken + rows
        return min(taken, limit), changes

    def _parameters(self, limit: int, **more: object) -> dict[str, Any]:
        return {"subjects": [str(each) for each in self.subject_ids], "limit": limit, **more}

    def _pick(self, edge: Edge, limit: int, kept: Staying) -> list[int]:
        """Looks for holds in the same round trip if nobody has, and once more for rows if there
        are any."""
        if not kept.is_known:
            parameters = self._parameters(limit, kept=[], now=clock.now())
            rows = self._rows(edge.select(also=HOLDS), parameters)
            if not any(held for _, held in rows):
                if rows:
                    kept.is_nothing()
                return [row_id for row_id, _ in rows]
        parameters = self._parameters(limit, kept=kept.of(self.kind, edge.label))
        return [row_id for (row_id,) in self._rows(edge.select(), parameters)]

    def _rows(self, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

    def _run_hooks(self, group: Group, ids: Sequence[int]) -> dict[str, int]:
        changed: dict[str, int] = {}
        for hook in hooks.rows.get(group.root.label, ()):
            for label, rows in hook(self.organisation_id, ids).items():
                changed[label] = changed.get(label, 0) + rows
        return changed

"""Collecting a copy, chunk by chunk. Each chunk is one transaction together with what is noted
about it, so that a run can be killed anywhere and the next one goes on.

The rows of a part are listed once, with the ways that lead to them, and counted by another way;
then they are read in chunks of that list. Nothing of it is held in memory.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.models import Subject, SubjectState
from privacy.rights import states
from privacy.rights.export.models import ExportPackage, ExportPart
from privacy.rights.export.people import asker_of
from privacy.rights.export.reading import Key, Row
from privacy.rights.export.review.marking import note_risks
from privacy.rights.export.sections import Part, part_of, parts_of
from privacy.rights.export.spool import Spool
from privacy.rights.hooks import Asker
from privacy.subjects import closed_subjects

CHUNK: Final = 500
_LISTINGS: Final = 3  # rows may come and go between the two ways of counting
_State = ExportPart.State
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class BeingErased(Exception):  # noqa: N818 - reads as what happened
    """The person is being erased: nothing is copied that is about to go."""


class NotAsPlanned(Exception):  # noqa: N818 - as above
    """Two ways of counting a part's rows do not agree; `label` says which part."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


def provided_only(package: ExportPackage) -> bool:
    return bool(package.request.kind == states.Kind.PORTABILITY)


def prepare(package: ExportPackage) -> None:
    """Note what the copy is made of. In the tenant's scope. Idempotent. Raises Unrenderable."""
    asker = asker_of(package.request)
    ExportPart.objects.bulk_create(
        [
            ExportPart(
                organisation_id=package.organisation_id,
                package=package,
                position=position,
                label=part.label,
            )
            for position, part in enumerate(parts_of(asker, provided_only=provided_only(package)))
        ],
        ignore_conflicts=True,
    )


def collect(package: ExportPackage, *, seconds: float) -> bool:
    """Collect what is left to do; False when the time ran out first. Outside any scope.

    Raises NotReadYet, Unrenderable, NotAsPlanned and BeingErased; what was done until then stays.
    """
    until = time.monotonic() + seconds
    with _scope(package):
        asker = asker_of(package.request)
        spool = Spool(package)
        rows = list(ExportPart.objects.filter(package=package).order_by("position"))
    for row in rows:
        if row.state == _State.DONE:
            continue
        work = _Work(package, row, part_of(row.label, asker, provided_only=provided_only(package)))
        if not work.finish(asker, spool, until):
            return False
    return True


class _Work:
    """One part, and how far it is."""

    def __init__(self, package: ExportPackage, row: ExportPart, part: Part) -> None:
        self.package, self.row, self.part = package, row, part

    def finish(self, asker: Asker, spool: Spool, until: float) -> bool:
        """Every run gets something done, however short its time."""
        if self.row.state == _State.PENDING:
            with _scope(self.package):
                self._list(spool)
        for keys in spool.frames(listing(self.row), first=self.row.frames):
            with _scope(self.package):
                refuse_the_erased(asker)
                self._read(spool, _decode(keys))
            if time.monotonic() > until:
                return False
        if self.row.state != _State.DONE:
            with _scope(self.package):
                self._note(state=_State.DONE)
        return time.monotonic() <= until

    def _list(self, spool: Spool) -> None:
        for _ in range(_LISTINGS):
            counted = _Counted(self.part.keys())
            spool.append(listing(self.row), map(_encode, _chunks(counted)))
            if counted.so_far == self.part.count():
                state = _State.RUNNING if counted.so_far else _State.DONE
                self._note(state=state, planned=counted.so_far)
                return
        raise NotAsPlanned(self.part.label)

    def _read(self, spool: Spool, keys: list[Key]) -> None:
        found = self.part.read(keys)
        frame = _encode([[row.record, row.removed] for row in found])
        length = spool.append(
            records(self.row), [frame], at=self.row.frames, length=self.row.length
        )
        note_risks(self.package, self.row.label, found)
        self._note(
            frames=self.row.frames + 1,
            length=length,
            written=self.row.written + len(found),
            omitted=self.row.omitted + len(keys) - len(found),
            removed=self.row.removed + sum(map(_removed, found)),
        )

    def _note(self, **changes: Any) -> None:
        ExportPart.objects.filter(pk=self.row.pk).update(**changes)
        for name, value in changes.items():
            setattr(self.row, name, value)


def listing(part: ExportPart) -> str:
    """The working file with the rows of a part."""
    return f"{part.position:03}.keys"


def records(part: ExportPart) -> str:
    """The working file with the records of a part."""
    return f"{part.position:03}.records"


def read_back(spool: Spool, part: ExportPart) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(record, removed) of everything that was collected of a part."""
    if part.frames:
        for frame in spool.frames(records(part)):
            yield from _decode(frame)


def refuse_the_erased(asker: Asker) -> None:
    """Raise BeingErased if the person is. Keeps an erasure from starting until the caller's
    transaction ends. Whoever has been erased may still have a copy of what stays about them."""
    if closed := closed_subjects(asker.subject_ids):
        at_work = Subject.objects.filter(pk__in=closed, state=SubjectState.ERASING)
        if at_work.exists():
            raise BeingErased


class _Counted:
    """Passes things on and counts them."""

    def __init__(self, things: Iterable[Key]) -> None:
        self._things, self.so_far = things, 0

    def __iter__(self) -> Iterator[Key]:
        for thing in self._things:
            self.so_far += 1
            yield thing


def _chunks(keys: Iterable[Key]) -> Iterator[list[Key]]:
    held: list[Key] = []
    for key in keys:
        held.append(key)
        if len(held) == CHUNK:
            yield held
            held = []
    if held:
        yield held


def _removed(row: Row) -> int:
    return sum(sum(counts.values()) for counts in row.removed.values())


def _scope(package: ExportPackage) -> Any:
    return tenant_scope(package.organisation_id, purpose=Purpose.SUBJECT_ACCESS)

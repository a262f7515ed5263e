"""The freeze itself: a subject's state, and its mirror on every row that is frozen with them.

Which rows those are is derived from the declarations; the database's own policies do the rest
(`kaizo.core.migrations.EnableRestriction`). Everything here runs inside the tenant's scope, for a
purpose that sees frozen rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from kaizo.core.tenancy import IN_SCOPE, Purpose, purpose_scope
from privacy.models import Subject, SubjectState
from privacy.registry import Registry, registry
from privacy.rights.graph import Edge
from privacy.rights.hooks import hooks

# Whoever is frozen, as the end of a path to a subject.
_FROZEN = f"IN (SELECT id FROM privacy_subject WHERE {IN_SCOPE} AND state = 'restricted')"  # noqa: S608 - our own names


def freeze(organisation_id: int, subject_ids: Collection[UUID]) -> int:
    """Freeze what is held about these people; how many rows that are. Idempotent.

    The state comes first: whoever is writing about them (`closed_subjects` shares the lock) is
    waited for, and what they have written is frozen as well. An erasure goes before a freeze.
    """
    with purpose_scope(Purpose.STORAGE):
        Subject.objects.filter(pk__in=subject_ids, state=SubjectState.ACTIVE).update(
            state=SubjectState.RESTRICTED
        )
        for hook in hooks.freezing:
            hook(organisation_id, subject_ids)
        return mirror(subject_ids)


def mirror(subject_ids: Collection[UUID]) -> int:
    """Mark the rows of people who are frozen, those that came since as well. Idempotent."""
    if not subject_ids:
        return 0
    parameters = {"subjects": [str(subject_id) for subject_id in subject_ids]}
    return _run((_mark(edge) for edges in _edges().values() for edge in edges), parameters)


def thaw(organisation_id: int, subject_ids: Collection[UUID]) -> int:
    """Give back what nobody else has had frozen. Idempotent."""
    with purpose_scope(Purpose.STORAGE):
        Subject.objects.filter(pk__in=subject_ids, state=SubjectState.RESTRICTED).update(
            state=SubjectState.ACTIVE
        )
        parameters = {"subjects": [str(subject_id) for subject_id in subject_ids]}
        changed = _run(
            (_unmark(edge, edges) for edges in _edges().values() for edge in edges), parameters
        )
        for hook in hooks.thawing:
            hook(organisation_id, subject_ids)
        return changed


def frozen_tables() -> list[str]:
    """The tables with rows that can be frozen."""
    return sorted(_edges())


@cache
def _edges() -> dict[str, list[Edge]]:
    return edges_of(registry)


def edges_of(declared: Registry) -> dict[str, list[Edge]]:
    """The ways by which rows are frozen, by table. Children before what they hang on, so that the
    order in which rows are locked is an erasure's."""
    found: dict[str, list[Edge]] = defaultdict(list)
    for declaration in declared.declarations():
        for way in declaration.freezing:
            path = tuple(way.path.split("__"))
            edge = Edge(declaration.model, path, way.on_erase, way.role)
            found[edge.table].append(edge)
    return dict(sorted(found.items(), key=lambda item: -max(len(e.path) for e in item[1])))


def _mark(edge: Edge) -> str:
    return (
        f'UPDATE "{edge.table}" SET restricted = true'  # noqa: S608 - our own names
        f" WHERE {IN_SCOPE} AND {edge.condition()} AND NOT restricted"
    )


def _unmark(edge: Edge, ways: Sequence[Edge]) -> str:
    still = " OR ".join(way.condition(end=_FROZEN) for way in ways)
    return (
        f'UPDATE "{edge.table}" SET restricted = false'  # noqa: S608 - our own names
        f" WHERE {IN_SCOPE} AND {edge.condition()} AND restricted AND ({still}) IS NOT TRUE"
    )


def _run(statements: Iterator[str], parameters: dict[str, Any]) -> int:
    changed = 0
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, parameters)
            changed += cursor.rowcount
    return changed

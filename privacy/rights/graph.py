"""From declarations to statements: what an erasure deletes, unlinks and keeps, and in what order.

Rows that hang on others go with them, chunk by chunk: a chunk is some tickets and everything on
them. Every statement names its organisation in the policy's words and reaches rows by an index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models

from kaizo.core.tenancy import IN_SCOPE
from privacy.models import Subject
from privacy.paths import SELF, find_field, target_of
from privacy.registry import Declaration, OnErase, Registry, Via, registry

CHUNK = 500
# Whether the organisation has a hold in force, which few have.
HOLDS = (
    f"EXISTS (SELECT FROM privacy_rights_legalhold WHERE {IN_SCOPE} AND released_at IS NULL"
    " AND approved_at IS NOT NULL AND expires_at > %(now)s)"
)
_VAULT = "vault"
Model = type[models.Model]


class Unplannable(ValueError):  # noqa: N818 - reads as what happened
    """A declaration that no statement can carry out. Fails closed."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from rows of a model to the person."""

    model: Model
    path: tuple[str, ...]
    action: OnErase
    role: str
    cascades: bool = False

    @property
    def label(self) -> str:
        return self.model._meta.label  # noqa: SLF001 - Django's documented Meta API

    @property
    def table(self) -> str:
        return self.model._meta.db_table  # noqa: SLF001 - as above

    @property
    def cuts(self) -> bool:
        """Whether unlinking happens on this row. Otherwise a row on the way does it."""
        return bool(find_field(self.model, self.path[0]).null)

    def select(self, kept: str = "kept", *, also: str = "") -> str:
        """Ids of rows about the people, of those not kept, locked; skips what others hold. `kept`
        names the parameter that lists what stays, `also` a second column."""
        order = f" ORDER BY {', '.join(self.order)}" if self.order else ""
        return (
            f'SELECT id{also and ", "}{also} FROM "{self.table}"'  # noqa: S608 - our own names
            f" WHERE {IN_SCOPE} AND {self.condition()}"
            f" AND id <> ALL(%({kept})s){order} LIMIT %(limit)s FOR UPDATE SKIP LOCKED"
        )

    @property
    def order(self) -> tuple[str, ...]:
        """The order in which the index that finds the rows has them, if that says more than whose
        they are: a chunk then takes what belongs together."""
        for index in self.model._meta.indexes if len(self.path) == 1 else ():  # noqa: SLF001 - as above
            tenant, *fields = index.fields
            if tenant == "organisation" and fields[0] == self.path[0] and fields[1:]:
                return tuple(f'"{find_field(self.model, name).column}"' for name in fields)
        return ()

    def count(self) -> str:
        return f'SELECT count(*) FROM "{self.table}" WHERE {IN_SCOPE} AND {self.condition()}'  # noqa: S608 - our own names

    def unlink(self) -> str:
        column = find_field(self.model, self.path[0]).column
        return (
            f'UPDATE "{self.table}" SET "{column}" = NULL'  # noqa: S608 - our own names
            f" WHERE {IN_SCOPE} AND id = ANY(%(ids)s)"
        )

    def condition(self, end: str = "ANY(%(subjects)s::uuid[])", keys: int | None = None) -> str:
        """`path` followed to `end`; `keys` takes only its first ones."""
        return _follow(self.model, self.path[:keys], end)


def _follow(model: Model, path: Sequence[str], end: str) -> str:
    field = find_field(model, path[0])
    if len(path) == 1:
        return f'"{field.column}" {end if end.startswith("IN ") else f"= {end}"}'
    target = target_of(field)
    table = target._meta.db_table  # noqa: SLF001 - Django's documented Meta API
    inner = _follow(target, path[1:], end)
    return f'"{field.column}" IN (SELECT id FROM "{table}" WHERE {IN_SCOPE} AND {inner})'  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of `root` and what goes with them, children first."""

    root: Edge
    dependents: tuple[Edge, ...]

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (*self.dependents, self.root)

    @property
    def models(self) -> frozenset[Model]:
        return frozenset(edge.model for edge in self.edges)

    def deletes(self, edges: Sequence[Edge], roots: str) -> Iterator[str]:
        """Deletes what hangs on the rows `roots` (a condition's end) by `edges`, and those rows
        last. Other dependents go, and links are cut, by the database's own cascade."""
        for edge in edges:
            keys = len(edge.path) - len(self.root.path)
            change = _count if edge.cascades else _delete
            yield change(edge.table, edge.condition(end=roots, keys=keys))
        yield _delete(self.root.table, f"id = {roots}")


def _delete(table: str, condition: str) -> str:
    return f'DELETE FROM "{table}" WHERE {IN_SCOPE} AND {condition} RETURNING 1'  # noqa: S608 - our own names


def _count(table: str, condition: str) -> str:
    """As they are before the statement does anything."""
    return f'SELECT 1 FROM "{table}" WHERE {IN_SCOPE} AND {condition}'  # noqa: S608 - our own names


Wanted = tuple[Group, tuple[Edge, ...]]  # a group, and which of its dependents to delete


@cache
def deletion(wanted: tuple[Wanted, ...], *, given: bool) -> str:
    """One statement that deletes a chunk of each group's roots with what hangs on them. It finds
    the roots itself (`limit`, and `kept` with the group's number), but those of the first group if
    they are `given` as `ids`. Returns rows per edge in that order, a root after its dependents."""
    parts: list[str] = []
    count = 0
    for number, (group, edges) in enumerate(wanted):
        roots = "ANY(%(ids)s)"
        if number or not given:
            chosen = group.root.select(kept=f"kept{number}")
            parts.append(f"p{number} AS MATERIALIZED ({chosen})")
            roots = f"ANY(ARRAY(SELECT id FROM p{number}))"  # noqa: S608 - our own names
        for statement in group.deletes(edges, roots):
            parts.append(f"d{count} AS ({statement})")
            count += 1
    counts = ", ".join(f"(SELECT count(*) FROM d{number})" for number in range(count))  # noqa: S608 - our own names
    return f"WITH {', '.join(parts)} SELECT {counts}"


@dataclass(frozen=True, slots=True)
class ErasureGraph:
    """`through`: ways on which another row's unlinking does it. `kept`: what stays, and why."""

    unlinks: tuple[Edge, ...]
    groups: tuple[Group, ...]
    through: tuple[Edge, ...]
    kept: tuple[tuple[Edge, Declaration], ...]

    @property
    def deletes(self) -> tuple[Edge, ...]:
        return tuple(edge for group in self.groups for edge in group.edges)

    @property
    def changing(self) -> tuple[Edge, ...]:
        return (*self.unlinks, *self.deletes)


@cache
def graph_of(kind: str) -> ErasureGraph:
    """The product's own graph for a kind of person ("customer", "agent")."""
    return build_graph(registry, kind)


def build_graph(declared: Registry, kind: str) -> ErasureGraph:
    """Raises Unplannable when something declared could not be carried out."""
    ways = list(_ways(declared, kind))
    edges = [edge for edge, _declaration in ways]
    unlinks = [edge for edge in edges if edge.action == "unlink"]
    return ErasureGraph(
        unlinks=tuple(edge for edge in unlinks if edge.cuts and not edge.cascades),
        groups=tuple(
            _in_order(_groups([edge for edge in edges if edge.action == "delete" or edge.cascades]))
        ),
        through=tuple(edge for edge in unlinks if not edge.cuts),
        kept=tuple((edge, declaration) for edge, declaration in ways if edge.action == "keep"),
    )


def _ways(declared: Registry, kind: str) -> Iterator[tuple[Edge, Declaration]]:
    for declaration in declared.declarations():
        model = declaration.model
        if model is Subject or model._meta.app_label == _VAULT:  # noqa: SLF001 - as above
            continue
        for via in declaration.subject:
            if via.person == kind and (edge := _edge(model, via)):
                yield edge, declaration


def _edge(model: Model, via: Via) -> Edge | None:
    edge = Edge(model, tuple(via.path.split("__")), via.on_erase, via.role, via.cascades)
    if via.on_erase != "keep" and model._meta.pk.column != "id":  # noqa: SLF001 - as above
        msg = f"{edge.label}: its key is not called id."
        raise Unplannable(msg)
    if not via.by_value and via.path != SELF:
        return edge
    if via.by_value and isinstance(find_field(model, edge.path[-1]), models.UUIDField):
        return edge
    if via.on_erase == "keep":
        return None
    msg = f"{edge.label}: nothing can be found by {via.path!r}."
    raise Unplannable(msg)


def _groups(edges: Sequence[Edge]) -> list[Group]:
    by_way = {(edge.model, edge.path): edge for edge in edges}

    def parent(edge: Edge) -> Edge | None:
        if len(edge.path) == 1:
            return None
        return by_way.get((target_of(find_field(edge.model, edge.path[0])), edge.path[1:]))

    def root(edge: Edge) -> Edge:
        above = parent(edge)
        return edge if above is None else root(above)

    members: dict[Edge, list[Edge]] = {}
    for edge in edges:
        members.setdefault(root(edge), []).append(edge)
    for top in members:
        if top.cascades:
            msg = f"{top.label}: nothing that is deleted takes its link along."
            raise Unplannable(msg)
    return [
        Group(top, tuple(sorted((e for e in found if e != top), key=lambda e: -len(e.path))))
        for top, found in members.items()
    ]


def _in_order(groups: list[Group]) -> Iterator[Group]:
    """Whoever points at another group's rows goes before it."""
    left = list(groups)
    while left:
        free = [
            group
            for group in left
            if not any(_points_at(other, group) for other in left if other is not group)
        ]
        if not free:
            names = ", ".join(group.root.label for group in left)
            msg = f"These wait for each other: {names}."
            raise Unplannable(msg)
        yield from free
        left = [group for group in left if group not in free]


def _points_at(group: Group, other: Group) -> bool:
    targets = {target for model in group.models for target in targets_of(model).values()}
    return bool(targets & other.models)


def targets_of(model: Model) -> dict[str, Any]:
    """The models that a model's keys lead to, by key."""
    return {
        field.name: field.related_model
        for field in model._meta.concrete_fields  # noqa: SLF001 - Django's documented Meta API
        if isinstance(field, models.ForeignKey) and field.related_model is not model
    }


def statements(graph: ErasureGraph) -> Iterable[tuple[str, str]]:
    """Every statement that an erasure may run, with a name: for the test that explains them."""
    for edge in (*graph.unlinks, *(group.root for group in graph.groups)):
        yield f"select {edge.label} ({edge.role})", edge.select()
        yield f"select and look {edge.label} ({edge.role})", edge.select(also=HOLDS)
    for edge in graph.changing:
        yield f"count {edge.label} ({edge.role})", edge.count()
    for edge in graph.unlinks:
        yield f"unlink {edge.label} ({edge.role})", edge.unlink()
    wanted = tuple((group, group.dependents) for group in graph.groups)
    for each in wanted:
        yield f"delete {each[0].root.label}", deletion((each,), given=True)
    yield "delete everything", deletion(wanted, given=False)

"""Declared tables as parts of a copy: which rows are about the person, and what of them they see.

Derived from the declarations alone. A way or a field that cannot be followed or read raises
Unrenderable: a copy that left it out in silence would be no copy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import groupby
from typing import Any, Final

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from privacy.paths import SELF, find_field, target_of
from privacy.registry import Declaration, Personal, Registry, Via, registry
from privacy.rights.hooks import Asker, hooks
from privacy.rights.people import Person, identifiers_of
from privacy.vault.scope import vault_scope

VAULT: Final = "vault"
# What a row that is mainly about somebody else still tells of whoever took part in it.
_OF_TAKING_PART: Final = frozenset(
    {
        "identity.source", "metadata.state", "metadata.time", "preference", "work.activity",
        "work.role",
    }
)  # fmt: skip
# What somebody hands over themselves (GDPR Art. 20(1)).
PROVIDED: Final = frozenset(
    {
        "contact.email", "contact.phone", "contact.profile", "content.message", "identity.name",
        "opinion.rating", "preference",
    }
)  # fmt: skip
_AT_ONCE = 2_000


class Unrenderable(Exception):  # noqa: N818 - reads as what happened
    """Something declared that the copy cannot show. Fails closed; `label` says what."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


@dataclass(frozen=True, slots=True)
class Way:
    """One of a declaration's ways to the person, with the values at its end."""

    via: Via
    values: Sequence[Any]

    @property
    def role(self) -> str:
        return self.via.role or self.via.person

    def condition(self, model: type[models.Model]) -> Q:
        if self.via.path == SELF:
            return Q(pk__in=self.values)
        if isinstance(_end(model, self.via.path), ArrayField):
            return Q(**{f"{self.via.path}__overlap": list(self.values)})
        return Q(**{f"{self.via.path}__in": self.values})


@dataclass(frozen=True)
class Table:
    """The rows of one declared model about one person."""

    declaration: Declaration
    asker: Asker

    @property
    def model(self) -> type[models.Model]:
        return self.declaration.model

    @property
    def label(self) -> str:
        return self.declaration.label

    @property
    def name(self) -> str:
        return self.label.lower().replace(".", "_")

    @property
    def title(self) -> str:
        name = registry.name_of(self.label)
        if name == self.label:  # nobody is told of it elsewhere
            return str(self.model._meta.verbose_name_plural)  # noqa: SLF001 - Django's documented Meta API
        return name

    @cached_property
    def ways(self) -> list[Way]:
        """In the order in which they are declared; those that lead to nobody are left out."""
        ways = [Way(via, self._values(via)) for via in self.declaration.subject]
        return [way for way in ways if way.values]

    def scope(self) -> AbstractContextManager[None]:
        """Where its rows are: besides the tenant's scope, which the caller holds."""
        if self.is_in_vault:
            return vault_scope(self.asker.organisation_id)
        return nullcontext()

    @property
    def is_in_vault(self) -> bool:
        return self.model._meta.app_label == VAULT  # noqa: SLF001 - Django's documented Meta API

    def rows(self) -> models.QuerySet[Any]:
        found = self.model._default_manager.all()  # noqa: SLF001 - Django's documented API
        if self.is_in_vault:
            return found.filter(organisation_id=self.asker.organisation_id)
        return found

    @cached_property
    def parent(self) -> str:
        """The key to the row that these stand under, such as a message's ticket; empty if none."""
        for way in self.ways:
            key, _, rest = way.via.path.partition("__")
            if rest and way.via.on_erase == "delete" and not way.via.by_value:
                target = registry.personal.get(target_of(find_field(self.model, key)))
                if target and any(
                    via.path == rest and via.on_erase == "delete" for via in target.subject
                ):
                    return key
        return ""

    def found(self) -> Iterator[tuple[Any, Any, tuple[int, ...]]]:
        """(parent, row, ways by their place) of every row, ordered. Streams: flat in memory."""
        streams = [self._keys_of(number, way) for number, way in enumerate(self.ways)]
        for (parent, key), found in groupby(merge(*streams), key=lambda each: each[:2]):
            yield parent, key, tuple(number for _, _, number in found)

    def _keys_of(self, number: int, way: Way) -> Iterator[tuple[Any, Any, int]]:
        columns = [f"{self.parent}_id"] if self.parent else []
        rows = self.rows().filter(way.condition(self.model)).order_by(*columns, "pk")
        found = rows.values_list(*columns, "pk").iterator(_AT_ONCE)
        return ((key[0] if self.parent else 0, key[-1], number) for key in found)

    def visible(self, ways: Iterable[int]) -> dict[str, Personal]:
        """What the person sees of a row that these ways lead to."""
        chosen = [self.ways[number].via for number in ways]
        return {
            name: personal
            for name, personal in self.declaration.personal_fields()
            if any(sees(self.declaration, via, name, personal) for via in chosen)
        }

    def _values(self, via: Via) -> Sequence[Any]:
        own: Collection[Any] = {
            "customer": self.asker.customers,
            "agent": self.asker.agents,
            "user": [self.asker.user_id] if self.asker.user_id else [],
        }[via.person]
        if not own or not via.by_value:
            return sorted(own, key=str)
        return self._by_value(via, sorted(own, key=str))

    def _by_value(self, via: Via, own: Sequence[Any]) -> Sequence[Any]:
        finder = hooks.values.get((self.label, via.path))
        if finder is not None:
            return sorted(finder(self.asker), key=str)
        end = _end(self.model, via.path)
        inner = end.base_field if isinstance(end, ArrayField) else end
        if isinstance(inner, models.UUIDField) or (
            via.person == "user" and isinstance(inner, models.IntegerField)
        ):
            return own
        if isinstance(inner, models.BinaryField):
            kinds = dict.fromkeys(own, via.person)
            found = identifiers_of(Person(self.asker.organisation_id, kinds))
            return sorted(set().union(*found.values()))
        raise Unrenderable(f"{self.label}.{via.path}")


def tables_of(asker: Asker, declared: Registry = registry) -> list[Table]:
    """Every declared table with a way to the person, in a fixed order. Raises Unrenderable."""
    found = [Table(declaration, asker) for declaration in declared.declarations()]
    return [table for table in found if table.ways]


def table_of(label: str, asker: Asker) -> Table:
    return Table(registry.personal[apps.get_model(label)], asker)


def sees(declaration: Declaration, via: Via, name: str, personal: Personal) -> bool:
    """Whether a copy for the person at the end of `via` shows the field."""
    if not personal.exported or _names_another(declaration, via, name):
        return False
    if via.person == "customer" and personal.category.startswith("work."):
        return False  # how an agent works is no customer's data
    if via.sees_all:
        return True
    return personal.category in _OF_TAKING_PART and not (personal.sensitive or personal.free_text)


def _names_another(declaration: Declaration, via: Via, name: str) -> bool:
    """A column of ids names whoever its own way leads to, and nobody else learns it."""
    named = {way.path for way in declaration.subject if way.by_value}
    return name in named and name != via.path


def _end(model: type[models.Model], path: str) -> models.Field[Any, Any]:
    *keys, last = path.split("__")
    for key in keys:
        model = target_of(find_field(model, key))
    return find_field(model, last)

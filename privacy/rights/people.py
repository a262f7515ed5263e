"""Whom a request is about, as far as the data goes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from privacy.models import Subject, SubjectState
from privacy.registry import registry
from privacy.vault.models import SuppressionKind


@dataclass(frozen=True, slots=True)
class Person:
    """One person's records in an organisation: `kinds` maps each to "customer" or "agent"."""

    organisation_id: int
    kinds: Mapping[UUID, str]

    @property
    def subject_ids(self) -> list[UUID]:
        return sorted(self.kinds, key=str)

    def by_kind(self) -> Iterator[tuple[str, list[UUID]]]:
        for kind in sorted(set(self.kinds.values())):
            yield kind, [subject for subject in self.subject_ids if self.kinds[subject] == kind]


def load_person(organisation_id: int, subject_ids: Collection[UUID]) -> Person:
    """Inside the tenant's scope. Ids that the organisation does not have are left out."""
    rows = Subject.objects.filter(pk__in=subject_ids).values_list("pk", "kind")
    return Person(organisation_id, dict(rows))


def identifiers_of(person: Person) -> dict[str, set[bytes]]:
    """Blind indexes by which the sources could bring the person back, by kind of suppression.
    Inside the tenant's scope, before the rows go."""
    found: dict[str, set[bytes]] = {}
    for declaration in registry.declarations():
        own = {
            way.person: way.path
            for way in declaration.subject
            if way.on_erase == "delete" and not way.by_value and way.path != "self"
        }
        for name, personal in declaration.personal_fields():
            for kind, ids in person.by_kind():
                suppression = _suppressed_as(personal.index, kind)
                if suppression is None or kind not in own:
                    continue
                rows = declaration.model._default_manager.filter(**{f"{own[kind]}__in": ids})  # noqa: SLF001 - Django's documented API
                values = rows.exclude(**{name: None}).values_list(name, flat=True)
                found.setdefault(suppression, set()).update(map(bytes, values))
    return found


def _suppressed_as(index: str, kind: str) -> str | None:
    if index == "external":
        return SuppressionKind.AGENT if kind == "agent" else SuppressionKind.CUSTOMER
    return SuppressionKind.EMAIL if index == "email" and kind == "customer" else None


def set_state(person: Person, state: SubjectState) -> None:
    """Waits for whoever writes about the person (they hold a shared lock, `writable_subjects`), and
    keeps everybody from starting to, once committed."""
    Subject.objects.filter(pk__in=person.subject_ids).update(state=state)

"""Looks whether an erasure did what it said: counts along the declarations through the ORM, and
looks for the person's ids everywhere. None of the statements that did the work are used."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.paths import SELF
from privacy.registry import Declaration, Via, registry
from privacy.rights.canaries import find_canaries
from privacy.rights.hooks import hooks
from privacy.rights.people import Person
from privacy.vault.keys import ciphers_for
from privacy.vault.models import SubjectKey
from privacy.vault.scope import vault_scope

_VAULT = "vault"


@dataclass(frozen=True, slots=True)
class Found:
    """Rows that are still about the person where there should be none."""

    action: str
    label: str
    role: str
    rows: int


def find_left_over(person: Person, kept: dict[str, dict[str, set[int]]]) -> list[Found]:
    """What is left that should have gone. `kept`: by kind of person and model label, the rows that
    stay under a hold. Outside any scope."""
    found = []
    with tenant_scope(person.organisation_id, purpose=Purpose.STORAGE):
        for kind, subject_ids in person.by_kind():
            for declaration, via in _erased_ways(kind):
                stays = kept.get(kind, {}).get(declaration.label, set())
                rows = _count(declaration, via, subject_ids, stays)
                found.append(Found(via.on_erase, declaration.label, f"{kind}/{via.role}", rows))
        for store in hooks.stores.values():
            rows = store.count(person.organisation_id, person.subject_ids)
            found.append(Found("store", store.name, "", rows))
        if not any(kept.values()):
            canaries = find_canaries(person.subject_ids)
            found += [Found("canary", where, "", rows) for where, rows in canaries]
    return [line for line in found if line.rows]


def keys_are_destroyed(person: Person) -> bool:
    """In the vault's table, and for a process that asks for them anew."""
    with vault_scope(person.organisation_id):
        rows = SubjectKey.objects.filter(
            organisation_id=person.organisation_id, subject_id__in=person.subject_ids
        )
        destroyed = rows.filter(wrapped_key__isnull=True, destroyed_at__isnull=False).count()
    ciphers = ciphers_for(person.organisation_id, person.subject_ids, create=False)
    return destroyed == len(person.kinds) and all(
        subject in ciphers and ciphers[subject].erased for subject in person.subject_ids
    )


def _erased_ways(kind: str) -> Iterator[tuple[Declaration, Via]]:
    for declaration in registry.declarations():
        if declaration.model._meta.app_label == _VAULT:  # noqa: SLF001 - Django's documented Meta API
            continue
        for via in declaration.subject:
            if via.person == kind and via.on_erase != "keep" and via.path != SELF:
                yield declaration, via


def _count(
    declaration: Declaration,
    via: Via,
    subject_ids: Collection[UUID],
    stays: set[int],
) -> int:
    rows = declaration.model._default_manager.filter(**{f"{via.path}__in": list(subject_ids)})  # noqa: SLF001 - Django's documented API
    if stays:
        rows = rows.exclude(pk__in=stays)
    return rows.count()

"""Ciphers for people, many at a time."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from uuid import UUID

from django.db import transaction

from kaizo.core.routers import VAULT
from privacy.vault.blind_index import BlindIndex
from privacy.vault.cache import KEYS, broadcast_destruction, generation
from privacy.vault.cipher import DESTROYED, KEY_BYTES, Cipher
from privacy.vault.models import SubjectKey
from privacy.vault.rings import (
    Ring,
    insert_subject_keys,
    load_index_key,
    load_ring,
    subject_aad,
)
from privacy.vault.scope import execute_in_vault, vault_scope

# The organisation's own secrets (tokens) lie under a key of the same kind, of nobody.
ORGANISATION_SUBJECT = UUID(int=0)
_RING = "ring"
_INDEX = "index"


def ciphers_for(
    organisation_id: int, subject_ids: Iterable[UUID], *, create: bool
) -> Mapping[UUID, Cipher]:
    """A cipher for every one of `subject_ids`: one query to fetch what this process does not hold,
    with `create` one more to insert the keys that do not exist.

    A destroyed key is never made anew: its cipher has `erased` set and raises Erased on use.
    Without `create`, people who have no key are missing from the answer.
    New keys are committed before this returns unless the caller holds a vault scope.
    """
    wanted = set(subject_ids)
    mark = generation(organisation_id)
    found: dict[UUID, Cipher] = KEYS.get_many(organisation_id, mark, wanted)
    absent = wanted - found.keys()
    if not absent:
        return found
    with vault_scope(organisation_id):
        ring = _ring(organisation_id, mark)
        fetched = _fetch(organisation_id, absent, ring)
        if create and (absent := absent - fetched.keys()):
            fetched |= _create(organisation_id, absent, ring)
        # Only once they are durable: text must never lie under a key that was rolled back.
        transaction.on_commit(partial(KEYS.put_many, organisation_id, mark, fetched), using=VAULT)
    return found | fetched


def organisation_cipher(organisation_id: int) -> Cipher:
    """The cipher for the organisation's own secrets, such as a helpdesk's token."""
    ciphers = ciphers_for(organisation_id, [ORGANISATION_SUBJECT], create=True)
    return ciphers[ORGANISATION_SUBJECT]


def blind_index(organisation_id: int) -> BlindIndex:
    """Keyed hashes for exact look-ups among the organisation's people."""
    mark = generation(organisation_id)
    held = KEYS.get_many(organisation_id, mark, [_INDEX])
    if held:
        index: BlindIndex = held[_INDEX]
        return index
    with vault_scope(organisation_id):
        index = BlindIndex(*load_index_key(organisation_id, _ring(organisation_id, mark)))
        transaction.on_commit(
            partial(KEYS.put_many, organisation_id, mark, {_INDEX: index}), using=VAULT
        )
    return index


def _ring(organisation_id: int, mark: str | None) -> Ring:
    held = KEYS.get_many(organisation_id, mark, [_RING])
    if held:
        ring: Ring = held[_RING]
        return ring
    ring = load_ring(organisation_id)
    transaction.on_commit(partial(KEYS.put_many, organisation_id, mark, {_RING: ring}), using=VAULT)
    return ring


def _fetch(organisation_id: int, subject_ids: Collection[UUID], ring: Ring) -> dict[UUID, Cipher]:
    rows = SubjectKey.objects.filter(
        organisation_id=organisation_id, subject_id__any_of=list(subject_ids)
    ).values_list("subject_id", "wrapped_key", "organisation_key_version")
    ciphers: dict[UUID, Cipher] = {}
    for subject_id, wrapped, version in rows.iterator(chunk_size=5_000):
        if wrapped is None or version is None:
            ciphers[subject_id] = DESTROYED
            continue
        if version not in ring.ciphers:  # rotated since this process last looked
            ring = load_ring(organisation_id)
        key = ring[version].decrypt_bytes(wrapped, subject_aad(organisation_id, subject_id))
        ciphers[subject_id] = Cipher(key)
    return ciphers


def _create(organisation_id: int, subject_ids: Collection[UUID], ring: Ring) -> dict[UUID, Cipher]:
    keys = {subject_id: os.urandom(KEY_BYTES) for subject_id in subject_ids}
    wrap = ring[ring.latest].encrypt
    wrapped = {sid: wrap(key, subject_aad(organisation_id, sid)) for sid, key in keys.items()}
    inserted = insert_subject_keys(organisation_id, ring.latest, wrapped)
    ciphers = {sid: Cipher(key) for sid, key in keys.items() if sid in inserted}
    others = subject_ids - ciphers.keys()
    return ciphers | _fetch(organisation_id, others, ring) if others else ciphers


_DESTROY = """
INSERT INTO vault_subjectkey (subject_id, organisation_id, destroyed_at)
SELECT unnest(%s::uuid[]), %s, now()
ON CONFLICT (organisation_id, subject_id) DO UPDATE
   SET wrapped_key = NULL, organisation_key_version = NULL, destroyed_at = now()
 WHERE vault_subjectkey.destroyed_at IS NULL
"""


def destroy_keys(organisation_id: int, subject_ids: Collection[UUID]) -> int:
    """Destroy people's keys for good and tell every process; how many were not destroyed before.

    Also leaves a tombstone for those who had no key, so that none is made later. All or none.
    """
    if not subject_ids:
        return 0
    names = sorted(map(str, set(subject_ids)))
    changed = execute_in_vault(organisation_id, _DESTROY, [names, organisation_id])
    transaction.on_commit(partial(broadcast_destruction, organisation_id), using=VAULT)
    return changed


def destroy_key(organisation_id: int, subject_id: UUID) -> bool:
    """Destroy one person's key, as `destroy_keys` does; False if it was destroyed before."""
    return bool(destroy_keys(organisation_id, [subject_id]))

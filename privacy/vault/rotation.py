"""Put the same keys under new ones. The text itself is not touched.

Every step looks at what is left to do and commits chunk by chunk, so that a run that was stopped
is finished by the next one, and a run with nothing to do does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db import connections, transaction
from django.db.models import QuerySet

from kaizo.core import clock
from kaizo.core.routers import VAULT
from privacy.vault.cache import MAX_SECONDS, broadcast_destruction
from privacy.vault.models import IndexKey, OrganisationKey, SubjectKey
from privacy.vault.rings import (
    Ring,
    add_organisation_key,
    index_aad,
    load_ring,
    organisation_aad,
    root_keys,
    subject_aad,
    unwrap_organisation_key,
)
from privacy.vault.scope import vault_scope

CHUNK = 1_000
# Processes may go on wrapping with a version that they hold; it stays until they have let go.
SETTLED = timedelta(seconds=2 * MAX_SECONDS)


# What other apps seal with the root key itself: name -> put all of it under the current one.
_resealers: dict[str, Callable[[], int]] = {}


def register_resealer(name: str, reseal: Callable[[], int]) -> None:
    """Have `reseal` called on every rotation, before the old root key can be taken away. It
    returns how many values it sealed anew, and must be safe to repeat."""
    _resealers[name] = reseal


def reseal_everything() -> dict[str, int]:
    """Run every registered resealer; how many values each sealed anew."""
    return {name: reseal() for name, reseal in sorted(_resealers.items())}


@dataclass(slots=True)
class Rotation:
    """How many keys one run put under a new one, and how many old keys it removed."""

    organisation_keys: int = 0
    index_keys: int = 0
    subject_keys: int = 0
    removed: int = 0


def rotate_organisation(organisation_id: int, *, renew: bool) -> Iterator[Rotation]:
    """Bring one organisation's keys under the current root key and its own latest key; with
    `renew`, under a new one of its own. Yields progress after every committed chunk.

    A renewal that was stopped half-way is finished before another is begun.
    """
    done = Rotation()
    with vault_scope(organisation_id):
        done.organisation_keys = _rewrap_organisation_keys(organisation_id)
        ring = load_ring(organisation_id)
        if renew and not _stale(organisation_id, ring).exists():
            add_organisation_key(organisation_id, version=ring.latest + 1)
            ring = load_ring(organisation_id)
        done.index_keys = _rewrap_index_keys(organisation_id, ring)
        transaction.on_commit(lambda: broadcast_destruction(organisation_id), using=VAULT)
    yield done
    while True:
        with vault_scope(organisation_id):
            changed = _rewrap_subject_keys(organisation_id, ring)
        if not changed:
            break
        done.subject_keys += changed
        yield done
    with vault_scope(organisation_id):
        done.removed = _remove_settled(organisation_id, ring)
    yield done


def _stale(organisation_id: int, ring: Ring) -> QuerySet[SubjectKey]:
    return SubjectKey.objects.filter(
        organisation_id=organisation_id, organisation_key_version__lt=ring.latest
    )


def _rewrap_organisation_keys(organisation_id: int) -> int:
    current, root = next(iter(root_keys().items()))
    rows = OrganisationKey.objects.select_for_update().filter(organisation_id=organisation_id)
    stale = list(rows.exclude(root_key_version=current))
    for row in stale:
        key = unwrap_organisation_key(row)
        row.wrapped_key = root.encrypt(key, organisation_aad(organisation_id, row.version))
        row.root_key_version = current
        row.save(update_fields=["wrapped_key", "root_key_version"])
    return len(stale)


def _rewrap_index_keys(organisation_id: int, ring: Ring) -> int:
    rows = IndexKey.objects.select_for_update().filter(
        organisation_id=organisation_id, organisation_key_version__lt=ring.latest
    )
    stale = list(rows)
    for row in stale:
        aad = index_aad(organisation_id, row.version)
        key = ring[row.organisation_key_version].decrypt_bytes(row.wrapped_key, aad)
        row.wrapped_key = ring[ring.latest].encrypt(key, aad)
        row.organisation_key_version = ring.latest
        row.save(update_fields=["wrapped_key", "organisation_key_version"])
    return len(stale)


_UPDATE = """
UPDATE vault_subjectkey AS kept
   SET wrapped_key = fresh.wrapped_key, organisation_key_version = %s
  FROM unnest(%s::uuid[], %s::bytea[]) AS fresh (subject_id, wrapped_key)
 WHERE kept.organisation_id = %s AND kept.subject_id = fresh.subject_id
"""


def _rewrap_subject_keys(organisation_id: int, ring: Ring) -> int:
    """One chunk. Locked rows are being destroyed or rotated by somebody else: left to them."""
    rows = _stale(organisation_id, ring).select_for_update(skip_locked=True)[:CHUNK]
    names, wrapped = [], []
    for row in rows:
        if row.wrapped_key is None or row.organisation_key_version is None:
            continue
        aad = subject_aad(organisation_id, row.subject_id)
        key = ring[row.organisation_key_version].decrypt_bytes(row.wrapped_key, aad)
        names.append(str(row.subject_id))
        wrapped.append(ring[ring.latest].encrypt(key, aad))
    if names:
        with connections[VAULT].cursor() as cursor:
            cursor.execute(_UPDATE, [ring.latest, names, wrapped, organisation_id])
    return len(names)


def _remove_settled(organisation_id: int, ring: Ring) -> int:
    """Remove the versions that wrap nothing any more, once no process can still hold one."""
    keys = OrganisationKey.objects.filter(organisation_id=organisation_id)
    newest = keys.get(version=ring.latest)
    if newest.created_at > clock.now() - SETTLED or _stale(organisation_id, ring).exists():
        return 0
    removed, _per_model = keys.filter(version__lt=ring.latest).delete()
    return removed

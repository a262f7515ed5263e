"""An organisation's own keys: the versions that wrap its people's keys, and its index key.

root key (environment) -> organisation key -> subject key and index key
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from kaizo.core.routers import VAULT
from privacy.vault.cipher import KEY_BYTES, Cipher, Unreadable
from privacy.vault.models import IndexKey, OrganisationKey


def root_key_version(key: bytes) -> str:
    """A check value that tells root keys apart and gives nothing away."""
    return hmac.digest(key, b"kaizo root key", hashlib.sha256).hex()[:16]


def root_keys() -> dict[str, Cipher]:
    """The root keys of the settings by version, the current one first."""
    if settings.ROOT_KEY is None:
        raise ImproperlyConfigured("KAIZO_ROOT_KEY is not set.")
    keys = [key for key in (settings.ROOT_KEY, settings.ROOT_KEY_PREVIOUS) if key]
    return {root_key_version(key): Cipher(key) for key in keys}


def organisation_aad(organisation_id: int, version: int) -> bytes:
    return f"{organisation_id}|vault.OrganisationKey|{version}".encode()


def subject_aad(organisation_id: int, subject_id: object) -> bytes:
    return f"{organisation_id}|vault.SubjectKey|{subject_id}".encode()


def index_aad(organisation_id: int, version: int) -> bytes:
    return f"{organisation_id}|vault.IndexKey|{version}".encode()


@dataclass(frozen=True, slots=True)
class Ring:
    """An organisation's wrapping keys by version. New keys are wrapped by the latest."""

    latest: int
    ciphers: dict[int, Cipher]

    def __getitem__(self, version: int) -> Cipher:
        try:
            return self.ciphers[version]
        except KeyError:
            raise Unreadable from None


def load_ring(organisation_id: int) -> Ring:
    """Unwrap the organisation's keys, making the first one on first use. Inside a vault scope.

    Raises Unreadable when neither root key of the settings wraps one of them.
    """
    rows = OrganisationKey.objects.filter(organisation_id=organisation_id)
    keys = list(rows)
    if not keys:
        add_organisation_key(organisation_id, version=1)
        keys = list(rows.all())
    ciphers = {key.version: Cipher(unwrap_organisation_key(key)) for key in keys}
    return Ring(max(ciphers), ciphers)


def unwrap_organisation_key(row: OrganisationKey) -> bytes:
    """The key itself. Raises Unreadable when no root key of the settings wraps it."""
    roots = root_keys()
    if row.root_key_version not in roots:
        raise Unreadable
    aad = organisation_aad(row.organisation_id, row.version)
    return roots[row.root_key_version].decrypt_bytes(row.wrapped_key, aad)


def add_organisation_key(organisation_id: int, *, version: int) -> None:
    """Add a new wrapping key; whoever comes second finds the first one's."""
    root_version, root = next(iter(root_keys().items()))
    wrapped = root.encrypt(os.urandom(KEY_BYTES), organisation_aad(organisation_id, version))
    OrganisationKey.objects.bulk_create(
        [
            OrganisationKey(
                organisation_id=organisation_id,
                version=version,
                wrapped_key=wrapped,
                root_key_version=root_version,
            )
        ],
        ignore_conflicts=True,
    )


def load_index_key(organisation_id: int, ring: Ring) -> tuple[int, bytes]:
    """The latest version of the index key and the key, made on first use. Inside a vault scope."""
    row = _latest_index_key(organisation_id)
    if row is None:
        _add_index_key(organisation_id, ring)
        row = _latest_index_key(organisation_id)
        assert row is not None  # noqa: S101 - it was just written, here or by another process
    version, wrapped, wrapped_by = row
    return version, ring[wrapped_by].decrypt_bytes(wrapped, index_aad(organisation_id, version))


def _add_index_key(organisation_id: int, ring: Ring) -> None:
    wrapped = ring[ring.latest].encrypt(os.urandom(KEY_BYTES), index_aad(organisation_id, 1))
    key = IndexKey(
        organisation_id=organisation_id,
        version=1,
        wrapped_key=wrapped,
        organisation_key_version=ring.latest,
    )
    IndexKey.objects.bulk_create([key], ignore_conflicts=True)


def _latest_index_key(organisation_id: int) -> tuple[int, bytes | memoryview, int] | None:
    rows = IndexKey.objects.filter(organisation_id=organisation_id).order_by("-version")
    return rows.values_list("version", "wrapped_key", "organisation_key_version").first()


_INSERT = """
INSERT INTO vault_subjectkey (subject_id, organisation_id, wrapped_key, organisation_key_version)
SELECT fresh.subject_id, %s, fresh.wrapped_key, %s
  FROM unnest(%s::uuid[], %s::bytea[]) AS fresh (subject_id, wrapped_key)
ON CONFLICT DO NOTHING
RETURNING subject_id
"""


def insert_subject_keys(
    organisation_id: int, version: int, wrapped: dict[UUID, bytes]
) -> set[UUID]:
    """Insert keys in one statement; the subjects whose key another process made first are missing
    from the answer. Sorted, so that two processes never wait for each other."""
    names = sorted(wrapped, key=str)
    with connections[VAULT].cursor() as cursor:
        cursor.execute(
            _INSERT,
            [organisation_id, version, [str(name) for name in names], [wrapped[n] for n in names]],
        )
        return {row[0] for row in cursor.fetchall()}

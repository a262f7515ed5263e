"""The erasure ledger in the vault's database: written before anything is destroyed.

`LedgerEpoch` in the vault and `RestoreEpoch` here count entries. They differ when one of the two
databases was restored from before an entry, or for the moment between the two commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, connections

from kaizo.core.routers import VAULT
from kaizo.core.tenancy import tenant_scope
from privacy.organisations import organisation_ids
from privacy.rights.marks import LedgerMark, RestoreEpoch
from privacy.vault.models import LedgerEntry, LedgerEpoch, LedgerStep
from privacy.vault.scope import vault_scope

_COUNT_UP = """
INSERT INTO {0} AS kept (id, entries) VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET entries = kept.entries + 1
"""
_MARK = """
INSERT INTO privacy_rights_ledgermark (organisation_id, entry_id) VALUES (%s, %s)
ON CONFLICT DO NOTHING
"""


def write_entry(  # noqa: PLR0913 - an entry says that much
    *,
    organisation_id: int,
    entry_id: UUID,
    action: str,
    subject_ids: Sequence[UUID],
    hashes: Iterable[bytes] = (),
    request_id: UUID | None = None,
    scope: str = "",
    plan_digest: str = "",
) -> bool:
    """Write what is ordered about a person, committed when this returns (unless the caller holds a
    vault scope). False if the entry was there: repeating it is safe."""
    entry = LedgerEntry(
        organisation_id=organisation_id,
        entry_id=entry_id,
        action=action,
        subject_ids=list(subject_ids),
        hashes=sorted(hashes),
        request_id=request_id,
        scope=scope,
        plan_digest=plan_digest,
    )
    with vault_scope(organisation_id):
        if LedgerEntry.objects.filter(organisation_id=organisation_id, entry_id=entry_id).exists():
            return False
        entry.save(force_insert=True)
        with connections[VAULT].cursor() as cursor:
            cursor.execute(_COUNT_UP.format(LedgerEpoch._meta.db_table))  # noqa: SLF001 - Django's documented Meta API
    return True


def write_steps(*, organisation_id: int, entry_id: UUID, steps: Iterable[tuple[str, int]]) -> None:
    """Add what was carried out: (step, rows)."""
    with vault_scope(organisation_id):
        LedgerStep.objects.bulk_create(
            LedgerStep(
                organisation_id=organisation_id, entry_id=entry_id, step=step, changed=changed
            )
            for step, changed in steps
        )


def mark_known(organisation_id: int, entry_id: UUID) -> bool:
    """Note in the caller's transaction on the main database that it knows of the entry. False if
    it did already."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [organisation_id, str(entry_id)])
        if not cursor.rowcount:
            return False
        cursor.execute(_COUNT_UP.format(RestoreEpoch._meta.db_table))  # noqa: SLF001 - Django's documented Meta API
    return True


def entries_since(organisation_id: int, since: datetime | None) -> list[LedgerEntry]:
    """In the order in which they were written."""
    with vault_scope(organisation_id):
        rows = LedgerEntry.objects.filter(organisation_id=organisation_id)
        if since is not None:
            rows = rows.filter(written_at__gte=since)
        return list(rows.order_by("written_at", "pk"))


def unknown_entries(organisation_id: int) -> list[LedgerEntry]:
    """Entries that the main database does not know of."""
    entries = entries_since(organisation_id, None)
    with tenant_scope(organisation_id):
        known = set(LedgerMark.objects.values_list("entry_id", flat=True))
    return [entry for entry in entries if entry.entry_id not in known]


def lost_entries(organisation_id: int) -> set[UUID]:
    """Entries that the main database knows of and the vault does not: the vault is the older."""
    with tenant_scope(organisation_id):
        known = set(LedgerMark.objects.values_list("entry_id", flat=True))
    return known - {entry.entry_id for entry in entries_since(organisation_id, None)}


def epochs_agree() -> bool:
    """Two look-ups of one row each: cheap enough for every start and every readiness probe."""
    return _entries(RestoreEpoch) == _entries(LedgerEpoch)


def organisations_behind() -> list[int]:
    """Organisations with an entry that only one of the two databases knows of."""
    if epochs_agree():
        return []
    return [
        organisation_id
        for organisation_id in organisation_ids()
        if unknown_entries(organisation_id) or lost_entries(organisation_id)
    ]


def _entries(model: type[RestoreEpoch] | type[LedgerEpoch]) -> int:
    return model.objects.values_list("entries", flat=True).filter(pk=1).first() or 0

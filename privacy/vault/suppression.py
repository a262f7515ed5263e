"""Who must not come back. Asked before the first write of every import."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import Q, QuerySet

from kaizo.core import clock
from privacy.vault.models import Suppression, SuppressionMode
from privacy.vault.scope import vault_scope

REFUSING = frozenset({SuppressionMode.FORGET_PAST, SuppressionMode.BLOCK})


def suppress(
    *,
    organisation_id: int,
    kind: str,
    hashes: Iterable[bytes],
    mode: str = SuppressionMode.FORGET_PAST,
    cutoff: datetime | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Put these blind-index hashes on the list from now on. Repeating it replaces cutoff and
    expiry; modes stand beside each other, and the strictest counts.

    `cutoff` (default now) only matters for FORGET_PAST: what the source created later may come in.
    """
    rows = [
        Suppression(
            organisation_id=organisation_id,
            kind=kind,
            index_hash=digest,
            mode=mode,
            cutoff=cutoff or clock.now(),
            expires_at=expires_at,
        )
        for digest in sorted(set(hashes))
    ]
    if not rows:
        return
    with vault_scope(organisation_id):
        Suppression.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["organisation_id", "kind", "index_hash", "mode"],
            update_fields=["cutoff", "expires_at"],
        )


def suppressed(
    organisation_id: int, kind: str, hashes: Iterable[bytes] | Mapping[bytes, datetime]
) -> set[bytes]:
    """Which of `hashes` must be refused: one query for a page.

    Given a mapping, its values are when the source created the item, and what came after a
    FORGET_PAST cutoff is let in. Without those times every entry in force refuses.
    """
    created = hashes if isinstance(hashes, Mapping) else None
    return {
        digest
        for digest, cutoff in cutoffs(organisation_id, kind, hashes).items()
        if created is None or cutoff is None or created[digest] < cutoff
    }


def cutoffs(
    organisation_id: int, kind: str, hashes: Iterable[bytes]
) -> dict[bytes, datetime | None]:
    """Which of `hashes` are on the list, and before when the source must have created what is to be
    refused; None refuses everything. One query."""
    wanted = list(hashes)
    if not wanted:
        return {}
    with vault_scope(organisation_id):
        rows = _listed(organisation_id, kind, wanted, REFUSING).values_list(
            "index_hash", "mode", "cutoff"
        )
        found: dict[bytes, datetime | None] = {}
        for digest, mode, cutoff in rows:
            key = bytes(digest)
            if mode == SuppressionMode.BLOCK:
                found[key] = None
            else:
                found.setdefault(key, cutoff)
        return found


def opted_out(organisation_id: int, mode: str, kind: str, hashes: Iterable[bytes]) -> set[bytes]:
    """Which of `hashes` may come in and not be used for what `mode` names."""
    wanted = list(hashes)
    if not wanted:
        return set()
    with vault_scope(organisation_id):
        found = _listed(organisation_id, kind, wanted, {mode}).values_list("index_hash", flat=True)
        return {bytes(digest) for digest in found}


def _listed(
    organisation_id: int, kind: str, hashes: Collection[bytes], modes: Collection[str]
) -> QuerySet[Suppression]:
    return Suppression.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now()),
        organisation_id=organisation_id,
        kind=kind,
        index_hash__any_of=list(hashes),
        mode__in=[str(mode) for mode in modes],
    )

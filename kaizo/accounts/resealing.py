"""Second-factor secrets under a new root key."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from kaizo.accounts.sealing import seal, unseal

SEALED = ("secret", "seed", "migrated_codes")


def reseal_second_factors() -> int:
    """Seal every second-factor secret with the current root key while the previous one is still
    in the settings; returns how many. Safe to repeat."""
    if settings.ROOT_KEY_PREVIOUS is None:
        return 0
    count = 0
    with transaction.atomic():
        for row in Authenticator.objects.select_for_update().order_by("pk"):
            fresh = {name: _anew(row.data[name]) for name in SEALED if row.data.get(name)}
            if fresh:
                row.data = {**row.data, **fresh}
                row.save(update_fields=["data"])
                count += 1
    return count


def _anew(value: Any) -> Any:
    if isinstance(value, list):
        return [_anew(item) for item in value]
    return seal(unseal(value))

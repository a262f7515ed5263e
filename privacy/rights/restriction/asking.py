"""Whether anybody is frozen, for pages that would show them."""

from __future__ import annotations

from django.db.models import Exists

from privacy.rights.restriction.models import Restriction


def anybody_is_frozen() -> Exists:
    """A condition that is the same for every row: to be asked along with something else."""
    return Exists(Restriction.objects.filter(lifted_at__isnull=True))

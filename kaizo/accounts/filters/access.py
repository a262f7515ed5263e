"""The only way to a filter: one's own, and for owners and admins shared ones."""

from __future__ import annotations

from django.db.models import Q
from django.shortcuts import get_object_or_404

from kaizo.accounts.models import Membership, SavedFilter
from kaizo.core.permissions import Role


def access_filter(*, actor: Membership, filter_id: int) -> SavedFilter:
    """One that the actor may delete."""
    able = Q(owner=actor)
    if actor.role in {Role.OWNER, Role.ADMIN}:
        able |= Q(is_shared=True)
    saved: SavedFilter = get_object_or_404(SavedFilter.objects.filter(able), pk=filter_id)
    return saved

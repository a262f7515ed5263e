"""The filters that a list offers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from kaizo.accounts.models import Membership, SavedFilter
from kaizo.core.permissions import Role


@dataclass(frozen=True, slots=True)
class ShownFilter:
    id: int
    name: str
    query: str
    is_shared: bool
    can_delete: bool
    is_current: bool


def saved_filters(*, actor: Membership, page: str, query: str = "") -> list[ShownFilter]:
    """The actor's own and those that are shared, by name; `query` is what the list shows now. One
    query."""
    chief = actor.role in {Role.OWNER, Role.ADMIN}
    found = SavedFilter.objects.filter(Q(owner=actor) | Q(is_shared=True), page=page)
    rows = sorted(found, key=lambda row: (row.name.casefold(), row.pk))
    return [
        ShownFilter(
            id=row.pk,
            name=row.name,
            query=row.query,
            is_shared=row.is_shared,
            can_delete=row.owner_id == actor.pk or chief,
            is_current=row.query == query,
        )
        for row in rows
    ]

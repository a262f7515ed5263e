"""Accounts in a copy of somebody's data: what they are called, and where they were invited."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from kaizo.accounts.models import User
from privacy import api as privacy


def identities(
    _organisation_id: int, _subject_ids: Collection[UUID], user_id: int | None
) -> list[privacy.KnownIdentity]:
    users = User.objects.filter(pk=user_id) if user_id else User.objects.none()
    return [privacy.KnownIdentity(name=user.name, email=user.email) for user in users]


def addresses(asker: privacy.Asker) -> set[str]:
    """Under which the person was invited."""
    users = User.objects.filter(pk=asker.user_id) if asker.user_id else User.objects.none()
    return set(users.values_list("email", flat=True))


def register() -> None:
    privacy.find_identities(identities)
    privacy.find_values("accounts.Invitation", "email", addresses)

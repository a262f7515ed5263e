"""Keeping and forgetting filters."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership, SavedFilter
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope

# Words to search for may be somebody's name, so they are never kept.
LEFT_OUT = frozenset({"q"})
_SHARED_BY = frozenset(Role) - {Role.AGENT}


def kept_choices(form: forms.Form, *, left_out: Collection[str] = LEFT_OUT) -> str:
    """The query string of a bound form's choices that hold, in the order of its fields. What is
    empty, not understood, or left out is not in it."""
    form.is_valid()
    pairs = []
    for name in form.fields:
        value = form[name].value()
        if name in left_out or name not in form.cleaned_data or value in (None, "", [], False):
            continue
        values = value if isinstance(value, list | tuple) else [value]
        pairs += [(name, str(each)) for each in values]
    return urlencode(pairs)


def save_filter(
    *, actor: Membership, page: str, name: str, query: str, is_shared: bool = False
) -> SavedFilter:
    """Keep a filter under a name; one of that name is replaced. `query` comes from `kept_choices`.
    Agents keep filters for themselves only. Raises DomainError when there is nothing to keep."""
    if not query:
        raise DomainError(
            _("Choose something to filter by first. Words to search for are not kept.")
        )
    with tenant_scope(actor.organisation_id):
        saved: SavedFilter
        saved, _is_new = SavedFilter.objects.update_or_create(
            organisation_id=actor.organisation_id,
            owner=actor,
            page=page,
            name=name,
            defaults={"query": query, "is_shared": is_shared and actor.role in _SHARED_BY},
        )
    return saved


def delete_filter(*, saved: SavedFilter) -> None:
    with tenant_scope(saved.organisation_id):
        saved.delete()

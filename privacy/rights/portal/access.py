"""The only way a page of the portal gets an object. Foreign, unproven and missing are all 404."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from privacy.organisations import organisation_model
from privacy.rights.models import RightsRequest


def access_organisation(slug: str) -> Any:
    """The organisation whose portal is asked for: every one has one, and anybody may see it."""
    return get_object_or_404(organisation_model()._default_manager, slug=slug)  # noqa: SLF001 - Django's documented API


def access_request(public_id: UUID, *, proven: Collection[str]) -> RightsRequest:
    """A request whose mailbox this visitor has proven; `proven` holds their ids."""
    if str(public_id) not in proven:
        raise Http404
    return get_object_or_404(RightsRequest, public_id=public_id)

"""The only way a view gets a copy; foreign and missing are both 404."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from privacy.rights.export.delivery import current_copy
from privacy.rights.export.models import ExportPackage
from privacy.rights.models import RightsRequest


def access_copy(request: RightsRequest) -> ExportPackage:
    """The copy of a request that the caller may see."""
    found = current_copy(request)
    if found is None:
        raise Http404
    return found


def access_any_copy(copy_id: UUID) -> ExportPackage:
    """For whoever handles requests."""
    found: ExportPackage | None = (
        ExportPackage.objects.select_related("request").filter(public_id=copy_id).first()
    )
    if found is None:
        raise Http404
    return found


def access_held_copy(held_copy_id: int) -> ExportPackage:
    """A copy by the id that notices know, whatever became of it."""
    found: ExportPackage | None = (
        ExportPackage.objects.select_related("request").filter(pk=held_copy_id).first()
    )
    if found is None:
        raise Http404
    return found


def access_copy_to_review(copy_id: UUID) -> ExportPackage:
    """A copy that waits for somebody to look through it."""
    found = access_any_copy(copy_id)
    if found.state != ExportPackage.State.REVIEW:
        raise Http404
    return found


def access_own_copy(copy_id: UUID, *, user_id: int) -> ExportPackage:
    """A copy that this member asked for."""
    found: ExportPackage | None = (
        ExportPackage.objects.select_related("request")
        .filter(public_id=copy_id, request__account_user_id=user_id)
        .first()
    )
    if found is None:
        raise Http404
    return found

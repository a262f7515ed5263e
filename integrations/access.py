"""The only way a view gets an import, a connection or a helpdesk."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from integrations import registry
from integrations.base import Vendor
from integrations.models import Connection, ImportRun


def access_run(public_id: UUID) -> ImportRun:
    """An import of the organisation in scope; another's and a missing one are both 404."""
    run: ImportRun | None = (
        ImportRun.objects.select_related("started_by").filter(public_id=public_id).first()
    )
    if run is None:
        raise Http404
    return run


def access_connection(public_id: UUID) -> Connection:
    """A connection of the organisation in scope; another's and a missing one are both 404."""
    found: Connection | None = Connection.objects.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def access_vendor(kind: str) -> Vendor:
    """A helpdesk that can be connected, else 404."""
    known = registry.all_helpdesks().get(kind)
    if known is None:
        raise Http404
    return known.VENDOR

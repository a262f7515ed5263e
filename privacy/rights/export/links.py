"""Addresses under which a copy is fetched without an account."""

from __future__ import annotations

from uuid import UUID

from django.core import signing
from django.urls import reverse

from privacy.rights.export.models import ExportPackage, ExportTransfer
from privacy.rights.models import Verification
from privacy.rights.portal.models import PortalLink
from privacy.rights.portal.services import LinkGone, token_of

_SALT = "privacy.rights.export.transfer"


def ready_path(package: ExportPackage, slug: str) -> str:
    """Where the person fetches the copy: signed in, or by a new one-time link that lives as long
    as the copy can be fetched. In the tenant's scope."""
    if package.request.verification == Verification.SIGNED_IN:
        return reverse("privacy:my_data", args=[slug])
    link = PortalLink.objects.create(
        organisation_id=package.organisation_id,
        request=package.request,
        purpose=PortalLink.Purpose.DOWNLOAD,
        expires_at=package.expires_at,
    )
    return reverse("portal:link", kwargs={"of": slug, "token": token_of(link)})


def transfer_path(transfer: ExportTransfer, slug: str) -> str:
    token = signing.Signer(salt=_SALT).sign(str(transfer.public_id))
    return reverse("portal:transfer", kwargs={"of": slug, "token": token})


def transfer_of(token: str) -> ExportTransfer:
    """The transfer that an address names. In the tenant's scope. Raises LinkGone."""
    try:
        public_id = UUID(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        raise LinkGone from None
    found: ExportTransfer | None = (
        ExportTransfer.objects.select_related("package__request")
        .filter(public_id=public_id)
        .first()
    )
    if found is None:
        raise LinkGone
    return found

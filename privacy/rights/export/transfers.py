"""Handing a copy to another controller, as the person wishes (GDPR Art. 20(2))."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from kaizo.core import clock
from privacy.rights import states
from privacy.rights.export.delivery import CopyGone, can_be_fetched
from privacy.rights.export.events import note
from privacy.rights.export.models import ExportPackage, ExportTransfer
from privacy.rights.export.spool import ARCHIVE, Spool
from privacy.rights.requests import NotAllowedNow
from privacy.rights.words import cipher_of
from privacy.vault.cipher import aad


def may_be_handed_over(package: ExportPackage | None) -> bool:
    """Only what somebody may take along, while it can be fetched."""
    return (
        package is not None
        and package.request.kind == states.Kind.PORTABILITY
        and can_be_fetched(package)
    )


@transaction.atomic
def name_controller(
    package: ExportPackage, *, controller: str, actor_user_id: int | None = None
) -> ExportTransfer:
    """Note whom the copy is to go to; takes the place of one that is not confirmed. Nothing is
    handed over before `confirm`. In the tenant's scope. Raises NotAllowedNow."""
    if package.expires_at is None or not may_be_handed_over(package):
        raise NotAllowedNow
    ExportTransfer.objects.filter(package=package, confirmed_at__isnull=True).delete()
    transfer = ExportTransfer(
        organisation_id=package.organisation_id, package=package, expires_at=package.expires_at
    )
    transfer.controller = cipher_of(package.request).encrypt(controller, _aad(transfer))
    transfer.save(force_insert=True)
    note(package, "transfer.named", actor_user_id=actor_user_id)
    return transfer


@transaction.atomic
def confirm(package: ExportPackage, *, actor_user_id: int | None = None) -> ExportTransfer:
    """The person wants it: the link works from now on, once. Raises NotAllowedNow."""
    found = ExportTransfer.objects.select_for_update(of=("self",)).filter(
        package=package, confirmed_at__isnull=True
    )
    transfer: ExportTransfer | None = found.first()
    if transfer is None or not may_be_handed_over(package):
        raise NotAllowedNow
    transfer.confirmed_at = clock.now()
    transfer.save(update_fields=["confirmed_at"])
    note(package, "transfer.confirmed", actor_user_id=actor_user_id)
    return transfer


@transaction.atomic
def fetch(transfer: ExportTransfer) -> Iterator[bytes]:
    """The archive's bytes, for the controller: once. Raises CopyGone."""
    free = ExportTransfer.objects.filter(
        pk=transfer.pk,
        confirmed_at__isnull=False,
        fetched_at__isnull=True,
        expires_at__gt=clock.now(),
        package__state=ExportPackage.State.READY,
    )
    spool = Spool(transfer.package)
    if not spool.exists(ARCHIVE) or not free.update(fetched_at=clock.now()):
        raise CopyGone
    note(transfer.package, "transfer.fetched")
    return spool.frames(ARCHIVE)


def is_open(transfer: ExportTransfer) -> bool:
    return (
        transfer.confirmed_at is not None
        and transfer.fetched_at is None
        and transfer.expires_at > clock.now()
        and transfer.package.state == ExportPackage.State.READY
    )


def controller_of(transfer: ExportTransfer) -> str:
    """Raises Erased once the request's words have ended."""
    return cipher_of(transfer.package.request).decrypt(transfer.controller, _aad(transfer))


def _aad(transfer: ExportTransfer) -> bytes:
    field = "privacy_rights.ExportTransfer.controller"
    key = transfer.package.request.public_id
    return aad(transfer.organisation_id, field, transfer.public_id, key)

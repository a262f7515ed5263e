"""Handing a copy over: so long, so often, each time recorded; then it is deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import current_organisation_id
from privacy.policy import limit_of
from privacy.rights import requests, states
from privacy.rights.export.events import note
from privacy.rights.export.models import ExportPackage
from privacy.rights.export.running import passphrase_of
from privacy.rights.export.spool import ARCHIVE, Spool, delete_files
from privacy.rights.hooks import hooks
from privacy.rights.models import RequestStatus, RightsRequest
from privacy.rights.requests import subject_ids_of

DOWNLOADS: Final = "export_downloads"
ATTEMPTS: Final = "export_passphrase_attempts"
_State = ExportPackage.State


class CopyGone(DomainError):  # noqa: N818 - reads as what happened
    """The copy is not there yet, or not any more, or has been fetched as often as it may be."""

    def __init__(self) -> None:
        super().__init__(
            _("This copy can no longer be fetched. Ask for a new one: it costs nothing.")
        )


class WrongFact(DomainError):  # noqa: N818 - as above
    """Not something that only the person knows."""

    def __init__(self) -> None:
        super().__init__(_("That is not one of yours."))


def current_copy(request: RightsRequest) -> ExportPackage | None:
    """The request's copy, also one that was deleted. In the tenant's scope."""
    found: ExportPackage | None = (
        ExportPackage.objects.filter(request=request)
        .select_related("request")
        .order_by("-started_at", "-pk")
        .first()
    )
    return found


def can_be_fetched(package: ExportPackage | None) -> bool:
    return (
        package is not None
        and package.state == _State.READY
        and package.expires_at is not None
        and package.expires_at > clock.now()
        and package.downloads < limit_of(DOWNLOADS)
    )


def downloads_left(package: ExportPackage) -> int:
    return max(limit_of(DOWNLOADS) - package.downloads, 0)


@transaction.atomic
def fetch(package: ExportPackage, *, by: str, actor_user_id: int | None = None) -> Iterator[bytes]:
    """The archive's bytes, once it is counted and recorded that somebody ("person", "staff" or
    "controller") fetches it. In the tenant's scope. Raises CopyGone."""
    free = ExportPackage.objects.filter(
        pk=package.pk,
        state=_State.READY,
        expires_at__gt=clock.now(),
        downloads__lt=limit_of(DOWNLOADS),
    )
    spool = Spool(package)
    if not spool.exists(ARCHIVE) or not free.update(downloads=F("downloads") + 1):
        raise CopyGone
    package.refresh_from_db(fields=["downloads"])
    note(
        package,
        "export.downloaded",
        actor_user_id=actor_user_id,
        detail={"by": by, "left": downloads_left(package)},
    )
    return spool.frames(ARCHIVE)


def archive_response(package: ExportPackage, frames: Iterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(frames, content_type="application/zip")
    name = f"{package.request.kind}-{package.public_id}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = str(package.size)
    response["Cache-Control"] = "no-store"
    return response


def show_passphrase(package: ExportPackage, *, to: str, actor_user_id: int | None = None) -> str:
    """What opens the archive, recorded. The caller has made sure who asks. Raises CopyGone."""
    if package.state != _State.READY or package.passphrase is None:
        raise CopyGone
    note(package, "export.passphrase_shown", actor_user_id=actor_user_id, detail={"to": to})
    return passphrase_of(package)


def prove(package: ExportPackage, *, fact: str) -> None:
    """Make sure, before the passphrase is shown, that somebody knows what only the person does.
    In the tenant's scope; commits the attempt. Raises WrongFact, and CopyGone when there were too
    many."""
    free = ExportPackage.objects.filter(
        pk=package.pk, state=_State.READY, attempts__lt=limit_of(ATTEMPTS)
    )
    if not free.update(attempts=F("attempts") + 1):
        raise CopyGone
    if not _knows(subject_ids_of(package.request), fact.strip()):
        note(package, "export.passphrase_refused")
        raise WrongFact
    ExportPackage.objects.filter(pk=package.pk).update(attempts=0)


def _knows(subject_ids: Collection[UUID], fact: str) -> bool:
    return bool(fact) and any(
        knows(current_organisation_id(), subject_ids, fact) for knows in hooks.facts
    )


@transaction.atomic
def delete_copy(package: ExportPackage) -> None:
    """Delete the file, and close the request if nothing else is to come. In the tenant's scope.
    Idempotent."""
    if package.state == _State.DELETED:
        return
    package.state, package.deleted_at = _State.DELETED, clock.now()
    package.passphrase = None
    package.save(update_fields=["state", "deleted_at", "passphrase"])
    note(package, "export.deleted")
    if package.request.status == RequestStatus.VERIFIED_DONE:
        requests.move(package.request, states.Status.CLOSED, reason="copy_deleted")
    transaction.on_commit(lambda: delete_files(package))


def delete_overdue() -> int:
    """Delete the copies whose period is over. In a tenant's scope."""
    rows = ExportPackage.objects.select_related("request")
    overdue = list(rows.filter(deleted_at__isnull=True, delete_at__lte=clock.now()).order_by("pk"))
    for package in overdue:
        delete_copy(package)
    return len(overdue)


class Copies:
    """Copies of people's data, as something that an erasure takes along."""

    name = "copies"

    def count(self, organisation_id: int, subject_ids: Collection[UUID]) -> int:  # noqa: ARG002 - the protocol's signature
        return len(_kept(subject_ids))

    def erase(self, organisation_id: int, subject_ids: Collection[UUID], limit: int) -> int:  # noqa: ARG002 - as above
        found = _kept(subject_ids)[:limit]
        for package in found:
            delete_copy(package)
        return len(found)


def _kept(subject_ids: Collection[UUID]) -> list[ExportPackage]:
    rows = ExportPackage.objects.filter(deleted_at__isnull=True).select_related("request")
    own = rows.filter(request__subject_id__in=list(subject_ids))
    further = rows.filter(request__further_subjects__subject_id__in=list(subject_ids))
    return sorted({*own, *further}, key=lambda package: int(package.pk))

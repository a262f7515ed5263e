"""What pages show of a copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from privacy.registry import registry
from privacy.rights import states
from privacy.rights.export import delivery, transfers
from privacy.rights.export.links import transfer_path
from privacy.rights.export.models import ExportPackage, ExportPart, ExportTransfer
from privacy.rights.hooks import hooks
from privacy.rights.models import RequestStatus, RightsRequest


@dataclass(frozen=True, slots=True)
class PartLine:
    """A table of a copy, by its name in words."""

    part: ExportPart
    what: str


@dataclass(frozen=True, slots=True)
class TransferLine:
    controller: str
    is_confirmed: bool
    is_open: bool
    url: str


@dataclass(frozen=True, slots=True)
class CopyPage:
    """A copy as a page shows it. `passphrase` only when it was just asked for."""

    package: ExportPackage
    parts: Sequence[PartLine]
    records: int
    removed: int
    can_fetch: bool
    left: int
    transfers: Sequence[TransferLine] = ()
    may_hand_over: bool = False
    passphrase: str = ""


def copy_page(request: RightsRequest, *, slug: str = "", passphrase: str = "") -> CopyPage | None:
    """The latest copy that the request asked for; None while there is none. `slug`: of the
    organisation, for the links of transfers."""
    package = delivery.current_copy(request)
    if package is None:
        return None
    parts = list(ExportPart.objects.filter(package=package).order_by("position"))
    return CopyPage(
        package=package,
        parts=[PartLine(part, _name(part)) for part in parts if part.planned],
        records=sum(part.written for part in parts),
        removed=sum(part.removed for part in parts),
        can_fetch=delivery.can_be_fetched(package),
        left=delivery.downloads_left(package),
        transfers=_transfers(package, slug) if slug else (),
        may_hand_over=transfers.may_be_handed_over(package),
        passphrase=passphrase,
    )


def is_being_made(request: RightsRequest) -> bool:
    return request.kind in states.COPIED and request.status in (
        RequestStatus.VERIFIED,
        RequestStatus.RUNNING,
        RequestStatus.WAITING,
    )


def own_requests(user_id: int) -> list[RightsRequest]:
    """What a member has asked for while signed in, the latest first."""
    rows = RightsRequest.objects.filter(account_user_id=user_id, kind__in=states.COPIED)
    return list(rows.order_by("-received_at", "-pk")[:20])


def _name(part: ExportPart) -> str:
    section = hooks.sections.get(part.label)
    return section.title if section else registry.name_of(part.label)


def _transfers(package: ExportPackage, slug: str) -> list[TransferLine]:
    rows = ExportTransfer.objects.filter(package=package).select_related("package__request")
    return [
        TransferLine(
            controller=transfers.controller_of(row),
            is_confirmed=row.confirmed_at is not None,
            is_open=transfers.is_open(row),
            url=f"{settings.BASE_URL}{transfer_path(row, slug)}" if row.confirmed_at else "",
        )
        for row in rows.order_by("pk")
    ]

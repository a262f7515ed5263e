"""From a verified request to a copy that can be fetched.

Safe to call at any time and again: a second worker gets nothing, a request that is not verified is
left alone, and what a run could not finish the next one goes on with.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from kaizo.core import clock
from kaizo.core.logs import get_logger
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.policy import kept_for
from privacy.rights import requests, states
from privacy.rights.export.collecting import (
    BeingErased,
    NotAsPlanned,
    collect,
    prepare,
    refuse_the_erased,
)
from privacy.rights.export.events import note
from privacy.rights.export.models import ExportPackage, ExportPart
from privacy.rights.export.packing import Packed, pack
from privacy.rights.export.people import asker_of
from privacy.rights.export.review import services as review
from privacy.rights.export.tables import Unrenderable
from privacy.rights.hooks import NotReadYet
from privacy.rights.models import Decision, RequestStatus, RightsRequest
from privacy.rights.words import cipher_of
from privacy.vault.cipher import aad

log = get_logger(__name__)
LEASE: Final = timedelta(minutes=10)
BUDGET: Final = 120.0  # seconds of one run; the next one goes on
_AT_WORK: Final = (RequestStatus.RUNNING, RequestStatus.WAITING)
# Nothing that is easily taken for something else when it is read out on the telephone.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS: Final = 5
_GROUP: Final = 5


@transaction.atomic
def begin(request: RightsRequest, *, actor_user_id: int | None = None) -> ExportPackage:
    """Start the copy that a verified request asks for, or go on with it. In the tenant's scope.

    Raises NotVerified before the person's identity is established, whoever asks.
    """
    from privacy.rights.export.tasks import queue_copy

    requests.require_verified(request)
    if request.kind not in states.COPIED:
        raise requests.NotAllowedNow
    current: ExportPackage | None = ExportPackage.objects.filter(
        request=request, deleted_at__isnull=True
    ).first()
    if current is None:
        if request.status not in _AT_WORK:
            requests.move(request, states.Status.RUNNING, actor_user_id=actor_user_id)
        current = ExportPackage(organisation_id=request.organisation_id, request=request)
        current.save(force_insert=True)
        note(current, "export.started", actor_user_id=actor_user_id)
    queue_copy(current)
    return current


@transaction.atomic
def resume(request: RightsRequest, *, actor_user_id: int | None) -> ExportPackage:
    """Try a blocked copy again; a new one when an erasure has taken it. In the tenant's scope."""
    requests.move(request, states.Status.RUNNING, actor_user_id=actor_user_id, reason="retry")
    package = begin(request, actor_user_id=actor_user_id)
    blocked = ExportPart.objects.filter(package=package, state=ExportPart.State.BLOCKED)
    blocked.filter(planned=0).update(state=ExportPart.State.PENDING)
    blocked.update(state=ExportPart.State.RUNNING)
    package.problem = ""
    package.save(update_fields=["problem"])
    return package


def start_or_resume(request: RightsRequest, *, actor_user_id: int) -> ExportPackage:
    """Start the copy, or try a blocked one again. In the tenant's scope. Raises as `begin` does."""
    act = resume if request.status == RequestStatus.BLOCKED else begin
    return act(request, actor_user_id=actor_user_id)


def run_copy(*, organisation_id: int, package_id: int, seconds: float = BUDGET) -> bool:
    """Go on with a copy as far as it goes; True when there is nothing more to do now. Outside any
    scope."""
    package = _claim(organisation_id, package_id)
    if package is None:
        return True
    try:
        return _run(package, seconds)
    except NotReadYet:
        _wait(package)
    except Unrenderable as error:
        _block(package, "unrenderable", label=error.label)
    except NotAsPlanned as error:
        _block(package, "not_as_planned", label=error.label)
    except BeingErased:
        _block(package, "being_erased")
    finally:
        _release(package)
    return True


def _run(package: ExportPackage, seconds: float) -> bool:
    with _scope(package):
        refuse_the_erased(asker_of(package.request))
        prepare(package)
    if not collect(package, seconds=seconds):
        return False
    with _scope(package):
        _require_as_planned(package)
        is_risky = review.needs_a_look(package)
    if is_risky:
        review.hold(package)
        return True
    passphrase = new_passphrase()
    _finish(package, pack(package, passphrase), passphrase)
    return True


def _require_as_planned(package: ExportPackage) -> None:
    for part in ExportPart.objects.filter(package=package):
        if part.state != ExportPart.State.DONE or part.planned != part.written + part.omitted:
            raise NotAsPlanned(part.label)


@transaction.atomic
def _finish(package: ExportPackage, packed: Packed, passphrase: str) -> None:
    from privacy.rights.export.tasks import mail_ready

    with _scope(package):
        refuse_the_erased(asker_of(package.request))
        now = clock.now()
        package.state, package.finished_at = ExportPackage.State.READY, now
        package.expires_at = now + kept_for("export_link")
        package.delete_at = now + kept_for("export_file")
        package.size, package.digest = packed.size, packed.digest
        package.passphrase = cipher_of(package.request).encrypt(passphrase, _aad(package))
        package.save(
            update_fields=[
                "state", "finished_at", "expires_at", "delete_at", "size", "digest", "passphrase",
            ]
        )  # fmt: skip
        parts = list(ExportPart.objects.filter(package=package))
        note(
            package,
            "export.ready",
            detail={
                "records": sum(part.written for part in parts),
                "removed": sum(part.removed for part in parts),
            },
        )
        requests.move(package.request, states.Status.VERIFIED_DONE)
        requests.grant(package.request, Decision.GRANTED, "", None)
        mail_ready.delay_on_commit(organisation_id=package.organisation_id, package_id=package.pk)


def passphrase_of(package: ExportPackage) -> str:
    """What opens the archive. Raises Erased once the request's words have ended."""
    assert package.passphrase is not None  # noqa: S101 - a package that is ready has one
    return cipher_of(package.request).decrypt(package.passphrase, _aad(package))


def new_passphrase() -> str:
    """124 random bits, in groups that can be read out."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _claim(organisation_id: int, package_id: int) -> ExportPackage | None:
    with tenant_scope(organisation_id, purpose=Purpose.SUBJECT_ACCESS):
        now = clock.now()
        free = ExportPackage.objects.filter(
            Q(claimed_until__isnull=True) | Q(claimed_until__lt=now),
            pk=package_id,
            state=ExportPackage.State.COLLECTING,
            request__status__in=_AT_WORK,
            request__verified_at__isnull=False,
        )
        if not free.update(claimed_until=now + LEASE):
            return None
        claimed: ExportPackage = ExportPackage.objects.select_related("request").get(pk=package_id)
        return claimed


def _release(package: ExportPackage) -> None:
    with _scope(package):
        ExportPackage.objects.filter(pk=package.pk).update(claimed_until=None)


def _wait(package: ExportPackage) -> None:
    """Texts have to be read first; a job comes back."""
    with _scope(package):
        if package.request.status == RequestStatus.RUNNING:
            requests.move(
                package.request,
                states.Status.WAITING,
                reason="texts_unread",
                waiting_for=[states.WaitingFor.TEXTS.value],
            )


def _block(package: ExportPackage, problem: str, *, label: str = "") -> None:
    """Say what could not be done, and hand nothing out. `label` names a table or field."""
    log.warning("export_blocked", package=str(package.public_id), problem=problem, label=label)
    with _scope(package):
        package.problem = label
        package.save(update_fields=["problem"])
        part = ".".join(label.split(".")[:2])
        ExportPart.objects.filter(package=package, label=part).update(
            state=ExportPart.State.BLOCKED
        )
        note(package, "export.blocked", detail={"problem": problem})
        requests.move(package.request, states.Status.BLOCKED, reason=problem)


def _scope(package: ExportPackage) -> Any:
    return tenant_scope(package.organisation_id, purpose=Purpose.SUBJECT_ACCESS)


def _aad(package: ExportPackage) -> bytes:
    key = package.request.public_id
    field = "privacy_rights.ExportPackage.passphrase"
    return aad(package.organisation_id, field, package.public_id, key)


def _start(request: RightsRequest) -> None:
    from privacy.rights.export.tasks import queue_start

    queue_start(request)


for _kind in sorted(states.COPIED):
    requests.follow(_kind, states.Status.VERIFIED, _start)

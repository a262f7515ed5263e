"""Holding a copy for somebody to look at, and releasing it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction

from kaizo.core import clock
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.rights import requests, states
from privacy.rights.export.collecting import read_back
from privacy.rights.export.events import note
from privacy.rights.export.models import ExportPackage, ExportPart
from privacy.rights.export.review.models import ExportCheck
from privacy.rights.export.spool import Spool
from privacy.rights.hooks import hooks
from privacy.rights.requests import NotAllowedNow, SamePerson

_State = ExportPackage.State


def needs_a_look(package: ExportPackage) -> bool:
    """Whether somebody has to look before the copy is packed. In the tenant's scope."""
    return package.reviewed_at is None and ExportCheck.objects.filter(package=package).exists()


@transaction.atomic
def hold(package: ExportPackage) -> None:
    """Stop before the copy is packed: nothing is handed out until somebody releases it, and who may
    is told. Outside any scope."""
    with tenant_scope(package.organisation_id, purpose=Purpose.SUBJECT_ACCESS):
        package.state = _State.REVIEW
        package.save(update_fields=["state"])
        texts = ExportCheck.objects.filter(package=package).count()
        note(package, "export.held", detail={"texts": texts})
        requests.move(
            package.request,
            states.Status.WAITING,
            reason="others_mentioned",
            waiting_for=[states.WaitingFor.REVIEW.value],
        )
        for tell in hooks.held_copies:
            tell(package.organisation_id, package.pk, package.request.account_user_id)


@transaction.atomic
def look_through(
    package: ExportPackage,
    *,
    seen: Collection[int],
    withheld: Collection[int],
    actor_user_id: int,
) -> bool:
    """Note which texts somebody has seen and which of them are withheld (ids of checks). Once all
    have been seen the copy is packed without those: True. In the tenant's scope.

    Raises NotAllowedNow unless the copy waits for this, and SamePerson for whoever asked for it.
    """
    locked = ExportPackage.objects.select_for_update(of=("self",)).get(pk=package.pk)
    if locked.state != _State.REVIEW:
        raise NotAllowedNow
    if package.request.account_user_id == actor_user_id:
        raise SamePerson
    checks = ExportCheck.objects.filter(package=package)
    unseen = checks.filter(is_seen=False)
    unseen.filter(pk__in=list(withheld)).update(is_seen=True, is_withheld=True)
    unseen.filter(pk__in=list(seen)).update(is_seen=True)
    if unseen.exists():
        return False
    _release(package, actor_user_id)
    return True


def _release(package: ExportPackage, actor_user_id: int) -> None:
    from privacy.rights.export.tasks import queue_copy

    package.state = _State.COLLECTING
    package.reviewed_at, package.reviewed_by_id = clock.now(), actor_user_id
    package.save(update_fields=["state", "reviewed_at", "reviewed_by_id"])
    checks = ExportCheck.objects.filter(package=package)
    note(
        package,
        "export.released",
        actor_user_id=actor_user_id,
        detail={"texts": checks.count(), "withheld": checks.filter(is_withheld=True).count()},
    )
    requests.move(package.request, states.Status.RUNNING, actor_user_id=actor_user_id)
    queue_copy(package)


def withheld_of(package: ExportPackage) -> dict[tuple[str, str], set[str]]:
    """What was withheld, by part and record. In the tenant's scope."""
    found: dict[tuple[str, str], set[str]] = {}
    rows = ExportCheck.objects.filter(package=package, is_withheld=True)
    for label, record, field in rows.values_list("label", "record", "field"):
        found.setdefault((label, record), set()).add(field)
    return found


def words_at(package: ExportPackage, checks: Sequence[ExportCheck]) -> dict[int, Any]:
    """What the person would read at these places, by check: without what was found of others. In
    the tenant's scope; reads the working files of the parts concerned."""
    spool = Spool(package)
    places = {(check.label, check.record) for check in checks}
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for part in ExportPart.objects.filter(package=package, label__in={each for each, _ in places}):
        for record, _removed in read_back(spool, part):
            place = (part.label, str(record["record"]))
            if place in places:
                records[place] = record
    return {
        check.pk: _words(records.get((check.label, check.record), {}), check.field)
        for check in checks
    }


def _words(record: dict[str, Any], field: str) -> Any:
    if field:
        return record.get(field)
    return {name: value for name, value in record.items() if name not in {"record", "as"}}

"""Freezing on request, telling the person that it ends, and ending it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import Purpose, purpose_scope
from privacy.audit import record_event, register_actions
from privacy.models import Subject
from privacy.rights import ledger, states
from privacy.rights.correspondence.models import RequestMessage
from privacy.rights.correspondence.services import write_to_person
from privacy.rights.models import Decision, RightsRequest
from privacy.rights.replay import Order, register_rememberer, register_replayer
from privacy.rights.requests import (
    NotAllowedNow,
    finish,
    recover_request,
    require_verified,
    subject_ids_of,
)
from privacy.rights.restriction import mirror
from privacy.rights.restriction.models import FreezeGround, LiftReason, Restriction
from privacy.vault.models import LedgerAction, LedgerEntry

register_actions(
    {
        "privacy.subject.frozen": {"ground": frozenset(FreezeGround.values), "rows": int},
        "privacy.subject.thawed": {"reason": frozenset(LiftReason.values), "rows": int},
    }
)


class NobodyKnown(DomainError):  # noqa: N818 - reads as what happened
    """There is nothing to freeze."""

    def __init__(self) -> None:
        super().__init__(_("Nothing is kept about this person."))


class NotToldYet(DomainError):  # noqa: N818 - as above
    """GDPR Art. 18(3): the person hears of it before it happens."""

    def __init__(self) -> None:
        super().__init__(_("The person has to be told first that the freeze ends."))


def in_force(request: RightsRequest) -> list[Restriction]:
    """The request's restrictions that are not lifted, in the order of their rows."""
    rows = Restriction.objects.filter(request=request, lifted_at__isnull=True)
    return list(rows.select_related("notice").order_by("pk"))


@transaction.atomic
def freeze_person(request: RightsRequest, *, ground: str, actor_user_id: int | None) -> int:
    """Freeze everything about whoever asked, at once; how many rows that were. Repeatable.

    Raises NotVerified before it is known who asks, and NobodyKnown when nothing is kept.
    """
    require_verified(request)
    subject_ids = subject_ids_of(request)
    if not subject_ids:
        raise NobodyKnown
    Restriction.objects.bulk_create(
        [
            Restriction(
                organisation_id=request.organisation_id,
                request=request,
                subject_id=subject_id,
                ground=ground,
                frozen_by_id=actor_user_id,
            )
            for subject_id in subject_ids
        ],
        ignore_conflicts=True,
    )
    _order(request, LedgerAction.RESTRICT, subject_ids)
    rows = mirror.freeze(request.organisation_id, subject_ids)
    _record(request, "privacy.subject.frozen", actor_user_id, {"ground": ground, "rows": rows})
    return rows


@transaction.atomic
def freeze_on_request(request: RightsRequest, *, ground: str, actor_user_id: int) -> int:
    """Freeze whoever asked. One who asked for nothing else has had their answer with it."""
    rows = freeze_person(request, ground=ground, actor_user_id=actor_user_id)
    if request.kind == states.Kind.RESTRICTION and request.status == states.Status.VERIFIED:
        text = _("Your data is frozen: it is kept, and not used. We tell you before that ends.")
        with translation.override(request.language or None):
            finish(request, Decision.GRANTED, str(text), actor_user_id=actor_user_id)
    return rows


@transaction.atomic
def announce_lifting(
    request: RightsRequest, *, reason: str, text: str, actor_user_id: int
) -> RequestMessage:
    """Tell the person that the freeze is going to end, and why. It ends by `lift` alone."""
    found = in_force(request)
    if not found:
        raise NotAllowedNow
    kind = RequestMessage.Kind.LIFTING
    message = write_to_person(request, text=text, kind=kind, actor_user_id=actor_user_id)
    Restriction.objects.filter(pk__in=[each.pk for each in found]).update(
        notice=message, lift_reason=reason
    )
    return message


@transaction.atomic
def lift(request: RightsRequest, *, actor_user_id: int) -> int:
    """End the freeze; how many rows came back. Raises NotToldYet before the letter that announces
    it has gone out. Rows that somebody else's request freezes as well stay frozen."""
    found = in_force(request)
    if not found:
        raise NotAllowedNow
    told = {each.pk: each.notice.told_at if each.notice else None for each in found}
    if not all(told.values()):
        raise NotToldYet
    now = clock.now()
    for each in found:
        each.told_at, each.lifted_at, each.lifted_by_id = told[each.pk], now, actor_user_id
        each.save(update_fields=["told_at", "lifted_at", "lifted_by_id"])
    free = _not_frozen_otherwise([each.subject_id for each in found])
    _order(request, LedgerAction.LIFT_RESTRICTION, free)
    rows = mirror.thaw(request.organisation_id, free)
    _record(
        request,
        "privacy.subject.thawed",
        actor_user_id,
        {"reason": found[0].lift_reason, "rows": rows},
    )
    return rows


def grounds_hold(kind: str) -> bool:
    """Whether a request of this kind may freeze somebody: one for a freeze, and those under which
    the law freezes meanwhile (GDPR Art. 18(1)(a) and (d))."""
    return kind in {states.Kind.RESTRICTION, states.Kind.RECTIFICATION, states.Kind.OBJECTION}


def _not_frozen_otherwise(subject_ids: Collection[UUID]) -> list[UUID]:
    others = Restriction.objects.filter(subject_id__in=subject_ids, lifted_at__isnull=True)
    return sorted(set(subject_ids) - set(others.values_list("subject_id", flat=True)), key=str)


def _order(request: RightsRequest, action: LedgerAction, subject_ids: Sequence[UUID]) -> None:
    """Write the order to the ledger, so that a restored database does it again. Ordering the same
    once more, after a commit that failed, finds the entry there."""
    if not subject_ids:
        return
    times = Restriction.objects.filter(request=request, lifted_at__isnull=False).count()
    entry_id = _entry_id(request, action, times)
    ledger.write_entry(
        organisation_id=request.organisation_id,
        entry_id=entry_id,
        action=action,
        subject_ids=subject_ids,
        request_id=request.public_id,
    )
    ledger.mark_known(request.organisation_id, entry_id)


def _entry_id(request: RightsRequest, action: LedgerAction, times: int) -> UUID:
    return uuid.uuid5(request.public_id, f"{action.value}:{times}")


def _orders() -> Iterator[Order]:
    """Whatever may have been ordered: a freeze and its end for every number of rows lifted."""
    rows = RightsRequest.objects.filter(pk__in=Restriction.objects.values("request_id"))
    for request in rows.order_by("pk"):
        found = list(Restriction.objects.filter(request=request).order_by("pk"))
        lifted = [each.subject_id for each in found if each.lifted_at]
        for times in range(len(lifted) + 1):
            for action, subjects in (
                (LedgerAction.LIFT_RESTRICTION, lifted),  # counted before what follows it
                (LedgerAction.RESTRICT, [each.subject_id for each in found]),
            ):
                entry_id = _entry_id(request, action, times)
                yield Order(entry_id, action, subjects, request.public_id)


def _record(
    request: RightsRequest,
    action: str,
    actor_user_id: int | None,
    detail: dict[str, int | bool | str],
) -> None:
    for subject_id in subject_ids_of(request):
        record_event(
            organisation_id=request.organisation_id,
            action=action,
            actor_user_id=actor_user_id,
            object_type="privacy_rights.RightsRequest",
            object_id=request.public_id,
            subject_id=subject_id,
            purpose=Purpose.SUBJECT_ACCESS,
            detail=detail,
        )


def _freeze_again(entry: LedgerEntry) -> None:
    assert entry.request_id is not None  # noqa: S101 - every freeze has one
    request = recover_request(
        entry.request_id,
        kind=states.Kind.RESTRICTION,
        subject_ids=entry.subject_ids,
        at=entry.written_at,
    )
    known = Subject.objects.filter(pk__in=entry.subject_ids).values_list("pk", flat=True)
    Restriction.objects.bulk_create(
        [
            Restriction(
                organisation_id=entry.organisation_id,
                request=request,
                subject_id=subject_id,
                ground=FreezeGround.UNLAWFUL,
                frozen_at=entry.written_at,
            )
            for subject_id in known
        ],
        ignore_conflicts=True,
    )
    mirror.freeze(entry.organisation_id, entry.subject_ids)


def _thaw_again(entry: LedgerEntry) -> None:
    """The person was told before the entry was written: the ledger is the proof."""
    Restriction.objects.filter(
        request__public_id=entry.request_id, subject_id__in=entry.subject_ids
    ).filter(lifted_at__isnull=True).delete()
    with purpose_scope(Purpose.STORAGE):
        mirror.thaw(entry.organisation_id, _not_frozen_otherwise(entry.subject_ids))


register_rememberer(_orders)
register_replayer(LedgerAction.RESTRICT, _freeze_again)
register_replayer(LedgerAction.LIFT_RESTRICTION, _thaw_again)

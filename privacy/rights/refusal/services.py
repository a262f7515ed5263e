"""Proposing a refusal, confirming it by a second person, and dropping it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from kaizo.core import clock
from kaizo.core.tenancy import Purpose
from privacy.audit import record_event, register_actions
from privacy.rights import decisions, states
from privacy.rights.models import RefusalGround, RequestEvent, RightsRequest
from privacy.rights.refusal.models import Refusal
from privacy.rights.requests import (
    NoGround,
    NotAllowedNow,
    SamePerson,
    note_event,
    refuse_request,
    wait_for_staff,
)
from privacy.rights.words import cipher_of
from privacy.vault.cipher import Erased, aad

_Outcome = Refusal.Outcome
_GROUNDS = frozenset(RefusalGround.values)
register_actions(
    {
        "privacy.refusal.proposed": {"ground": _GROUNDS},
        "privacy.refusal.confirmed": {"ground": _GROUNDS},
        "privacy.refusal.dropped": {},
    }
)


def may_propose(request: RightsRequest) -> bool:
    """Whether a refusal can be proposed where the request is now. An appeal has its own decision,
    and some rights cannot be refused at all."""
    kind, status = states.Kind(request.kind), states.Status(request.status)
    return (
        states.may_move(kind, status, states.Status.REFUSED)
        and status is not states.Status.APPEALED
        and bool(decisions.offered(kind))
    )


@transaction.atomic
def propose(request: RightsRequest, *, ground: str, reasons: str, actor_user_id: int) -> Refusal:
    """Put a refusal down for somebody else to confirm. A later one takes the place of an earlier
    one that nobody has confirmed.

    Raises NoGround for a ground that the law does not know against this right, or that only a
    balancing leads to.
    """
    if ground not in decisions.offered(request.kind):
        raise NoGround
    if not may_propose(request):
        raise NotAllowedNow
    for earlier in _open(request).select_for_update(of=("self",)):
        _settle(earlier, _Outcome.DROPPED, actor_user_id)
    refusal = Refusal(
        organisation_id=request.organisation_id,
        request=request,
        ground=ground,
        proposed_by_id=actor_user_id,
    )
    refusal.reasons = cipher_of(request).encrypt(reasons, _aad(refusal))
    refusal.save(force_insert=True)
    note_event(request, RequestEvent.What.PROPOSED, reason=ground, actor_user_id=actor_user_id)
    _record("privacy.refusal.proposed", request, actor_user_id, ground=ground)
    wait_for_staff(request, but=actor_user_id)
    return refusal


@transaction.atomic
def confirm(refusal: Refusal, *, actor_user_id: int) -> None:
    """Refuse the request as proposed, and tell the person. Raises SamePerson for whoever proposed
    it, and NotAllowedNow when the request has gone on meanwhile."""
    locked = _locked(refusal)
    if actor_user_id == locked.proposed_by_id:
        raise SamePerson
    request = locked.request
    text = cipher_of(request).decrypt(locked.reasons, _aad(locked))
    _settle(locked, _Outcome.CONFIRMED, actor_user_id)
    _record("privacy.refusal.confirmed", request, actor_user_id, ground=locked.ground)
    refuse_request(
        request,
        ground=locked.ground,
        text=text,
        proposed_by_id=locked.proposed_by_id,
        actor_user_id=actor_user_id,
    )


@transaction.atomic
def drop(refusal: Refusal, *, actor_user_id: int) -> None:
    """Nothing is refused: the request goes on. Anybody may, whoever proposed it included."""
    locked = _locked(refusal)
    _settle(locked, _Outcome.DROPPED, actor_user_id)
    note_event(locked.request, RequestEvent.What.DROPPED, actor_user_id=actor_user_id)
    _record("privacy.refusal.dropped", locked.request, actor_user_id)


def proposal_of(request: RightsRequest) -> Refusal | None:
    """The refusal that waits for a second person, while the request can still be refused."""
    found: Refusal | None = _open(request).select_related("request").first()
    return found if found and may_propose(request) else None


def reasons_of(refusal: Refusal) -> str:
    """What the person would be told; empty once the request's words have ended."""
    try:
        return cipher_of(refusal.request).decrypt(refusal.reasons, _aad(refusal))
    except Erased:
        return ""


def _open(request: RightsRequest) -> QuerySet[Refusal]:
    return Refusal.objects.filter(request=request, decided_at__isnull=True)


def _locked(refusal: Refusal) -> Refusal:
    rows = Refusal.objects.select_related("request").select_for_update(of=("self",))
    locked: Refusal = rows.get(pk=refusal.pk)
    if locked.decided_at is not None:
        raise NotAllowedNow
    return locked


def _settle(refusal: Refusal, outcome: str, actor_user_id: int) -> None:
    refusal.outcome, refusal.decided_at = outcome, clock.now()
    refusal.decided_by_id = actor_user_id
    refusal.save(update_fields=["outcome", "decided_at", "decided_by_id"])


def _record(action: str, request: RightsRequest, actor_user_id: int, **detail: str) -> None:
    record_event(
        organisation_id=request.organisation_id,
        action=action,
        actor_user_id=actor_user_id,
        object_type="privacy_rights.RightsRequest",
        object_id=request.public_id,
        subject_id=request.subject_id,
        purpose=Purpose.SUBJECT_ACCESS,
        detail={**detail},
    )


def _aad(refusal: Refusal) -> bytes:
    field = "privacy_rights.Refusal.reasons"
    return aad(refusal.organisation_id, field, refusal.public_id, refusal.request.public_id)

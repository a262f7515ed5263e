"""Proposing corrections, carrying them out by a second person, and telling recipients."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import Purpose, purpose_scope
from privacy.audit import record_event, register_actions
from privacy.rights import states
from privacy.rights.correction.models import Correction, CorrectionNotice
from privacy.rights.hooks import Corrector, hooks
from privacy.rights.models import RequestStatus, RightsRequest
from privacy.rights.requests import (
    NotAllowedNow,
    SamePerson,
    move,
    require_verified,
    subject_ids_of,
)
from privacy.rights.words import cipher_of
from privacy.vault.cipher import Erased, aad

register_actions(
    {
        "privacy.correction.proposed": {},
        "privacy.correction.applied": {},
        "privacy.correction.withdrawn": {},
        "privacy.recipient.corrected": {},
    }
)
_OPEN = frozenset({RequestStatus.VERIFIED, RequestStatus.RUNNING})


class NotTheirs(DomainError):  # noqa: N818 - reads as what happened
    """The value is not the person's, or there is no such value."""

    def __init__(self) -> None:
        super().__init__(_("This is nothing of the person's."))


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """A correction as a page shows it; words are None once the request's have ended."""

    correction: Correction
    what: str
    before: str | None
    after: str | None


@transaction.atomic
def propose(
    request: RightsRequest, *, corrector: str, target_id: int, value: str, actor_user_id: int
) -> Correction:
    """Put down what a value is and what it should be. Repeating it replaces the proposal.

    Raises NotTheirs for a row that is not the person's, and DomainError for a value that cannot be.
    """
    require_verified(request)
    if request.kind != states.Kind.RECTIFICATION or request.status not in _OPEN:
        raise NotAllowedNow
    with purpose_scope(Purpose.SUBJECT_ACCESS):
        found = _corrector_of(request, corrector, target_id)
        before = found.read(request.organisation_id, target_id)
        after = found.clean(request.organisation_id, target_id, value)
    Correction.objects.filter(
        request=request, corrector=corrector, target_id=target_id, applied_at__isnull=True
    ).delete()
    correction = Correction(
        organisation_id=request.organisation_id,
        request=request,
        corrector=corrector,
        target_id=target_id,
        proposed_by_id=actor_user_id,
    )
    cipher = cipher_of(request)
    correction.before = cipher.encrypt(before, _aad(correction, "before"))
    correction.after = cipher.encrypt(after, _aad(correction, "after"))
    correction.save(force_insert=True)
    _record("privacy.correction.proposed", request, actor_user_id)
    return correction


@transaction.atomic
def apply(correction: Correction, *, actor_user_id: int) -> None:
    """Carry out what somebody else has proposed, and note who else has to be told.

    Raises SamePerson for whoever proposed it.
    """
    request = correction.request
    if correction.applied_at is not None or request.status not in _OPEN:
        raise NotAllowedNow
    if actor_user_id == correction.proposed_by_id:
        raise SamePerson
    value = cipher_of(request).decrypt(correction.after, _aad(correction, "after"))
    with purpose_scope(Purpose.SUBJECT_ACCESS):
        found = _corrector_of(request, correction.corrector, correction.target_id)
        found.apply(request.organisation_id, correction.target_id, value)
        _note_recipients(request)
    correction.applied_at, correction.applied_by_id = clock.now(), actor_user_id
    correction.save(update_fields=["applied_at", "applied_by_id"])
    if request.status == RequestStatus.VERIFIED:
        move(request, states.Status.RUNNING, actor_user_id=actor_user_id)
    _record("privacy.correction.applied", request, actor_user_id)


def withdraw(correction: Correction, *, actor_user_id: int) -> None:
    """Drop a proposal that was not carried out."""
    if correction.applied_at is not None:
        raise NotAllowedNow
    correction.delete()
    _record("privacy.correction.withdrawn", correction.request, actor_user_id)


def settle(notice: CorrectionNotice, *, actor_user_id: int) -> None:
    """Somebody has seen to it that the recipient corrected it."""
    notice.state, notice.settled_at = CorrectionNotice.State.DONE, clock.now()
    notice.settled_by_id = actor_user_id
    notice.save(update_fields=["state", "settled_at", "settled_by_id"])
    _record("privacy.recipient.corrected", notice.request, actor_user_id)


def lines_of(request: RightsRequest) -> list[CorrectionLine]:
    return [
        CorrectionLine(
            correction=each,
            what=_name_of(each.corrector),
            before=_read(request, each, "before"),
            after=_read(request, each, "after"),
        )
        for each in Correction.objects.filter(request=request).order_by("pk")
    ]


def is_unfinished(request: RightsRequest) -> bool:
    """Whether something is proposed and not carried out, or a recipient is still to be told."""
    waiting = CorrectionNotice.objects.filter(request=request, state=CorrectionNotice.State.BY_HAND)
    proposed = Correction.objects.filter(request=request, applied_at__isnull=True)
    return bool(proposed.exists() or waiting.exists())


def _corrector_of(request: RightsRequest, name: str, target_id: int) -> Corrector:
    found = hooks.correctors.get(name)
    subject_ids = subject_ids_of(request)
    if found is None or not found.is_of(request.organisation_id, target_id, subject_ids):
        raise NotTheirs
    return found


def _note_recipients(request: RightsRequest) -> None:
    """No vendor has a call for it, so each is to be told by hand, once for a request."""
    for recipient in hooks.recipients.values():
        for disclosed in recipient.find(request.organisation_id, subject_ids_of(request)):
            CorrectionNotice.objects.get_or_create(
                organisation_id=request.organisation_id,
                request=request,
                recipient=recipient.name,
                reference=disclosed.reference,
            )


def _name_of(corrector: str) -> str:
    found = hooks.correctors.get(corrector)
    return str(found.label) if found else corrector


def _read(request: RightsRequest, correction: Correction, name: str) -> str | None:
    stored = getattr(correction, name)
    try:
        return (
            None if stored is None else cipher_of(request).decrypt(stored, _aad(correction, name))
        )
    except Erased:
        return None


def _record(action: str, request: RightsRequest, actor_user_id: int) -> None:
    record_event(
        organisation_id=request.organisation_id,
        action=action,
        actor_user_id=actor_user_id,
        object_type="privacy_rights.RightsRequest",
        object_id=request.public_id,
        subject_id=request.subject_id,
        purpose=Purpose.SUBJECT_ACCESS,
    )


def _aad(correction: Correction, name: str) -> bytes:
    request = correction.request
    field = f"privacy_rights.Correction.{name}"
    return aad(correction.organisation_id, field, correction.public_id, request.public_id)

"""Telling recipients of an erasure (GDPR Art. 19), and waiting for those that need time.

What a recipient has to erase is collected before it goes here, and kept under the request's key
until it is done there.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db.models import Q

from kaizo.core import clock
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.audit import record_event, register_actions
from privacy.rights import states
from privacy.rights.hooks import Answer, Receipt, hooks
from privacy.rights.models import Plan, RecipientNotice, RequestStatus, RightsRequest
from privacy.rights.people import Person
from privacy.rights.words import cipher_of
from privacy.vault.cipher import aad

_State = RecipientNotice.State
register_actions({"privacy.recipient.told": {"state": frozenset(_State.values)}})

_BECOMES = {
    Answer.DONE: _State.DONE,
    Answer.LATER: _State.WAITING,
    Answer.BY_HAND: _State.BY_HAND,
    Answer.CONFIRM: _State.CONFIRM,
    Answer.NOT_INSTRUCTED: _State.NOT_INSTRUCTED,
}
# These keep a request open: something is still to be done.
UNSETTLED = frozenset({_State.PENDING, _State.WAITING, _State.CONFIRM, _State.BY_HAND})
_TRIES_AGAIN = frozenset({_State.PENDING, _State.WAITING})
_LONGEST = timedelta(hours=12)


def prepare(plan: Plan, person: Person) -> None:
    """Note whom to tell of what, before it is gone. In the tenant's scope. Idempotent."""
    cipher = cipher_of(plan.request)
    for recipient in hooks.recipients.values():
        for found in recipient.find(person.organisation_id, person.subject_ids):
            notice = RecipientNotice(
                organisation_id=plan.organisation_id,
                plan=plan,
                recipient=recipient.name,
                reference=found.reference,
                people=found.people,
                records=found.records,
            )
            notice.payload = cipher.encrypt(found.payload, _aad(plan, notice))
            RecipientNotice.objects.bulk_create([notice], ignore_conflicts=True)


def tell_recipients(plan: Plan) -> None:
    """Tell everybody who is due. Outside any scope: they take their time."""
    with tenant_scope(plan.organisation_id, purpose=Purpose.STORAGE):
        due = list(
            RecipientNotice.objects.filter(
                Q(next_at__isnull=True) | Q(next_at__lte=clock.now()),
                plan=plan,
                state__in=_TRIES_AGAIN,
            ).order_by("pk")
        )
    for notice in due:
        _tell(plan, notice)


def requests_due() -> list[RightsRequest]:
    """Waiting requests with a recipient that may be asked again. In the tenant's scope."""
    due = RecipientNotice.objects.filter(
        state__in=_TRIES_AGAIN, next_at__lte=clock.now(), plan__superseded_at__isnull=True
    )
    waiting = RightsRequest.objects.filter(
        status=RequestStatus.WAITING, pk__in=due.values("plan__request_id")
    )
    return list(waiting.order_by("pk"))


def confirm_notice(notice: RecipientNotice, *, actor_user_id: int) -> None:
    """The organisation wants the recipient's copy erased, too. In the tenant's scope; the next run
    does it."""
    notice.state, notice.confirmed_by_id = _State.PENDING, actor_user_id
    notice.next_at = None
    notice.save(update_fields=["state", "confirmed_by_id", "next_at"])


def settle_by_hand(notice: RecipientNotice, *, actor_user_id: int) -> None:
    """Somebody has seen to it that the recipient erased it. In the tenant's scope."""
    notice.confirmed_by_id = actor_user_id
    notice.save(update_fields=["confirmed_by_id"])
    _settle(notice, _State.DONE, b"")


def waiting_for(plan: Plan) -> list[str]:
    """What the plan's notices keep the request waiting for. In the tenant's scope."""
    rows = RecipientNotice.objects.filter(plan=plan, state__in=UNSETTLED)
    return sorted({notice.waiting_for or states.WaitingFor.RECIPIENT.value for notice in rows})


def _tell(plan: Plan, notice: RecipientNotice) -> None:
    recipient = hooks.recipients.get(notice.recipient)
    payload = b""
    if notice.payload is not None:
        payload = cipher_of(plan.request).decrypt_bytes(notice.payload, _aad(plan, notice))
    if recipient is None:  # what told it is no longer installed
        receipt, waits_as = Receipt(Answer.BY_HAND), states.WaitingFor.RECIPIENT.value
    else:
        receipt = recipient.tell(
            plan.organisation_id, notice.reference, payload, notice.confirmed_by_id
        )
        waits_as = recipient.waits_as
    with tenant_scope(plan.organisation_id, purpose=Purpose.STORAGE):
        notice.waiting_for = waits_as
        notice.attempts += 1
        notice.next_at = clock.now() + min(timedelta(minutes=2**notice.attempts), _LONGEST)
        notice.save(update_fields=["waiting_for", "attempts", "next_at"])
        _settle(notice, _BECOMES[receipt.answer], receipt.proof)


def _settle(notice: RecipientNotice, state: RecipientNotice.State, proof: bytes) -> None:
    notice.state = state
    if state not in UNSETTLED:
        notice.payload, notice.done_at, notice.waiting_for = None, clock.now(), ""
        notice.receipt = hashlib.sha256(proof).hexdigest() if proof else ""
    notice.save(update_fields=["state", "payload", "done_at", "waiting_for", "receipt"])
    record_event(
        organisation_id=notice.organisation_id,
        action="privacy.recipient.told",
        actor_user_id=notice.confirmed_by_id,
        object_type="privacy_rights.RecipientNotice",
        object_id=notice.public_id,
        detail={"state": state.value},
    )


def _aad(plan: Plan, notice: RecipientNotice) -> bytes:
    key = plan.request.public_id
    field = "privacy_rights.RecipientNotice.payload"
    return aad(plan.organisation_id, field, notice.public_id, key)

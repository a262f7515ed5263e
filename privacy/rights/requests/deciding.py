"""Decisions on requests, and appeals against them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kaizo.core import clock
from privacy.rights import decisions, states, words
from privacy.rights.models import Decision, RightsRequest
from privacy.rights.requests.errors import NoGround, NotVerified, SamePerson
from privacy.rights.requests.moving import arrived, move, wait_for_staff

_DECIDED = [
    "decision", "decision_text", "decided_at", "decided_by_id", "decision_proposed_by_id",
    "refusal_ground", "appeal_decided_by_id",
]  # fmt: skip


@transaction.atomic
def refuse_request(
    request: RightsRequest, *, ground: str, text: str, proposed_by_id: int, actor_user_id: int
) -> RightsRequest:
    """Refuse on one of the law's grounds for this very right, as one person proposed and another
    decided. Whoever is told so can appeal to a third.

    Raises NoGround for another right's ground, and SamePerson when one did both.
    """
    if actor_user_id == proposed_by_id:
        raise SamePerson
    if not decisions.may_refuse(request.kind, ground):
        raise NoGround
    move(request, states.Status.REFUSED, actor_user_id=actor_user_id, reason=ground)
    _decide(request, Decision.REFUSED, text, actor_user_id)
    request.refusal_ground, request.decision_proposed_by_id = ground, proposed_by_id
    request.save(update_fields=_DECIDED)
    _tell_decision(request, text, actor_user_id)
    arrived(request)
    return request


def grant(request: RightsRequest, decision: str, text: str, actor_user_id: int | None) -> None:
    """Note the decision on a request that is or will be carried out."""
    _decide(request, decision, text, actor_user_id)
    request.refusal_ground, request.decision_proposed_by_id = "", None
    request.save(update_fields=_DECIDED)
    _tell_decision(request, text, actor_user_id)


def tell_erased(request: RightsRequest) -> None:
    """Answer an erasure that is done and checked (GDPR Art. 12(3)). One that only the ledger still
    knows (`recover_request`) was answered before the restore."""
    if request.contact is None and request.account_user_id is None:
        return
    with translation.override(request.language or settings.LANGUAGE_CODE):
        text = _("It is done and was checked. The certificate says what was erased and what stays.")
    grant(request, Decision.GRANTED, text, None)


@transaction.atomic
def finish(
    request: RightsRequest, decision: str, text: str, *, actor_user_id: int | None, reason: str = ""
) -> None:
    """Close a request that needs no plan and that was carried out, with the decision on it."""
    for after in (states.Status.RUNNING, states.Status.VERIFIED_DONE, states.Status.CLOSED):
        if request.status != after:
            move(request, after, actor_user_id=actor_user_id, reason=reason)
    grant(request, decision, text, actor_user_id)


@transaction.atomic
def appeal_request(
    request: RightsRequest, *, text: str, due_at: datetime | None = None
) -> RightsRequest:
    """The person does not accept the answer. An appeal has a month of its own, until `due_at`."""
    request.appealed_at = clock.now()
    if due_at is not None:
        request.due_at, request.extended_to = due_at, None
        request.save(update_fields=["due_at", "extended_to"])
    request.appeal_text = words.seal(request, "appeal_text", text)
    move(request, states.Status.APPEALED)
    request.save(update_fields=["appealed_at", "appeal_text"])
    arrived(request)
    wait_for_staff(request, but=request.decided_by_id)
    return request


@transaction.atomic
def decide_appeal(
    request: RightsRequest, *, uphold: bool, actor_user_id: int, text: str = ""
) -> RightsRequest:
    """Take the request up again (`uphold`) or leave it as it was decided; `text` tells the person
    why. Raises SamePerson for whoever decided the first time, or proposed that."""
    if actor_user_id in {request.decided_by_id, request.decision_proposed_by_id}:
        raise SamePerson
    stands = request.decision != Decision.REFUSED
    rejected = states.Status.CLOSED if stands else states.Status.REFUSED
    after = states.Status.VERIFIED if uphold else rejected
    if uphold and request.verified_at is None:
        raise NotVerified
    request.appeal_decided_by_id = actor_user_id
    move(request, after, actor_user_id=actor_user_id, reason="appeal")
    request.save(update_fields=["appeal_decided_by_id"])
    if text:
        with translation.override(request.language or settings.LANGUAGE_CODE):
            outcome = _("We take it up again.") if uphold else _("The decision stands.")
        _tell_decision(request, f"{outcome}\n\n{text}", actor_user_id, of_appeal=True)
    arrived(request)
    return request


def _tell_decision(
    request: RightsRequest, text: str, actor_user_id: int | None, *, of_appeal: bool = False
) -> None:
    """Every decision says what can be done about it, and who watches over us (GDPR Art. 12(4))."""
    from privacy.rights.correspondence.decisions import tell_decision

    tell_decision(request, text, actor_user_id=actor_user_id, of_appeal=of_appeal)


def _decide(request: RightsRequest, decision: str, text: str, actor_user_id: int | None) -> None:
    request.decision, request.decided_at = decision, clock.now()
    request.decided_by_id = actor_user_id
    # Of a request that an appeal has opened again; who decided that stands in its history.
    request.appeal_decided_by_id = None
    request.decision_text = words.seal(request, "decision_text", text) if text else None

"""The only way a view gets a request, a hold or a notice; foreign and missing are both 404."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from privacy.rights.correction.models import Correction, CorrectionNotice
from privacy.rights.correspondence.models import RequestMessage
from privacy.rights.models import LegalHold, Plan, RecipientNotice, RightsRequest
from privacy.rights.objection.models import Balancing
from privacy.rights.refusal.models import Refusal


def access_request(request_id: UUID) -> RightsRequest:
    found: RightsRequest | None = RightsRequest.objects.filter(public_id=request_id).first()
    if found is None:
        raise Http404
    return found


def access_waiting_request(waiting_request_id: int) -> RightsRequest:
    """A request by the id that notices know, whatever became of it."""
    found: RightsRequest | None = RightsRequest.objects.filter(pk=waiting_request_id).first()
    if found is None:
        raise Http404
    return found


def access_plan(request: RightsRequest) -> Plan:
    """The current plan of a request."""
    found: Plan | None = (
        Plan.objects.select_related("request")
        .filter(request=request, superseded_at__isnull=True)
        .first()
    )
    if found is None:
        raise Http404
    return found


def access_hold(hold_id: UUID) -> LegalHold:
    found: LegalHold | None = LegalHold.objects.filter(public_id=hold_id).first()
    if found is None:
        raise Http404
    return found


def access_notice(notice_id: UUID) -> RecipientNotice:
    found: RecipientNotice | None = (
        RecipientNotice.objects.select_related("plan__request").filter(public_id=notice_id).first()
    )
    if found is None:
        raise Http404
    return found


def access_message(message_id: UUID) -> RequestMessage:
    """A letter to a person of whom nobody has told them yet."""
    rows = RequestMessage.objects.select_related("request")
    found: RequestMessage | None = rows.filter(
        public_id=message_id, is_from_person=False, told_at__isnull=True
    ).first()
    if found is None:
        raise Http404
    return found


def access_refusal(refusal_id: UUID) -> Refusal:
    """A proposed refusal that waits for a second person."""
    rows = Refusal.objects.select_related("request")
    found: Refusal | None = rows.filter(public_id=refusal_id, decided_at__isnull=True).first()
    if found is None:
        raise Http404
    return found


def access_balancing(request: RightsRequest) -> Balancing:
    """The balancing of a request that waits for a decision."""
    found: Balancing | None = (
        Balancing.objects.select_related("request")
        .filter(request=request, decided_at__isnull=True)
        .first()
    )
    if found is None:
        raise Http404
    return found


def access_correction(correction_id: UUID) -> Correction:
    rows = Correction.objects.select_related("request")
    found: Correction | None = rows.filter(public_id=correction_id).first()
    if found is None:
        raise Http404
    return found


def access_correction_notice(notice_id: UUID) -> CorrectionNotice:
    rows = CorrectionNotice.objects.select_related("request")
    found: CorrectionNotice | None = rows.filter(public_id=notice_id).first()
    if found is None:
        raise Http404
    return found

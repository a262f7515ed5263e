"""Asking for one's data while signed in, and who may fetch what others asked for."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import get_language

from kaizo.core import clock
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.rights import requests, states
from privacy.rights.export.delivery import CopyGone, can_be_fetched, current_copy
from privacy.rights.export.models import ExportPackage
from privacy.rights.export.people import subjects_of_account
from privacy.rights.models import RequestChannel, RightsRequest, Verification
from privacy.rights.portal.services import due_at


@transaction.atomic
def ask_signed_in(*, kind: str, user: Any, organisation: Any) -> RightsRequest:
    """A member asks for a copy of their own data; the session is the proof. What they have asked
    for already, and can still get, is returned instead."""
    earlier: RightsRequest
    for earlier in RightsRequest.objects.filter(account_user_id=user.pk, kind=kind).order_by("-pk"):
        if earlier.status in states.OPEN or can_be_fetched(current_copy(earlier)):
            return earlier
    now = clock.now()
    request = requests.receive_request(
        kind=kind,
        channel=RequestChannel.SIGNED_IN,
        contact=user.email,
        language=get_language() or "",
        account_user_id=user.pk,
        received_at=now,
        due_at=due_at(now, country=organisation.country, zone=organisation.time_zone),
    )
    with tenant_scope(organisation.pk, purpose=Purpose.SUBJECT_ACCESS):  # also what is frozen
        own = subjects_of_account(organisation.pk, user.pk)
    return requests.verify_request(
        request, how=Verification.SIGNED_IN, subject_ids=own, actor_user_id=user.pk
    )


def require_by_staff(request: RightsRequest) -> ExportPackage:
    """The copy of a request that staff took in, and therefore pass on. What somebody asked for
    themselves, only they fetch. Raises NotAllowedNow and CopyGone."""
    if request.entered_by_id is None:
        raise requests.NotAllowedNow
    package = current_copy(request)
    if package is None:
        raise CopyGone
    return package

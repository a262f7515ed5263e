"""Correcting, for privacy officers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kaizo.core.errors import DomainError
from kaizo.core.permissions import Action, TenantRequest, allow
from privacy.rights.access import (
    access_correction,
    access_correction_notice,
    access_request,
)
from privacy.rights.correction import services
from privacy.rights.correction.forms import CorrectionForm
from privacy.rights.correction.selectors import rows_to_correct
from privacy.rights.pages import request_page, to_request


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def propose(request: TenantRequest, request_id: UUID) -> HttpResponse:
    found = access_request(request_id)
    form = CorrectionForm(rows_to_correct(found), request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.propose(
                found,
                corrector=given["corrector"],
                target_id=given["target_id"],
                value=given["value"],
                actor_user_id=request.actor.user_id,
            )
        except DomainError as error:
            form.add_error("value", str(error))
    if form.errors:
        return request_page(request, found, correction_form=form)
    messages.success(request, _("Put down. Somebody else looks at it and carries it out."))
    return to_request(request, found)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def settle(request: TenantRequest, correction_id: UUID) -> HttpResponse:
    """Carry a proposal out, or drop it."""
    correction = access_correction(correction_id)
    if request.POST.get("how") == "drop":
        services.withdraw(correction, actor_user_id=request.actor.user_id)
    else:
        services.apply(correction, actor_user_id=request.actor.user_id)
        messages.success(request, _("Corrected. Figures follow, and the next import keeps it."))
    return to_request(request, correction.request)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def settle_notice(request: TenantRequest, correction_notice_id: UUID) -> HttpResponse:
    """A recipient has been seen to by hand."""
    notice = access_correction_notice(correction_notice_id)
    services.settle(notice, actor_user_id=request.actor.user_id)
    return to_request(request, notice.request)

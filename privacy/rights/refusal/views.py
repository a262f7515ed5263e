"""Refusing, for privacy officers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kaizo.core.permissions import Action, TenantRequest, allow
from privacy.rights.access import access_refusal, access_request
from privacy.rights.pages import request_page, to_request
from privacy.rights.refusal import services
from privacy.rights.refusal.forms import RefuseForm


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def propose(request: TenantRequest, request_id: UUID) -> HttpResponse:
    found = access_request(request_id)
    form = RefuseForm(found.kind, request.POST)
    if not form.is_valid():
        return request_page(request, found, refuse_form=form)
    given = form.cleaned_data
    services.propose(
        found,
        ground=given["ground"],
        reasons=given["text"],
        actor_user_id=request.actor.user_id,
    )
    messages.success(request, _("Put down. Nothing is refused before somebody else confirms it."))
    return to_request(request, found)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def settle(request: TenantRequest, refusal_id: UUID) -> HttpResponse:
    """Confirm the refusal that was shown, or drop it."""
    refusal = access_refusal(refusal_id)
    if request.POST.get("how") == "drop":
        services.drop(refusal, actor_user_id=request.actor.user_id)
    else:
        services.confirm(refusal, actor_user_id=request.actor.user_id)
        messages.success(request, _("Refused. The person is told, with the way to appeal."))
    return to_request(request, refusal.request)

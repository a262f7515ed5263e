"""Weighing objections, for privacy officers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kaizo.core.permissions import Action, TenantRequest, allow
from privacy.rights.access import access_balancing, access_request
from privacy.rights.objection import services
from privacy.rights.objection.forms import BalancingForm, DecideForm
from privacy.rights.pages import request_page, to_request


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def weigh(request: TenantRequest, request_id: UUID) -> HttpResponse:
    found = access_request(request_id)
    form = BalancingForm(request.POST)
    if not form.is_valid():
        return request_page(request, found, balancing_form=form)
    given = dict(form.cleaned_data)
    proposed = given.pop("proposed")
    services.weigh(found, words=given, proposed=proposed, actor_user_id=request.actor.user_id)
    messages.success(request, _("Written down. Somebody else decides."))
    return to_request(request, found)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def decide(request: TenantRequest, request_id: UUID) -> HttpResponse:
    found = access_request(request_id)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return request_page(request, found, decide_form=form)
    services.decide(
        access_balancing(found),
        outcome=form.cleaned_data["outcome"],
        text=form.cleaned_data["words"],
        actor_user_id=request.actor.user_id,
    )
    return to_request(request, found)

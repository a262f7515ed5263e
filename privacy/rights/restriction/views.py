"""Freezing and lifting, for privacy officers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kaizo.core.permissions import Action, TenantRequest, allow
from privacy.rights.access import access_request
from privacy.rights.pages import board_crumbs, request_page, to_request
from privacy.rights.restriction import selectors, services
from privacy.rights.restriction.forms import AnnounceForm, FreezeForm


@require_safe
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def frozen_list(request: TenantRequest) -> HttpResponse:
    """Everybody whose data is frozen, since when and on which request."""
    context = {
        "lines": selectors.frozen_lines(),
        "crumbs": board_crumbs(request, _("Frozen data")),
    }
    return render(request, "privacy/restriction/list.html", context)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def freeze(request: TenantRequest, request_id: UUID) -> HttpResponse:
    found = access_request(request_id)
    form = FreezeForm(request.POST)
    if not form.is_valid():
        return request_page(request, found, freeze_form=form)
    services.freeze_on_request(
        found, ground=form.cleaned_data["ground"], actor_user_id=request.actor.user_id
    )
    messages.success(request, _("Everything about the person is frozen."))
    return to_request(request, found)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def announce(request: TenantRequest, request_id: UUID) -> HttpResponse:
    found = access_request(request_id)
    form = AnnounceForm(request.POST)
    if not form.is_valid():
        return request_page(request, found, announce_form=form)
    services.announce_lifting(
        found,
        reason=form.cleaned_data["reason"],
        text=form.cleaned_data["words"],
        actor_user_id=request.actor.user_id,
    )
    messages.success(request, _("Written. The freeze can end once the letter has gone out."))
    return to_request(request, found)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def lift(request: TenantRequest, request_id: UUID) -> HttpResponse:
    found = access_request(request_id)
    services.lift(found, actor_user_id=request.actor.user_id)
    messages.success(request, _("The freeze has ended. Figures and search follow."))
    return to_request(request, found)

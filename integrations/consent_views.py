"""Consent in the browser: what will be fetched, the way to the helpdesk, and the way back."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from integrations import consent as services
from integrations.access import access_connection, access_vendor
from integrations.models import Connection
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow

_LONGEST: Final = 4_000  # of what comes back in an address


@require_safe
@allow(Action.MANAGE_CONNECTIONS)
def connection_consent(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """What will be fetched and why, before anybody consents; then a link to the helpdesk."""
    found = access_connection(connection_id)
    if found.is_ended:
        raise Conflict(_("This connection cannot be authorised any more."))
    try:
        address = services.address(request.session, found, request.organisation)
    except DomainError as error:
        messages.error(request, str(error))
        return _to(request, found, "connection_authorise")
    context = {
        "connection": found,
        "vendor": access_vendor(found.kind),
        "address": address,
        "redirect_uri": services.redirect_uri(request.organisation),
    }
    return render_page(request, "integrations/connection_consent.html", context)


@require_safe
@allow(Action.MANAGE_CONNECTIONS)
def connection_consented(request: TenantRequest) -> HttpResponse:
    """Where the helpdesk sends the browser back to. Answers by a redirect in every case, so that
    the code stays in no address bar."""
    state = request.GET.get("state", "")[:_LONGEST]
    pending = services.take(request.session, state, request.organisation)
    if pending is None:
        messages.error(
            request,
            _("This answer belongs to no consent that you began here in the last ten minutes. ")
            + _("Nothing was changed. Open the connection and begin again."),
        )
        return redirect("integrations:connection_list", request.organisation.slug)
    found = access_connection(UUID(pending.connection_id))
    code = request.GET.get("code", "")[:_LONGEST]
    if not code:
        messages.error(request, services.refusal(request.GET.get("error", "")))
        return _to(request, found, "connection_consent")
    try:
        services.complete(connection=found, pending=pending, code=code, actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
        return _to(request, found, "connection_consent")
    messages.success(request, _("The helpdesk has consented. Conversations arrive in a moment."))
    return _to(request, found, "connection")


def _to(request: TenantRequest, found: Connection, page: str) -> HttpResponse:
    return redirect(f"integrations:{page}", request.organisation.slug, found.public_id)

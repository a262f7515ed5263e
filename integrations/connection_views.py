"""Pages about connections: connect, health, history, and what people do with them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations import connections as services
from integrations import consent, reconciliation, registry
from integrations.access import access_connection, access_vendor
from integrations.base import Vendor
from integrations.connection_forms import AuthoriseForm, ConnectForm, OptionsForm, RunAgainForm
from integrations.models import Connection
from integrations.selectors import (
    connections_by_age,
    health_of,
    recent_sync_runs,
    set_aside_records,
    vendors,
)
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.http import is_fragment, render_page
from kaizo.core.permissions import Action, TenantRequest, allow

STOP_POLLING: Final = 286  # htmx's own status: swap, then stop


@require_safe
@allow(Action.MANAGE_CONNECTIONS)
def connection_list(request: TenantRequest) -> HttpResponse:
    """What is connected and how it fares, and what can be connected."""
    rows = [health_of(connection) for connection in connections_by_age()]
    context = {"rows": rows, "vendors": vendors()}
    return render_page(request, "integrations/connection_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_CONNECTIONS)
def connect(request: TenantRequest) -> HttpResponse:
    """Says what will be fetched and why, asks for what is needed, tries it, and begins."""
    kind = request.GET.get("helpdesk", "")
    if not kind:
        return render_page(request, "integrations/connect_choose.html", {"vendors": vendors()})
    vendor = access_vendor(kind)
    form = ConnectForm(vendor, request.organisation.country, request.POST or None)
    if form.is_valid() and (made := _try_to_connect(request, vendor, form)):
        if _wants_consent(request):
            return _to_connection(request, made, "connection_consent")
        messages.success(request, _("Connected. The first conversations arrive in a moment."))
        return _to_connection(request, made)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"vendor": vendor, "form": form, **consent_context(request, vendor)}
    return render_page(request, "integrations/connect.html", context, status=status)


def consent_context(request: TenantRequest, vendor: Vendor) -> dict[str, str]:
    """The redirect address, where the helpdesk knows consent in the browser."""
    if registry.consent_page(vendor.kind) is None:
        return {}
    return {"redirect_uri": consent.redirect_uri(request.organisation)}


def _wants_consent(request: TenantRequest) -> bool:
    return request.POST.get("way") == "consent"


def _try_to_connect(request: TenantRequest, vendor: Vendor, form: ConnectForm) -> Connection | None:
    """All or nothing: a connection that the helpdesk refuses leaves no trace. One that waits for
    consent is kept, and fetches nothing."""
    data = form.cleaned_data
    try:
        with transaction.atomic():
            made = services.connect(
                organisation=request.organisation,
                kind=vendor.kind,
                name=data["name"],
                settings=form.settings(),
                since=form.since(),
                terms=form.terms(),
                actor=request.actor,
                erase_instruction=data.get("erase_instruction", Connection.Erase.NEVER),
            )
            if _wants_consent(request):
                consent.address(request.session, made, request.organisation)
            else:
                services.check_in_words(made)
                services.start(connection=made)
    except DomainError as error:
        form.add_error(None, str(error))
        return None
    return made


@require_safe
@allow(Action.MANAGE_CONNECTIONS)
def connection(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """One connection; how it fares renews itself while it runs."""
    found = access_connection(connection_id)
    health = health_of(found)
    context = {
        "connection": found,
        "health": health,
        "runs": recent_sync_runs(found),
        "set_aside": set_aside_records(found),
        "options_form": OptionsForm(
            health.vendor, initial={"erase_instruction": found.erase_instruction}
        ),
        "hook_url": f"{settings.BASE_URL}{reverse('hook', args=[found.public_id])}",
    }
    stopped = is_fragment(request) and not found.is_wanted
    return render_page(
        request,
        "integrations/connection.html",
        context,
        fragment="health",
        status=STOP_POLLING if stopped else HTTPStatus.OK,
    )


@require_POST
@allow(Action.MANAGE_CONNECTIONS)
def pause(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    found = access_connection(connection_id)
    services.pause(connection=found, actor=request.actor)
    messages.success(request, _("Paused. Nothing more is fetched."))
    return _to_connection(request, found)


@require_POST
@allow(Action.MANAGE_CONNECTIONS)
def resume(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    found = access_connection(connection_id)
    services.resume(connection=found, actor=request.actor)
    return _to_connection(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_CONNECTIONS)
def run_again(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """Read everything from a day on once more."""
    found = access_connection(connection_id)
    form = RunAgainForm(request.POST or None)
    if form.is_valid():
        since = form.cleaned_data["since"]
        services.run_again(connection=found, since=since, actor=request.actor)
        return _to_connection(request, found)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"connection": found, "form": form}
    return render_page(request, "integrations/connection_run_again.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_CONNECTIONS)
def authorise(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """Take new credentials; they are tried before they are kept."""
    found = access_connection(connection_id)
    vendor = health_of(found).vendor
    if vendor is None or found.is_ended:
        raise Conflict(_("This connection cannot be authorised any more."))
    by_consent = _wants_consent(request)
    form = AuthoriseForm(vendor, request.POST or None, may_stay=by_consent)
    if form.is_valid():
        try:
            return _authorise(request, found, form.settings(), by_consent=by_consent)
        except DomainError as error:
            form.add_error(None, str(error))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {
        "connection": found,
        "form": form,
        "vendor": vendor,
        **consent_context(request, vendor),
    }
    return render_page(request, "integrations/connection_authorise.html", context, status=status)


def _authorise(
    request: TenantRequest, found: Connection, answers: dict[str, str], *, by_consent: bool
) -> HttpResponse:
    if by_consent:
        consent.prepare(request.session, found, answers)
        consent.address(request.session, found, request.organisation)
        return _to_connection(request, found, "connection_consent")
    with transaction.atomic():
        services.authorise(connection=found, settings=answers, actor=request.actor)
    messages.success(request, _("Authorised. It goes on where it stopped."))
    return _to_connection(request, found)


@require_POST
@allow(Action.MANAGE_CONNECTIONS)
def options(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """The erasing instruction and the webhooks' secret."""
    found = access_connection(connection_id)
    form = OptionsForm(health_of(found).vendor, request.POST)
    if form.is_valid():
        if instruction := form.cleaned_data.get("erase_instruction"):
            services.instruct(connection=found, instruction=instruction, actor=request.actor)
        if secret := form.cleaned_data.get("hook_secret"):
            services.set_hook_secret(connection=found, secret=secret)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Not saved: choose one of the answers."))
    return _to_connection(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_CONNECTIONS)
def disconnect(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """Asks first; a POST ends the connection for good."""
    found = access_connection(connection_id)
    if request.method == "POST":
        services.disconnect(connection=found, actor=request.actor)
        messages.success(request, _("Disconnected. The token is deleted."))
        return _to_connection(request, found)
    context = {"connection": found}
    return render_page(request, "integrations/connection_disconnect.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_CONNECTIONS)
def confirm_deletions(request: TenantRequest, connection_id: UUID) -> HttpResponse:
    """Asks first; a POST has erased here what looks deleted in the helpdesk."""
    found = access_connection(connection_id)
    if request.method == "POST":
        reconciliation.believe(connection=found, actor=request.actor)
        messages.success(request, _("Confirmed. It is compared once more, and erased here."))
        return _to_connection(request, found)
    context = {"connection": found}
    return render_page(request, "integrations/connection_deletions.html", context)


def _to_connection(
    request: TenantRequest, found: Connection, page: str = "connection"
) -> HttpResponse:
    return redirect(f"integrations:{page}", request.organisation.slug, found.public_id)

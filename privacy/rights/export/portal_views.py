"""Fetching one's copy without an account, under `/p/<slug>/`. Whoever gets here has proven the
mailbox; the passphrase takes more than that."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from kaizo.core.errors import DomainError
from privacy.rights.export import delivery, transfers
from privacy.rights.export.access import access_copy
from privacy.rights.export.forms import FactForm, TransferForm
from privacy.rights.export.links import transfer_of
from privacy.rights.export.models import ExportPackage
from privacy.rights.models import RightsRequest, Verification
from privacy.rights.portal.services import LinkGone
from privacy.rights.portal.views import (
    is_stepped_up,
    own_page,
    portal_page,
    proven_request,
    public_page,
    step_up,
)

# Whose identity the portal itself has made sure of, it also hands the passphrase to.
BY_PORTAL: Final = frozenset({Verification.LINK, Verification.LINK_AND_FACT})


def _copy_of(request: HttpRequest, public_id: UUID) -> ExportPackage:
    found = proven_request(request, public_id)
    package = access_copy(found)
    if found.verification == Verification.SIGNED_IN:  # whoever asked signed in fetches it there
        raise delivery.CopyGone
    return package


@require_POST
@public_page
def fetch(request: HttpRequest, organisation: Any, public_id: UUID) -> HttpResponseBase:
    try:
        package = _copy_of(request, public_id)
        return delivery.archive_response(package, delivery.fetch(package, by="person"))
    except DomainError as gone:
        return portal_page(request, "gone", organisation, {"reason": gone}, 410)


@require_POST
@public_page
def passphrase(request: HttpRequest, organisation: Any, public_id: UUID) -> HttpResponse:
    """Show what opens the copy to somebody who has shown, now or before in this session, that they
    know what only the person does."""
    try:
        package = _copy_of(request, public_id)
        form = FactForm(request.POST)
        if not may_see_passphrase(request, package.request):
            if package.request.verification not in BY_PORTAL or not form.is_valid():
                return own_page(request, organisation, package.request, fact_form=form, status=422)
            delivery.prove(package, fact=form.cleaned_data["fact"])
            step_up(request, package.request)
        shown = delivery.show_passphrase(package, to="person")
    except delivery.WrongFact as wrong:
        form.add_error("fact", str(wrong))
        return own_page(request, organisation, package.request, fact_form=form, status=422)
    except DomainError as gone:
        return portal_page(request, "gone", organisation, {"reason": gone}, 410)
    return own_page(request, organisation, package.request, passphrase=shown)


def may_see_passphrase(request: HttpRequest, asked: RightsRequest) -> bool:
    return asked.verification == Verification.LINK or is_stepped_up(request, asked)


@require_POST
@public_page
def hand_over(request: HttpRequest, organisation: Any, public_id: UUID) -> HttpResponse:
    """Name whom the copy is to go to, then confirm it."""
    try:
        package = _copy_of(request, public_id)
        if "confirm" in request.POST:
            transfers.confirm(package)
        else:
            form = TransferForm(request.POST)
            if not form.is_valid():
                return own_page(
                    request, organisation, package.request, transfer_form=form, status=422
                )
            transfers.name_controller(package, controller=form.cleaned_data["controller"])
    except DomainError as gone:
        return portal_page(request, "gone", organisation, {"reason": gone}, 410)
    return redirect("portal:own", of=organisation.slug, public_id=public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def transfer(request: HttpRequest, organisation: Any, token: str) -> HttpResponseBase:
    """For the controller that the person has named. Opening the link fetches nothing; its button
    does, once."""
    try:
        found = transfer_of(token)
        if not transfers.is_open(found):
            raise LinkGone
        if request.method == "POST":
            return delivery.archive_response(found.package, transfers.fetch(found))
        context = {"controller": transfers.controller_of(found), "until": found.expires_at}
    except DomainError as gone:
        return portal_page(request, "gone", organisation, {"reason": gone}, 410)
    return portal_page(request, "transfer", organisation, context)

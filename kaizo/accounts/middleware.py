"""Who asks, in which organisation: settled once, before any view under `/o/<slug>/` runs."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from kaizo.accounts.models import Membership, Organisation
from kaizo.accounts.notices.selectors import unread_notices
from kaizo.core.permissions import MFA_ROLES, Role
from kaizo.core.tenancy import tenant_scope

GetResponse = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]

# The part of the URL configuration that names the organisation: `/o/<slug:organisation>/`.
SLUG = "organisation"


def public_in_organisation(view: View) -> View:
    """Mark a view that strangers may open inside an organisation's scope (an invitation).

    `request.actor` is None there, so the view must prove by other means that it may answer.
    """
    view.public_in_organisation = True  # type: ignore[attr-defined]  # read by the middleware below
    return view


class TenantMiddleware:
    """Runs every view under `/o/<slug>/` inside its organisation's scope, in one transaction.

    Sets `request.organisation` and `request.actor` (the Membership) and takes the slug out of the
    view's arguments. Logged out leads to sign-in; an unknown slug, a stranger and a deactivated
    member all get the same 404. The transaction is rolled back when the view raises. A streaming
    response is consumed after the scope has closed: open one of its own inside its generator.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with ExitStack() as stack:
            request.tenant_stack = stack  # type: ignore[attr-defined]  # process_view fills it
            response = self.get_response(request)
            if getattr(request, "tenant_failed", False):
                transaction.set_rollback(True)
            return response

    def process_view(
        self, request: HttpRequest, view: View, _args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if SLUG not in kwargs:
            return None
        slug = _take_slug(request, kwargs)
        if getattr(view, "public_in_organisation", False):
            _enter(request, _organisation(slug))
            return None
        if getattr(view, "is_api", False):
            _enter_for_api(request, slug)
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        organisation = _organisation(slug)
        _enter(request, organisation)
        actor = _member(request, organisation)
        request.actor = actor  # type: ignore[attr-defined]  # see TenantRequest
        return _unfinished_business(request, actor)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:  # noqa: ARG002 - Django's signature
        # Only noted here: the error page is still rendered inside the scope.
        if getattr(request, "organisation", None) is not None:
            request.tenant_failed = True  # type: ignore[attr-defined]  # read by __call__


def _take_slug(request: HttpRequest, kwargs: dict[str, Any]) -> str:
    match = request.resolver_match
    if match is not None:
        match.kwargs = dict(kwargs)  # templates and tests still read the whole
    return str(kwargs.pop(SLUG))


def _organisation(slug: str) -> Organisation:
    organisation = Organisation.objects.filter(slug=slug).first()
    if organisation is None:
        raise Http404
    return organisation


def _enter(request: HttpRequest, organisation: Organisation) -> None:
    stack: ExitStack = request.tenant_stack  # type: ignore[attr-defined]  # set by __call__
    stack.enter_context(structlog.contextvars.bound_contextvars(organisation_id=organisation.pk))
    stack.enter_context(timezone.override(zoneinfo.ZoneInfo(organisation.time_zone)))
    stack.enter_context(tenant_scope(organisation.pk))
    request.organisation = organisation  # type: ignore[attr-defined]  # see TenantRequest
    request.actor = None  # type: ignore[attr-defined]  # see TenantRequest


def _enter_for_api(request: HttpRequest, slug: str) -> None:
    """The endpoint asks for a token itself (`kaizo.accounts.api`); it answers the same whether the
    organisation or the token is unknown."""
    organisation = Organisation.objects.filter(slug=slug).first()
    if organisation is not None:
        _enter(request, organisation)


def _member(request: HttpRequest, organisation: Organisation) -> Membership:
    second_factor = Authenticator.objects.filter(
        user_id=OuterRef("user_id"),
        type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN],
    )
    actor: Membership | None = (
        Membership.objects.filter(user_id=request.user.pk, is_active=True)
        .annotate(has_second_factor=Exists(second_factor), unread_notices=unread_notices())
        .first()
    )
    if actor is None:
        request.organisation = None  # type: ignore[attr-defined]  # the 404 page shows nothing of it
        raise Http404
    actor.user = request.user  # type: ignore[assignment]  # authenticated: our User
    actor.organisation = organisation
    return actor


def _unfinished_business(request: HttpRequest, actor: Membership) -> HttpResponse | None:
    """Where a member must go first. The targets lie outside `/o/`, so they cannot loop."""
    if actor.user.password_reset_required:
        messages.warning(request, _("An admin asked you to choose a new password first."))
        return redirect("account_change_password")
    if needs_second_factor(actor):
        messages.warning(
            request,
            _("Your role reaches everyone's data, so it needs a second factor besides a password."),
        )
        return redirect("mfa_index")
    return None


def needs_second_factor(actor: Membership) -> bool:
    """Whether the role asks for an authenticator that the person has not set up. Demo
    organisations hold generated data only and let newcomers in with a password."""
    if actor.organisation.is_demo or Role(actor.role) not in MFA_ROLES:
        return False
    return not getattr(actor, "has_second_factor", False)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    here = request.get_full_path()
    if request.headers.get("HX-Request"):
        # A fragment must not be filled with the sign-in page: the browser goes there as a whole,
        # and comes back to the page rather than to the fragment.
        here = _path_of(request.headers.get("HX-Current-URL", "")) or here
        return HttpResponseClientRedirect(redirect_to_login(here).url)
    if request.method not in {"GET", "HEAD"}:
        here = reverse("home")
    return redirect_to_login(here)


def _path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path

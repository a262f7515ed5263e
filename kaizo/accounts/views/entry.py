"""The ways in: the start page, an organisation's start page, first-run set-up, invitations."""

from __future__ import annotations

from http import HTTPStatus

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kaizo.accounts.access import access_invitation_by_token
from kaizo.accounts.forms import AccountForm, SetupForm
from kaizo.accounts.middleware import public_in_organisation
from kaizo.accounts.models import Invitation, User
from kaizo.accounts.selectors import own_memberships
from kaizo.accounts.services import accept_invitation, join, set_up_first_organisation
from kaizo.accounts.services.invitations import is_open
from kaizo.accounts.setup_code import is_setup_code
from kaizo.core.errors import DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, Role, TenantRequest, allow

START_PAGES: dict[Role, str] = {
    Role.OWNER: "scoring:dashboard",
    Role.ADMIN: "scoring:dashboard",
    Role.TEAM_LEAD: "scoring:dashboard",
    Role.AGENT: "scoring:my_week",
    Role.REVIEWER: "tickets:ticket_list",
    Role.PRIVACY_OFFICER: "tickets:ticket_list",
    Role.AUDITOR: "scoring:definitions",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the person's organisation, or to the choice when there are several."""
    if not request.user.is_authenticated:
        return redirect("account_login" if User.objects.exists() else "setup")
    memberships = own_memberships(user_id=request.user.pk)
    if len(memberships) == 1 and "choose" not in request.GET:
        return redirect("accounts:start", organisation=memberships[0].organisation.slug)
    return render_page(request, "accounts/home.html", {"memberships": memberships})


@require_safe
@allow(Action.OPEN_ORGANISATION)
def start(request: TenantRequest) -> HttpResponse:
    """To the page on which the role's day begins."""
    page = START_PAGES[Role(request.actor.role)]
    return redirect(page, organisation=request.organisation.slug)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """First run: create the first organisation and its owner. Gone once anybody can sign in."""
    if User.objects.exists():
        raise Http404
    form = SetupForm(request.POST or None)
    if form.is_valid():
        if is_setup_code(form.cleaned_data["code"]):
            return _set_up(request, form)
        form.add_error("code", _("This is not this instance's code."))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render_page(request, "accounts/setup.html", {"form": form}, status=status)


def _set_up(request: HttpRequest, form: SetupForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        organisation, user = set_up_first_organisation(
            name=data["organisation_name"],
            slug=data["slug"],
            owner_name=data["name"],
            email=data["email"],
            password=data["password"],
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return render_page(request, "accounts/setup.html", {"form": form}, status=error.status)
    return _sign_in(request, user, reverse("accounts:start", args=[organisation.slug]))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_in_organisation
def invitation(request: TenantRequest, token: str) -> HttpResponse:
    """Accept an invitation: with a new account, or with the one that the address has."""
    invited = access_invitation_by_token(token=token)
    if not is_open(invited):
        return render_page(request, "accounts/invitation_closed.html", {}, status=HTTPStatus.GONE)
    if request.user.is_authenticated:
        return _join(request, invited)
    if User.objects.filter(email__iexact=invited.email).exists():
        return redirect_to_login(request.get_full_path())
    return _accept(request, invited)


def _join(request: TenantRequest, invited: Invitation) -> HttpResponse:
    user = request.user
    if request.method == "POST" and isinstance(user, User):
        join(invitation=invited, user=user)
        messages.success(request, _("Welcome."))
        return redirect("accounts:start", organisation=invited.organisation.slug)
    context = {
        "invitation": invited,
        "is_theirs": str(getattr(user, "email", "")).lower() == invited.email.lower(),
    }
    return render_page(request, "accounts/invitation_join.html", context)


def _accept(request: TenantRequest, invited: Invitation) -> HttpResponse:
    form = AccountForm(request.POST or None, email=invited.email)
    if form.is_valid():
        member = accept_invitation(
            invitation=invited,
            name=form.cleaned_data["name"],
            password=form.cleaned_data["password"],
        )
        start_page = reverse("accounts:start", args=[invited.organisation.slug])
        return _sign_in(request, member.user, start_page)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"invitation": invited, "form": form}
    return render_page(request, "accounts/invitation.html", context, status=status)


def _sign_in(request: HttpRequest, user: User, url: str) -> HttpResponse:
    response: HttpResponse = perform_login(
        request, user, email_verification="none", redirect_url=url
    )
    return response

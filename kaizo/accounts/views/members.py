"""Members: who is in, as what, and how they come and go."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.accounts import services
from kaizo.accounts.access import access_invitation, access_member
from kaizo.accounts.forms import InvitationForm, RoleForm
from kaizo.accounts.selectors import members, open_invitations
from kaizo.core.errors import DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, Role, TenantRequest, allow


@require_safe
@allow(Action.MANAGE_MEMBERS)
def member_list(request: TenantRequest) -> HttpResponse:
    return _list(request, InvitationForm(actor=request.actor))


@require_POST
@allow(Action.MANAGE_MEMBERS)
def new_invitation(request: TenantRequest) -> HttpResponse:
    form = InvitationForm(request.POST, actor=request.actor)
    if form.is_valid():
        try:
            services.invite(
                organisation=request.organisation,
                email=form.cleaned_data["email"],
                role=Role(form.cleaned_data["role"]),
                actor=request.actor,
            )
        except DomainError as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, _("The invitation is on its way."))
            return redirect("accounts:member_list", organisation=request.organisation.slug)
    return _list(request, form)


@require_POST
@allow(Action.MANAGE_MEMBERS)
def send_invitation(request: TenantRequest, invitation_id: int) -> HttpResponse:
    invitation = access_invitation(invitation_id=invitation_id)
    services.renew_invitation(invitation=invitation, actor=request.actor)
    messages.success(request, _("The invitation is on its way again."))
    return redirect("accounts:member_list", organisation=request.organisation.slug)


@never_cache
@require_POST
@allow(Action.MANAGE_MEMBERS)
def invitation_link(request: TenantRequest, invitation_id: int) -> HttpResponse:
    """Show a fresh link once, for who cannot be reached by mail."""
    invitation = access_invitation(invitation_id=invitation_id)
    link = services.issue_invitation_link(invitation=invitation, actor=request.actor)
    context = {"invitation": invitation, "link": link}
    return render_page(request, "accounts/invitation_link.html", context)


@require_POST
@allow(Action.MANAGE_MEMBERS)
def revoke_invitation(request: TenantRequest, invitation_id: int) -> HttpResponse:
    invitation = access_invitation(invitation_id=invitation_id)
    services.revoke_invitation(invitation=invitation, actor=request.actor)
    messages.success(request, _("The invitation is revoked: its link no longer works."))
    return redirect("accounts:member_list", organisation=request.organisation.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_MEMBERS)
def member(request: TenantRequest, number: str) -> HttpResponse:
    """One member; a POST changes the role."""
    found = access_member(number=number)
    form = RoleForm(request.POST or None, actor=request.actor, initial={"role": found.role})
    if form.is_valid():
        try:
            services.change_role(
                member=found, role=Role(form.cleaned_data["role"]), actor=request.actor
            )
        except DomainError as error:
            form.add_error("role", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:member_list", organisation=request.organisation.slug)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"member": found, "form": form}
    return render_page(request, "accounts/member.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_MEMBERS)
def deactivate_member(request: TenantRequest, number: str) -> HttpResponse:
    """Asks first; a POST deactivates."""
    found = access_member(number=number)
    if request.method != "POST":
        return render_page(request, "accounts/member_deactivate.html", {"member": found})
    services.deactivate_member(member=found, actor=request.actor)
    messages.success(request, _("The membership is deactivated."))
    if found.user_id == request.user.pk:
        return redirect("home")
    return redirect("accounts:member_list", organisation=request.organisation.slug)


@require_POST
@allow(Action.MANAGE_MEMBERS)
def reactivate_member(request: TenantRequest, number: str) -> HttpResponse:
    services.reactivate_member(member=access_member(number=number), actor=request.actor)
    messages.success(request, _("The membership is active again."))
    return redirect("accounts:member_list", organisation=request.organisation.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_MEMBERS)
def reset_password(request: TenantRequest, number: str) -> HttpResponse:
    """Asks first; a POST signs the person out and asks for a new password."""
    found = access_member(number=number)
    if request.method != "POST":
        return render_page(request, "accounts/member_reset.html", {"member": found})
    services.force_password_reset(member=found, actor=request.actor)
    messages.success(request, _("They are signed out and will be asked for a new password."))
    return redirect("accounts:member_list", organisation=request.organisation.slug)


def _list(request: TenantRequest, form: InvitationForm) -> HttpResponse:
    context = {"members": members(), "invitations": open_invitations(), "form": form}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render_page(request, "accounts/member_list.html", context, status=status)

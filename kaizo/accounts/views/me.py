"""A person's own pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.accounts.forms import ProfileForm
from kaizo.accounts.models import User
from kaizo.accounts.selectors import own_events
from kaizo.accounts.services import choose_theme, update_profile
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Name and colours, and the ways to password, second factor and sessions."""
    user = cast("User", request.user)
    form = ProfileForm(request.POST or None, initial={"name": user.name, "theme": user.theme})
    if form.is_valid():
        update_profile(user=user, name=form.cleaned_data["name"], theme=form.cleaned_data["theme"])
        messages.success(request, _("Saved."))
        return redirect("me:profile")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render_page(request, "accounts/profile.html", {"form": form}, status=status)


@require_POST
@login_required
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the colours that the menu's buttons chose. Answers without a body."""
    chosen = request.POST.get("theme", "")
    if chosen not in User.Theme.values:
        return HttpResponse(status=HTTPStatus.UNPROCESSABLE_ENTITY)
    choose_theme(user=cast("User", request.user), theme=User.Theme(chosen))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_safe
@allow(Action.VIEW_OWN_EVENTS)
def my_events(request: TenantRequest) -> HttpResponse:
    """What others did to the person's account in this organisation."""
    events = own_events(user=request.actor.user)
    return render_page(request, "accounts/my_events.html", {"events": events})

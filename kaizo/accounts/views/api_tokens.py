"""The organisation's API tokens. A secret is shown on the page that made it, once."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from typing_extensions import override

from kaizo.accounts.access import access_api_token
from kaizo.accounts.api.models import Scope
from kaizo.accounts.api.tokens import create_token, revoke_token, tokens_of
from kaizo.core import clock
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow, token_scopes


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        help_text=gettext_lazy("What it is for, such as “Reports”."),
    )
    scopes = forms.MultipleChoiceField(
        label=pgettext_lazy("what a token is for", "May"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Tick at least one.")},
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"),
        coerce=int,
        initial=90,
        choices=[
            (30, gettext_lazy("30 days")),
            (90, gettext_lazy("90 days")),
            (365, gettext_lazy("a year")),
        ],
    )

    @override
    def __init__(self, offered: list[Scope], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in offered]  # type: ignore[attr-defined]  # a ChoiceField


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MAKE_API_TOKENS)
def api_token_list(request: TenantRequest) -> HttpResponse:
    """All tokens, or one's own; a POST makes one that acts for whoever sent it."""
    offered = token_scopes(request.actor)
    form = TokenForm(offered, request.POST or None)
    secret = ""
    if form.is_valid():
        _token, secret = create_token(
            actor=request.actor,
            name=form.cleaned_data["name"],
            scopes=[Scope(scope) for scope in form.cleaned_data["scopes"]],
            valid_for=timedelta(days=form.cleaned_data["days"]),
        )
        form = TokenForm(offered)
    context = {
        "tokens": tokens_of(request.actor),
        "form": form,
        "secret": secret,
        "now": clock.now(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render_page(request, "accounts/api_token_list.html", context, status=status)


@require_POST
@allow(Action.MAKE_API_TOKENS)
def api_token_revoke(request: TenantRequest, api_token_id: int) -> HttpResponse:
    token = access_api_token(actor=request.actor, api_token_id=api_token_id)
    revoke_token(token=token, actor=request.actor)
    messages.success(request, _("Revoked. Nothing can be done with it any more."))
    return redirect("accounts:api_token_list", organisation=request.organisation.slug)

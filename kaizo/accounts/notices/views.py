"""A member's notices and how often they come by mail."""

from __future__ import annotations

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.accounts.models import NoticeKind
from kaizo.accounts.notices import services
from kaizo.accounts.notices.access import access_notice
from kaizo.accounts.notices.kinds import Frequency, address_of
from kaizo.accounts.notices.selectors import existing, frequencies, own_notices
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow


class PreferencesForm(forms.Form):
    """One choice per kind of notice."""

    def __init__(self, data: object = None, *, chosen: dict[NoticeKind, Frequency]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        for kind in NoticeKind:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=Frequency.choices, initial=chosen[kind]
            )


@require_safe
@allow(Action.VIEW_OWN_NOTICES)
def notice_list(request: TenantRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    page = own_notices(actor=request.actor, before=int(before) if before.isdecimal() else None)
    context = {
        "page": page,
        "next_url": f"?before={page.after}" if page.after else "",
        "has_unread": request.actor.unread_notices > 0,
    }
    return render_page(request, "accounts/notice_list.html", context)


@require_safe
@allow(Action.VIEW_OWN_NOTICES)
def notice_open(request: TenantRequest, notice_id: int) -> HttpResponse:
    """Mark a notice read and go to what it is about; back to the list when that is gone."""
    notice = access_notice(actor=request.actor, notice_id=notice_id)
    services.mark_read(actor=request.actor, notice_ids=[notice.pk])
    about = (notice.object_label, notice.object_id)
    if about in existing({about}):
        return redirect(address_of(*about, request.organisation.slug))
    messages.info(request, _("What this notice was about is not there any more."))
    return _to_list(request)


@require_POST
@allow(Action.VIEW_OWN_NOTICES)
def notices_read(request: TenantRequest) -> HttpResponse:
    services.mark_read(actor=request.actor)
    return _to_list(request)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.VIEW_OWN_NOTICES)
def notice_preferences(request: TenantRequest) -> HttpResponse:
    """How often mail comes about each kind."""
    form = PreferencesForm(request.POST or None, chosen=frequencies(request.actor))
    if form.is_valid():
        chosen = {NoticeKind(kind): Frequency(how) for kind, how in form.cleaned_data.items()}
        services.choose_frequencies(actor=request.actor, chosen=chosen)
        messages.success(request, _("Saved."))
        return redirect(
            reverse(
                "accounts:notice_preferences", kwargs={"organisation": request.organisation.slug}
            )
        )
    context = {
        "form": form,
        "crumbs": [{"label": _("Notices"), "url": _list_url(request)}, {"label": _("Mail")}],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render_page(request, "accounts/notice_preferences.html", context, status=status)


def _list_url(request: TenantRequest) -> str:
    return reverse("accounts:notice_list", kwargs={"organisation": request.organisation.slug})


def _to_list(request: TenantRequest) -> HttpResponse:
    return redirect(_list_url(request))

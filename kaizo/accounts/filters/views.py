"""Keeping a list's filter, and forgetting one."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kaizo.accounts.filters.access import access_filter
from kaizo.accounts.filters.forms import SaveFilterForm
from kaizo.accounts.filters.services import delete_filter, kept_choices, save_filter
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Action, TenantRequest, allow


def keep_filter(
    request: TenantRequest, *, page: str, choices: forms.Form, list_url: str
) -> HttpResponse:
    """Answer a list's POST that keeps its filter: `choices` is the list's form, bound to what the
    POST's `query` says. Leads back to the list, filtered."""
    form = SaveFilterForm(request.POST)
    query = kept_choices(choices)
    if form.is_valid():
        try:
            save_filter(
                actor=request.actor,
                page=page,
                name=form.cleaned_data["name"],
                query=query,
                is_shared=form.cleaned_data["is_shared"],
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The filter is kept."))
    else:
        messages.error(request, _("Give the filter a name."))
    return HttpResponseRedirect(f"{list_url}?{query}")


@require_POST
@allow(Action.OPEN_ORGANISATION)
def filter_delete(request: TenantRequest, filter_id: int) -> HttpResponse:
    delete_filter(saved=access_filter(actor=request.actor, filter_id=filter_id))
    messages.success(request, _("The filter is gone."))
    there = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(there, allowed_hosts=None):
        return HttpResponseRedirect(there)
    return redirect("accounts:start", organisation=request.organisation.slug)

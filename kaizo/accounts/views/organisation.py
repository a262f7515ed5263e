"""Settings of the organisation: what it is called, where it is, when it works."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.accounts.access import access_holiday
from kaizo.accounts.forms import HolidayForm, HoursForm, OrganisationForm
from kaizo.accounts.selectors import holidays_from, weekly_hours
from kaizo.accounts.services import (
    add_holiday,
    load_public_holidays,
    remove_holiday,
    set_opening_hours,
    update_organisation,
)
from kaizo.core.errors import DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_ORGANISATION)
def organisation(request: TenantRequest) -> HttpResponse:
    current = request.organisation
    initial = {
        "name": current.name,
        "country": current.country,
        "time_zone": current.time_zone,
        "order_number_forms": current.order_number_forms,
        "brand_names": current.brand_names,
    }
    form = OrganisationForm(request.POST or None, initial=initial)
    if form.is_valid():
        update_organisation(organisation=current, actor=request.actor, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:organisation", organisation=current.slug)
    return _page(request, "accounts/organisation.html", {"form": form}, failed=form.is_bound)


@require_safe
@allow(Action.MANAGE_ORGANISATION)
def calendar(request: TenantRequest) -> HttpResponse:
    return _calendar(request, HoursForm(week=weekly_hours()), HolidayForm())


@require_POST
@allow(Action.MANAGE_ORGANISATION)
def save_hours(request: TenantRequest) -> HttpResponse:
    form = HoursForm(request.POST, week=weekly_hours())
    if not form.is_valid():
        return _calendar(request, form, HolidayForm())
    spans = form.cleaned_data["spans"]
    set_opening_hours(organisation=request.organisation, spans=spans, actor=request.actor)
    messages.success(request, _("Saved."))
    return redirect("accounts:calendar", organisation=request.organisation.slug)


@require_POST
@allow(Action.MANAGE_ORGANISATION)
def new_holiday(request: TenantRequest) -> HttpResponse:
    form = HolidayForm(request.POST)
    if form.is_valid():
        try:
            add_holiday(organisation=request.organisation, actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            form.add_error("day", str(error))
        else:
            return redirect("accounts:calendar", organisation=request.organisation.slug)
    return _calendar(request, HoursForm(week=weekly_hours()), form)


@require_POST
@allow(Action.MANAGE_ORGANISATION)
def drop_holiday(request: TenantRequest, holiday_id: int) -> HttpResponse:
    remove_holiday(holiday=access_holiday(holiday_id=holiday_id), actor=request.actor)
    return redirect("accounts:calendar", organisation=request.organisation.slug)


@require_POST
@allow(Action.MANAGE_ORGANISATION)
def public_holidays(request: TenantRequest) -> HttpResponse:
    added = load_public_holidays(organisation=request.organisation, actor=request.actor)
    text = ngettext("%(count)d holiday added.", "%(count)d holidays added.", added)
    messages.success(request, text % {"count": added})
    return redirect("accounts:calendar", organisation=request.organisation.slug)


def _calendar(request: TenantRequest, hours: HoursForm, holiday: HolidayForm) -> HttpResponse:
    january = timezone.localdate().replace(month=1, day=1)
    context = {
        "hours_form": hours,
        "holiday_form": holiday,
        "holidays": holidays_from(january),
    }
    failed = hours.is_bound or holiday.is_bound
    return _page(request, "accounts/calendar.html", context, failed=failed)


def _page(
    request: TenantRequest, template: str, context: dict[str, object], *, failed: bool
) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK
    return render_page(request, template, context, status=status)

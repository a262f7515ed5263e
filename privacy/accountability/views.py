"""Pages of the audit log, of alerts about mass reading, and of mentions of a person."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.core import clock
from kaizo.core.csv import csv_response
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow, can
from kaizo.core.tenancy import Purpose
from privacy.accountability import alerts, explorer
from privacy.accountability.access import access_alert, access_check
from privacy.accountability.checking import CHECKED
from privacy.accountability.forms import AuditFilters, ConclusionForm, LimitsForm, MentionsForm
from privacy.accountability.limits import limit_lines, set_limits
from privacy.accountability.models import Alert
from privacy.accountability.searching import Wanted, search_mentions
from privacy.accountability.selectors import alert_lines
from privacy.accountability.tasks import check_seals_of
from privacy.audit import record_event, register_actions
from privacy.mentions import page_of

register_actions({"privacy.audit.exported": {"rows": int}})


@require_safe
@allow(Action.VIEW_AUDIT)
def audit(request: TenantRequest) -> HttpResponse:
    """What happened, the latest first. People only for whoever handles privacy requests."""
    with_people = _sees_people(request)
    form = AuditFilters(request.GET, with_people=with_people)
    is_valid = form.is_valid()
    seals = explorer.seal_state()
    before = request.GET.get("before", "")
    page = explorer.Page([], None)  # rather than an answer to another question
    if is_valid:
        page = explorer.events_page(
            form.question(_zone(request)),
            with_people=with_people,
            up_to_id=seals.up_to_id,
            before=int(before) if before.isdecimal() else None,
        )
    query = request.GET.copy()
    query.pop("before", None)
    narrowed = query.urlencode()
    context = {
        "form": form,
        "page": page,
        "seals": seals,
        "with_people": with_people,
        "is_filtered": any(form.cleaned_data.values()),
        "query": f"?{narrowed}" if narrowed else "",
        "first_url": (f"?{narrowed}" if narrowed else request.path) if before else "",
        "next_url": f"?{narrowed}&before={page.after}" if page.after else "",
    }
    status = HTTPStatus.OK if is_valid else HTTPStatus.UNPROCESSABLE_ENTITY
    return render_page(
        request, "privacy/accountability/audit.html", context, fragment="results", status=status
    )


@require_safe
@allow(Action.VIEW_AUDIT)
def audit_csv(request: TenantRequest) -> HttpResponse:
    """What the page shows, as a file. That somebody took it is an event, too."""
    with_people = _sees_people(request)
    form = AuditFilters(request.GET, with_people=with_people)
    form.is_valid()
    rows = explorer.exported(form.question(_zone(request)), with_people=with_people)
    if rows is None:
        told = _("More than %(n)s events fit. Choose a shorter period.")
        messages.error(request, told % {"n": explorer.MOST_EXPORTED})
        return redirect(f"{_url(request, 'audit')}?{request.GET.urlencode()}")
    record_event(
        organisation_id=request.organisation.pk,
        action="privacy.audit.exported",
        actor_user_id=request.actor.user_id,
        purpose=Purpose.SECURITY,
        detail={"rows": len(rows)},
    )
    name = f"audit-{clock.now():%Y-%m-%d}"
    return csv_response(name, explorer.head(with_people=with_people), rows)


@require_POST
@allow(Action.VIEW_AUDIT)
def audit_check(request: TenantRequest) -> HttpResponse:
    """Have the seals compared with the events now."""
    check_seals_of.delay_on_commit(
        organisation_id=request.organisation.pk, asked_by_user_id=request.actor.user_id
    )
    messages.info(request, _("The seals are being checked. The result shows up here."))
    return redirect(_url(request, "audit"))


@require_safe
@allow(Action.VIEW_AUDIT)
def audit_checked(request: TenantRequest, event_id: int) -> HttpResponse:
    """Where a notice of a check leads: to the checks in the log, with how the last one ended."""
    access_check(event_id)
    return redirect(f"{_url(request, 'audit')}?{urlencode({'action': CHECKED})}")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def alert_list(request: TenantRequest) -> HttpResponse:
    """Alerts; a POST chooses how many people an hour are ordinary."""
    form = LimitsForm(limit_lines(), request.POST or None)
    if form.is_valid():
        set_limits(form.wanted(), actor_user_id=request.actor.user_id)
        messages.success(request, _("Saved."))
        return redirect(_url(request, "alert_list"))
    is_open, judged = alert_lines()
    context = {"open": is_open, "judged": judged, "form": form}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render_page(request, "privacy/accountability/alert_list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def alert(request: TenantRequest, alert_id: int) -> HttpResponse:
    """One alert, and what came of it."""
    found = access_alert(alert_id)
    is_own = found.actor_user_id == request.actor.user_id
    form = ConclusionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        conclusion = form.cleaned_data["conclusion"]
        alerts.acknowledge(found, conclusion=conclusion, actor_user_id=request.actor.user_id)
        messages.success(request, _("Acknowledged."))
        return redirect(_url(request, "alert_list"))
    context = {
        "alert": found,
        "reader": _reader(found),
        "form": form,
        "is_own": is_own,
        "events_url": _events_url(request, found),
        "crumbs": [
            {"label": _("Alerts"), "url": _url(request, "alert_list")},
            {"label": found.get_kind_display(), "url": ""},
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render_page(request, "privacy/accountability/alert.html", context, status=status)


def _reader(found: Alert) -> object:
    """Whose reading it is: here, unlike in the log, somebody has to be talked to."""
    return get_user_model().objects.filter(pk=found.actor_user_id).first()


def _events_url(request: TenantRequest, found: Alert) -> str:
    """The readings behind an alert, in the audit log."""
    zone = _zone(request)
    number = explorer.number_of([found.actor_user_id]).get(found.actor_user_id, "")
    asked = {
        "person": number,
        "action": explorer.READINGS,
        "since": f"{found.started_at.astimezone(zone):%Y-%m-%d}",
        "until": f"{found.last_at.astimezone(zone):%Y-%m-%d}",
    }
    return f"{_url(request, 'audit')}?{urlencode(asked)}"


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def mentions(request: TenantRequest) -> HttpResponse:
    """Every mention of a person. What is searched for never stands in an address."""
    form = MentionsForm(request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        wanted = Wanted(**{name: form.values(name) for name in form.fields})
        found = search_mentions(wanted, actor_user_id=request.actor.user_id)
    slug = request.organisation.slug
    context = {
        "form": form,
        "found": found,
        "rows": [(each, page_of(each, slug)) for each in found.shown] if found else [],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render_page(request, "privacy/accountability/mentions.html", context, status=status)


def _sees_people(request: TenantRequest) -> bool:
    return can(request.actor, Action.HANDLE_PRIVACY_REQUESTS)


def _zone(request: TenantRequest) -> ZoneInfo:
    return ZoneInfo(request.organisation.time_zone)


def _url(request: TenantRequest, name: str) -> str:
    return reverse(f"accountability:{name}", args=[request.organisation.slug])

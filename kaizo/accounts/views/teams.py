"""Teams and their leads."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaizo.accounts import services
from kaizo.accounts.access import access_lead, access_team
from kaizo.accounts.forms import EndLeadForm, LeadForm, TeamForm
from kaizo.accounts.models import Team
from kaizo.accounts.selectors import team_leads, teams
from kaizo.core.errors import DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_TEAMS)
def team_list(request: TenantRequest) -> HttpResponse:
    """All teams; a POST creates one."""
    form = TeamForm(request.POST or None)
    if form.is_valid():
        try:
            team = services.create_team(
                organisation=request.organisation,
                name=form.cleaned_data["name"],
                actor=request.actor,
            )
        except DomainError as error:
            form.add_error("name", str(error))
        else:
            return _to_team(request, team)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    context = {"teams": teams(), "form": form}
    return render_page(request, "accounts/team_list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_TEAMS)
def team(request: TenantRequest, team_id: int) -> HttpResponse:
    """One team with its leads; a POST renames it."""
    found = access_team(team_id=team_id)
    form = TeamForm(request.POST or None, initial={"name": found.name})
    if form.is_valid():
        try:
            services.rename_team(team=found, name=form.cleaned_data["name"], actor=request.actor)
        except DomainError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("Saved."))
            return _to_team(request, found)
    return _page(request, found, form, _new_lead_form())


@require_POST
@allow(Action.MANAGE_TEAMS)
def new_lead(request: TenantRequest, team_id: int) -> HttpResponse:
    found = access_team(team_id=team_id)
    form = LeadForm(request.POST)
    if form.is_valid():
        try:
            services.appoint_lead(team=found, actor=request.actor, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _to_team(request, found)
    return _page(request, found, TeamForm(initial={"name": found.name}), form)


@require_POST
@allow(Action.MANAGE_TEAMS)
def end_lead(request: TenantRequest, team_id: int, lead_id: int) -> HttpResponse:
    found = access_team(team_id=team_id)
    lead = access_lead(team=found, lead_id=lead_id)
    form = EndLeadForm(request.POST)
    if form.is_valid():
        services.end_lead(lead=lead, valid_to=form.cleaned_data["valid_to"], actor=request.actor)
    else:
        messages.error(request, _("Choose the day on which the lead ends."))
    return _to_team(request, found)


def _new_lead_form() -> LeadForm:
    return LeadForm(initial={"valid_from": timezone.localdate()})


def _to_team(request: TenantRequest, found: Team) -> HttpResponse:
    return redirect("accounts:team", organisation=request.organisation.slug, team_id=found.pk)


def _page(request: TenantRequest, found: Team, form: TeamForm, lead: LeadForm) -> HttpResponse:
    context = {
        "team": found,
        "form": form,
        "lead_form": lead,
        "leads": team_leads(found),
        "today": timezone.localdate(),
    }
    failed = form.is_bound or lead.is_bound
    status = HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK
    return render_page(request, "accounts/team.html", context, status=status)

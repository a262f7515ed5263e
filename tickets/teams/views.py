"""The agents of a team."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaizo.accounts.access import access_team
from kaizo.core.errors import DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow
from tickets.people import agent_names
from tickets.teams.access import access_agent, access_place
from tickets.teams.forms import MoveForm, TakeOutForm
from tickets.teams.selectors import places
from tickets.teams.services import move_agent, take_out


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_TEAMS)
def team_agents(request: TenantRequest, team_id: int) -> HttpResponse:
    """Who is in the team, since when; a POST puts an agent in."""
    team = access_team(team_id=team_id)
    today = timezone.localdate()
    # Whoever is left out is named here, too: their place is no judgement, and totals need it.
    agents = agent_names(request.organisation.pk)
    form = MoveForm(request.POST or None, agents=agents, initial={"since": today})
    if form.is_valid():
        try:
            move_agent(
                agent=access_agent(agent_id=form.cleaned_data["agent"]),
                team=team,
                since=form.cleaned_data["since"],
                actor=request.actor,
            )
        except DomainError as error:
            form.add_error("since", str(error))
        else:
            messages.success(request, _("Saved. The figures of days before stay as they were."))
            return _to_team(request, team_id)
    context = {"team": team, "places": places(team), "form": form, "today": today}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render_page(request, "tickets/team_agents.html", context, status=status)


@require_POST
@allow(Action.MANAGE_TEAMS)
def take_out_agent(request: TenantRequest, team_id: int, place_id: int) -> HttpResponse:
    place = access_place(team=access_team(team_id=team_id), place_id=place_id)
    form = TakeOutForm(request.POST)
    if form.is_valid():
        take_out(membership=place, since=form.cleaned_data["since"], actor=request.actor)
    else:
        messages.error(request, _("Choose the day from which on the agent is out of the team."))
    return _to_team(request, team_id)


def _to_team(request: TenantRequest, team_id: int) -> HttpResponse:
    slug = request.organisation.slug
    return redirect("tickets:team_agents", organisation=slug, team_id=team_id)

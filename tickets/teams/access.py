"""The only way a page gets an agent's place in a team."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from kaizo.accounts.models import Team
from tickets.models import Agent, TeamMembership


def access_place(*, team: Team, place_id: int) -> TeamMembership:
    rows = TeamMembership.objects.select_related("agent__membership", "team")
    place: TeamMembership = get_object_or_404(rows, pk=place_id, team=team)
    return place


def access_agent(*, agent_id: int) -> Agent:
    agent: Agent = get_object_or_404(Agent.objects.select_related("membership"), pk=agent_id)
    return agent

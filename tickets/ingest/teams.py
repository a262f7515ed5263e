"""Keeps dated team memberships in step with what the source says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db.models import Q

from kaizo.accounts.models import Team
from kaizo.core.tenancy import current_organisation_id
from tickets.ingest.people import AgentSighting
from tickets.models import Agent, TeamMembership


def follow_teams(
    local_day: Callable[[AgentSighting], date | None],
    sighted: dict[str, AgentSighting],
    agent_ids: dict[str, int],
) -> dict[int, date]:
    """Move agents whose source names a team other than before; returns who moved, since when.

    An agent's first team counts from the beginning of time; a later one from the local day of the
    record that named it. A record older than the last team news changes nothing.
    """
    named = {agent_ids[key]: sighting for key, sighting in sighted.items() if sighting.team}
    agents = Agent.objects.filter(pk__in=named).only("source_team", "source_team_at")
    news = [agent for agent in agents if _is_news(agent, named[agent.pk])]
    if not news:
        return {}
    since = {}
    for agent in news:
        sighting = named[agent.pk]
        since[agent.pk] = date.min
        if agent.source_team:
            since[agent.pk] = local_day(sighting) or date.min
        agent.source_team, agent.source_team_at = sighting.team, sighting.at
    moved = _place({agent.pk: agent.source_team for agent in news}, since)
    Agent.objects.bulk_update(news, ["source_team", "source_team_at"])
    return {agent_id: since[agent_id] for agent_id in moved}


def _is_news(agent: Agent, sighting: AgentSighting) -> bool:
    known = agent.source_team_at
    is_old = known is not None and sighting.at is not None and sighting.at <= known
    return sighting.team != agent.source_team and not is_old


def _place(names: dict[int, str], since: dict[int, date]) -> set[int]:
    """Put agents into the teams of these names, all who were in none before at once; returns those
    for whom anything changed."""
    teams = _teams_named(set(names.values()))
    placed = set(
        TeamMembership.objects.filter(agent_id__in=names).values_list("agent_id", flat=True)
    )
    first = names.keys() - placed
    TeamMembership.objects.bulk_create(
        TeamMembership(
            organisation_id=current_organisation_id(),
            agent_id=agent_id,
            team=teams[names[agent_id]],
            valid_from=since[agent_id],
        )
        for agent_id in first
    )
    return first | {
        agent_id
        for agent_id in placed
        if place_in_team(agent_id=agent_id, team=teams[names[agent_id]], since=since[agent_id])
    }


def _teams_named(names: set[str]) -> dict[str, Team]:
    """The organisation's teams of these names, made where there are none."""
    found = {team.name: team for team in Team.objects.filter(name__in=names)}
    return found | {name: team_named(name) for name in names - found.keys()}


def team_named(name: str) -> Team:
    found: tuple[Team, bool] = Team.objects.get_or_create(
        organisation_id=current_organisation_id(), name=name
    )
    return found[0]


def place_in_team(*, agent_id: int, team: Team, since: date) -> bool:
    """Put an agent into a team from `since` on; what lay before stays as it was. Returns whether
    anything changed. Idempotent."""
    memberships = TeamMembership.objects.filter(agent_id=agent_id)
    current = memberships.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=since)).order_by(
        "valid_from"
    )
    if [(m.team_id, m.valid_to) for m in current if m.valid_from <= since] == [(team.pk, None)]:
        return False
    memberships.filter(valid_from__gte=since).delete()
    memberships.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=since)).update(valid_to=since)
    TeamMembership.objects.create(
        organisation_id=current_organisation_id(), agent_id=agent_id, team=team, valid_from=since
    )
    return True

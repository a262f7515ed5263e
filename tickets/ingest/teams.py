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
    stored = Agent.objects.filter(pk__in=named).values_list("pk", "source_team", "source_team_at")
    moved: dict[int, date] = {}
    for agent_id, team, team_at in stored:
        sighting = named[agent_id]
        if sighting.team == team or (team_at and sighting.at and sighting.at <= team_at):
            continue
        since = date.min if not team else (local_day(sighting) or date.min)
        if place_in_team(agent_id=agent_id, team=team_named(sighting.team), since=since):
            moved[agent_id] = since
        Agent.objects.filter(pk=agent_id).update(
            source_team=sighting.team, source_team_at=sighting.at
        )
    return moved


def team_named(name: str) -> Team:
    found: tuple[Team, bool] = Team.objects.get_or_create(
        organisation_id=current_organisation_id(), name=name[:120]
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

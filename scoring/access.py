"""Whose figures an actor looks at."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from kaizo.accounts.models import Membership, Team, TeamLead
from kaizo.core.permissions import Role
from tickets.access import own_agent_ids

# No team has this id: a lead who leads none sees no figures.
NO_TEAM = 0


def own_identities(actor: Membership) -> list[int]:
    """The helpdesk identities of the actor; mostly one, or none."""
    return own_agent_ids(actor)


def sees_all_teams(actor: Membership) -> bool:
    """A lead sees the figures of the teams they lead, whoever else has the permission sees all."""
    return actor.role != Role.TEAM_LEAD


def teams_to_choose(actor: Membership) -> dict[int, str]:
    """The teams whose figures the actor may look at, by name."""
    teams = Team.objects.all()
    if not sees_all_teams(actor):
        today = timezone.localdate()
        led = TeamLead.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=today),
            team=OuterRef("pk"),
            membership=actor,
            valid_from__lte=today,
        )
        teams = teams.filter(Exists(led))
    return dict(teams.order_by("name").values_list("pk", "name"))


def permitted_team(actor: Membership, teams: dict[int, str], wanted: str) -> str:
    """The team asked for, or for a lead who asks for none or another's the first of their own."""
    if sees_all_teams(actor) or wanted in map(str, teams):
        return wanted
    return str(next(iter(teams), NO_TEAM))

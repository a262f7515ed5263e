"""Who and what can take part in an assignment that an actor makes."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from kaizo.accounts.models import Membership
from kaizo.core.permissions import ROLE_ACTIONS, Action, Role
from scoring.access import sees_all_teams, teams_to_choose
from scoring.quality.assignments.services import People
from scoring.quality.models import (
    Assignment,
    AssignmentReviewee,
    AssignmentReviewer,
    Scorecard,
)
from scoring.quality.scorecards.selectors import versions_in_force
from tickets.access import not_left_out
from tickets.models import TeamMembership
from tickets.selectors import agent_choices


def offered_to(actor: Membership) -> dict[str, dict[int, str]]:
    """Names by id: scorecards in force, members who may review, and of teams and agents all, or
    those that a lead leads today. No agent who is left out."""
    teams = teams_to_choose(actor)
    return {
        "scorecards": _scorecards(),
        "reviewers": _reviewers(),
        "teams": teams,
        "agents": _agents(actor, None if sees_all_teams(actor) else set(teams)),
    }


def _scorecards() -> dict[int, str]:
    ids = [version.scorecard_id for version in versions_in_force()]
    found = Scorecard.objects.filter(pk__in=ids, archived_at__isnull=True)
    return dict(found.values_list("pk", "name"))


def _reviewers() -> dict[int, str]:
    roles = [role for role in Role if Action.REVIEW_CONVERSATIONS in ROLE_ACTIONS[role]]
    members = Membership.objects.filter(is_active=True, role__in=roles)
    return dict(members.values_list("pk", "user__name"))


def _agents(actor: Membership, teams: set[int] | None) -> dict[int, str]:
    if teams is None:
        return agent_choices(actor)
    today = timezone.localdate()
    there = TeamMembership.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today), team__in=teams, valid_from__lte=today
    )
    return agent_choices(actor, list(there.values_list("agent_id", flat=True)))


def people_of(assignment: Assignment) -> People:
    """Who takes part, as far as it is shown: not agents who are left out."""
    reviewers = AssignmentReviewer.objects.filter(assignment=assignment)
    found = AssignmentReviewee.objects.filter(assignment=assignment)
    reviewees = list(not_left_out(found, agent="agent").values_list("agent_id", "team_id"))
    return People(
        reviewers=list(reviewers.values_list("membership_id", flat=True)),
        agents=[agent for agent, _team in reviewees if agent],
        teams=[team for _agent, team in reviewees if team],
    )

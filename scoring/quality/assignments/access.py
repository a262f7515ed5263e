"""The only way a page gets an assignment, a cycle or a pick. Foreign, hidden and missing are all
404."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from kaizo.accounts.models import Membership, TeamLead
from kaizo.core.permissions import Role
from scoring.quality.models import Assignment, AssignmentCycle, AssignmentReviewee, Pick
from tickets.access import not_left_out
from tickets.models import TeamMembership


def visible_assignments(actor: Membership) -> QuerySet[Assignment]:
    """Owners and admins see all; leads their own and those that review somebody whom they lead
    today."""
    found: QuerySet[Assignment] = Assignment.objects.select_related("scorecard")
    if actor.role != Role.TEAM_LEAD:
        return found
    led = led_teams(actor)
    reviewed = AssignmentReviewee.objects.filter(
        Q(team__in=led) | Q(agent__in=led_agents(actor)), assignment=OuterRef("pk")
    )
    return found.filter(Q(created_by=actor) | Exists(reviewed))


def led_teams(actor: Membership) -> list[int]:
    """Ids of the teams that the actor leads today."""
    today = timezone.localdate()
    led = TeamLead.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today), membership=actor, valid_from__lte=today
    )
    return list(led.values_list("team_id", flat=True))


def led_agents(actor: Membership) -> QuerySet[Any, Any]:
    """Ids of the agents who are today in a team that the actor leads."""
    today = timezone.localdate()
    return TeamMembership.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today),
        team__in=led_teams(actor),
        valid_from__lte=today,
    ).values("agent")


def can_change(actor: Membership, assignment: Assignment) -> bool:
    """Leads change only what they made themselves."""
    return actor.role != Role.TEAM_LEAD or assignment.created_by_id == actor.pk


def visible_picks(actor: Membership, assignment: Assignment) -> QuerySet[Pick]:
    """Those that count for the actor, but of agents who are left out."""
    return not_left_out(counted_picks(actor, assignment), agent="reviewee", actor=actor)


def counted_picks(actor: Membership, assignment: Assignment | None = None) -> QuerySet[Pick]:
    """All of the assignments that the actor may change, else those of the agents they lead today.
    Without an assignment, of every one that they may see."""
    picks: QuerySet[Pick] = Pick.objects.filter(
        cycle__assignment__in=[assignment] if assignment else visible_assignments(actor)
    )
    if actor.role != Role.TEAM_LEAD:
        return picks
    own = Q(cycle__assignment__created_by=actor)
    return picks.filter(own | Q(reviewee__in=led_agents(actor)))


def access_assignment(*, actor: Membership, assignment_id: int) -> Assignment:
    return get_object_or_404(visible_assignments(actor), pk=assignment_id)


def access_own_assignment(*, actor: Membership, assignment_id: int) -> Assignment:
    """One that the actor may change."""
    found = visible_assignments(actor)
    if actor.role == Role.TEAM_LEAD:
        found = found.filter(created_by=actor)
    return get_object_or_404(found, pk=assignment_id)


def access_own_cycle(*, actor: Membership, cycle_id: int) -> AssignmentCycle:
    """A cycle in which the actor has or had something to review."""
    mine = Pick.objects.filter(cycle=OuterRef("pk"), reviewer=actor)
    cycles = AssignmentCycle.objects.select_related("assignment").filter(Exists(mine))
    found: AssignmentCycle = get_object_or_404(cycles, pk=cycle_id)
    return found


def access_changeable_pick(*, actor: Membership, pick_id: int) -> Pick:
    """A pick of an assignment that the actor may change, or their own where reviewers may replace
    picks. Whatever its state, so that who comes too late is told so."""
    picks = not_left_out(Pick.objects.all(), agent="reviewee", actor=actor)
    if actor.role not in {Role.OWNER, Role.ADMIN}:
        own = Q(reviewer=actor, cycle__assignment__may_replace=True)
        made = Q(cycle__assignment__created_by=actor)
        picks = picks.filter(own | made if actor.role == Role.TEAM_LEAD else own)
    found: Pick = get_object_or_404(
        picks.select_related("cycle__assignment", "reviewer__user"), pk=pick_id
    )
    return found

"""The only way a page gets a pin. Foreign, hidden and missing are all 404."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from kaizo.accounts.models import Membership, TeamLead
from kaizo.core.permissions import Role
from scoring.coaching.models import Pin
from tickets.access import not_left_out, own_agent_ids
from tickets.models import TeamMembership


def visible_pins(actor: Membership) -> QuerySet[Pin]:
    """Agents see what is about them, reviewers what they wrote, leads besides that what is about
    the agents they lead today, owners and admins all; nobody what is about an agent who is left
    out, but that agent."""
    pins = not_left_out(Pin.objects.all(), agent="agent", actor=actor)
    if actor.role in {Role.OWNER, Role.ADMIN}:
        return pins
    if actor.role == Role.AGENT:
        return pins.filter(agent__in=own_agent_ids(actor))
    wrote = Q(pinned_by=actor)
    if actor.role == Role.TEAM_LEAD:
        wrote |= Q(Exists(_led(actor)))
    return pins.filter(wrote)


def _led(actor: Membership) -> QuerySet[TeamMembership]:
    today = timezone.localdate()
    valid = Q(valid_to__isnull=True) | Q(valid_to__gt=today)
    led = TeamLead.objects.filter(
        valid, team=OuterRef("team"), membership=actor, valid_from__lte=today
    )
    found: QuerySet[TeamMembership] = TeamMembership.objects.filter(
        valid, Exists(led), agent=OuterRef("agent"), valid_from__lte=today
    )
    return found


def access_pin(*, actor: Membership, pin_id: int) -> Pin:
    pins = visible_pins(actor).select_related("agent__membership", "ticket")
    return get_object_or_404(pins, pk=pin_id)

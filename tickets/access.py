"""The only way a page gets a ticket. Foreign, hidden and missing are all 404."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from django.db.models import DateField, Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.shortcuts import get_object_or_404

from kaizo.accounts.models import Membership, TeamLead
from kaizo.core.permissions import Role
from kaizo.core.tenancy import Purpose, purpose_scope
from tickets.models import Agent, Message, TeamMembership, Ticket

M = TypeVar("M", bound=Model)


def own_agent_ids(actor: Membership) -> list[int]:
    """The helpdesk identities of the member; mostly one, or none."""
    return list(Agent.objects.filter(membership=actor).values_list("pk", flat=True))


def left_out(actor: Membership | None = None) -> QuerySet[Agent]:
    """Agents of whom others are told neither name nor figures: their data is frozen, or they object
    to being judged. Nobody is left out of what they see themselves. Without an actor, all of them.
    """
    agents: QuerySet[Agent] = Agent.objects.filter(is_left_out=True)
    return agents if actor is None else agents.exclude(membership=actor)


def not_left_out(rows: QuerySet[M], *, agent: str, actor: Membership | None = None) -> QuerySet[M]:
    """The rows, without those about somebody who is left out. `agent`: the way to whom a row is
    about."""
    return rows.exclude(Exists(left_out(actor).filter(pk=OuterRef(agent))))


def left_out_among(agent_ids: Collection[int], actor: Membership) -> set[int]:
    """No query without agents."""
    if not agent_ids:
        return set()
    return set(left_out(actor).filter(pk__in=list(agent_ids)).values_list("pk", flat=True))


def visible_tickets(actor: Membership) -> QuerySet[Ticket]:
    """Agents see what they worked on, leads what their teams' agents were assigned while they led
    them, everybody else with the permission all of the organisation's."""
    tickets: QuerySet[Ticket] = Ticket.objects.all()
    if actor.role == Role.AGENT:
        mine = own_agent_ids(actor)
        wrote = Message.objects.filter(ticket=OuterRef("pk"), agent__in=mine)
        return tickets.filter(Q(assignee__in=mine) | Exists(wrote))
    if actor.role == Role.TEAM_LEAD:
        return tickets.annotate(day=Cast("created_at", DateField())).filter(
            Exists(_led_assignments(actor))
        )
    return tickets


def _led_assignments(actor: Membership) -> QuerySet[TeamMembership]:
    """Membership of the ticket's assignee in a team that the actor led on the ticket's day."""
    led = TeamLead.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=OuterRef(OuterRef("day"))),
        team=OuterRef("team"),
        membership=actor,
        valid_from__lte=OuterRef(OuterRef("day")),
    )
    found: QuerySet[TeamMembership] = TeamMembership.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=OuterRef("day")),
        Exists(led),
        agent=OuterRef("assignee"),
        valid_from__lte=OuterRef("day"),
    )
    return found


def access_ticket(*, actor: Membership, ticket_id: int) -> Ticket:
    return get_object_or_404(visible_tickets(actor), pk=ticket_id)


def frozen_ticket(*, actor: Membership, ticket_id: int) -> str | None:
    """The number of a ticket that the actor could open if it were not frozen."""
    with purpose_scope(Purpose.STORAGE):
        found = visible_tickets(actor).filter(pk=ticket_id, restricted=True)
        number: str | None = found.values_list("external_id", flat=True).first()
    return number


def frozen_among(ticket_ids: Collection[int]) -> set[int]:
    """Those of the tickets that are frozen. No query without tickets."""
    if not ticket_ids:
        return set()
    with purpose_scope(Purpose.STORAGE):
        frozen = Ticket.objects.filter(pk__in=list(ticket_ids), restricted=True)
        return set(frozen.values_list("pk", flat=True))

"""What erasing people does to figures: they are brought up to date in the erasure's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from privacy.api import before_rows_go
from scoring.metrics import services
from scoring.metrics.models import AgentDay, TicketActs


def forget_tickets(organisation_id: int, ticket_ids: Sequence[int]) -> Mapping[str, int]:
    """Facts of the tickets go, and the rollups move by as much."""
    facts = TicketActs.objects.filter(ticket_id__in=ticket_ids).count()
    services.forget(organisation_id=organisation_id, ticket_ids=ticket_ids)
    return {"scoring.TicketActs": facts}


def forget_agents(organisation_id: int, agent_ids: Sequence[int]) -> Mapping[str, int]:
    """The organisation's totals stay; what the agents did counts as nobody's."""
    days = AgentDay.objects.filter(agent_id__in=agent_ids).count()
    services.forget_agents(organisation_id=organisation_id, agent_ids=agent_ids)
    return {"scoring.AgentDay": days}


def register() -> None:
    before_rows_go("tickets.Ticket", forget_tickets)
    before_rows_go("tickets.Agent", forget_agents)

"""What erasing people does to figures: they are brought up to date in the erasure's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from privacy.api import before_links_go, before_rows_go
from scoring.metrics import services
from scoring.metrics.models import AgentDay


def forget_tickets(organisation_id: int, ticket_ids: Sequence[int]) -> Mapping[str, int]:
    """Facts of the tickets go, and the rollups move by as much."""
    facts = services.forget(organisation_id=organisation_id, ticket_ids=ticket_ids)
    return {"scoring.TicketActs": facts}


def forget_agents(organisation_id: int, agent_ids: Sequence[int]) -> Mapping[str, int]:
    """The organisation's and the teams' totals stay; what the agents did is nobody's."""
    days = AgentDay.objects.filter(agent_id__in=agent_ids).count()
    services.forget_agents(organisation_id=organisation_id, agent_ids=agent_ids)
    return {"scoring.AgentDay": days}


def keep_teams(organisation_id: int, act_ids: Sequence[int]) -> Mapping[str, int]:
    """What an agent did counts for the team of that day also without them."""
    services.unlink_acts(organisation_id=organisation_id, act_ids=act_ids)
    return {}


def register() -> None:
    before_rows_go("tickets.Ticket", forget_tickets)
    before_links_go("scoring.TicketActs", "agent", keep_teams)
    before_rows_go("tickets.Agent", forget_agents)

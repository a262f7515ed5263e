"""What the way down from a figure reads: one KPI's days, and the tickets behind a bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import current_organisation_id
from scoring.dashboards import selectors
from scoring.dashboards.figures import Comparison
from scoring.dashboards.periods import Period
from scoring.dashboards.queries import Slice
from scoring.dashboards.selectors import ValuedTicket
from scoring.metrics import register
from tickets import conversations
from tickets.access import own_agent_ids, visible_tickets
from tickets.conversations import Heading


def kpi_trend(*, code: str, period: Period, part: Slice, role: str) -> Comparison:
    """One KPI of a period, day by day; a long period in weeks or months.

    A KPI without an agent belongs to no team, so it is read for all of them. Raises `UnknownKpi`
    and `NotAViewer`.
    """
    return selectors.kpi_steps(
        code=code, period=period, part=day_part(code, part), role=role, grain=period.grain
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketBehind:
    """A ticket that a figure is made of. One that the actor may not open has no title. Nobody is
    named who is left out."""

    id: int
    value: float
    is_visible: bool
    external_id: str = ""
    title: str | None = None
    status: str = ""
    channel: str = ""
    assignee_id: int | None = None
    assignee: str | None = None
    created_at: datetime | None = None


def tickets_behind(*, actor: Membership, valued: Sequence[ValuedTicket]) -> list[TicketBehind]:
    """The tickets in the given order, with redacted titles."""
    rows = {
        row["id"]: row
        for row in visible_tickets(actor)
        .filter(pk__in=[ticket.ticket_id for ticket in valued])
        .values("id", "external_id", "status", "channel", "assignee_id", "created_at")
    }
    organisation_id = current_organisation_id()
    own = own_agent_ids(actor) if rows else []
    headings = conversations.headings(organisation_id, list(rows), own_agents=own) if rows else {}
    return [
        _behind(ticket, rows.get(ticket.ticket_id), headings.get(ticket.ticket_id))
        for ticket in valued
    ]


def _behind(
    ticket: ValuedTicket,
    row: Mapping[str, Any] | None,
    heading: Heading | None,
) -> TicketBehind:
    if row is None or heading is None:
        return TicketBehind(id=ticket.ticket_id, value=ticket.value, is_visible=False)
    return TicketBehind(
        id=ticket.ticket_id,
        value=ticket.value,
        is_visible=True,
        external_id=row["external_id"],
        title=heading.title,
        status=row["status"],
        channel=row["channel"],
        assignee_id=row["assignee_id"] if heading.assignee else None,
        assignee=heading.assignee,
        created_at=row["created_at"],
    )


def day_part(code: str, part: Slice) -> Slice:
    """The part of the organisation whose tickets make up a KPI: all teams' without an agent."""
    return part if register.kpi(code).is_personal else replace(part, team_id=None)

"""What the pages about coaching show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import current_organisation_id
from scoring.coaching.access import visible_pins
from scoring.quality.sealing import Sealer
from tickets.conversations import titles
from tickets.models import AuthorType, Message, Ticket
from tickets.people import agent_names


@dataclass(frozen=True, slots=True)
class AgentPins:
    """How much is kept about one agent; `waiting`: not talked about yet."""

    agent_id: int
    name: str
    waiting: int
    total: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class ShownPin:
    """`title` is redacted, None when the conversation is gone; `note` None without one."""

    id: int
    ticket_id: int | None
    message_id: int | None
    external_id: str
    title: str | None
    note: str | None
    author: str
    pinned_at: datetime
    discussed_at: datetime | None


def agents_with_pins(actor: Membership) -> list[AgentPins]:
    """Those with something to talk about first, then by name."""
    counted = (
        visible_pins(actor)
        .order_by()
        .values("agent_id")
        .annotate(
            waiting=Count("pk", filter=Q(discussed_at__isnull=True)),
            total=Count("pk"),
            latest=Max("pinned_at"),
        )
    )
    rows = list(counted)
    names = agent_names(current_organisation_id(), [row["agent_id"] for row in rows])
    found = [AgentPins(**row, name=names.get(row["agent_id"], "")) for row in rows]
    return sorted(found, key=lambda row: (not row.waiting, row.name.casefold()))


def pins_of(actor: Membership, agent_id: int) -> list[ShownPin]:
    """What the actor may see of what is kept about an agent, what waits first, then the newest."""
    pins = list(
        visible_pins(actor)
        .filter(agent=agent_id)
        .select_related("ticket", "pinned_by__user")
        .order_by("-pinned_at", "-pk")
    )
    organisation_id = current_organisation_id()
    sealer = Sealer(organisation_id, {pin.subject_id for pin in pins})
    shown = titles(organisation_id, [pin.ticket_id for pin in pins if pin.ticket_id])
    rows = [
        ShownPin(
            id=pin.pk,
            ticket_id=pin.ticket_id,
            message_id=pin.message_id,
            external_id=pin.ticket.external_id if pin.ticket else "",
            title=shown.get(pin.ticket_id) if pin.ticket_id else None,
            note=sealer.open(pin, "note", pin.subject_id),
            author=pin.pinned_by.user.name if pin.pinned_by else "",
            pinned_at=pin.pinned_at,
            discussed_at=pin.discussed_at,
        )
        for pin in pins
    ]
    return sorted(rows, key=lambda row: row.discussed_at is not None)


def messages_of(ticket: Ticket) -> list[Message]:
    """What an agent said in a conversation, in order: what can be pinned by itself."""
    found = Message.objects.filter(
        ticket=ticket, author_type=AuthorType.AGENT, agent__isnull=False
    ).order_by("sent_at", "pk")
    return list(found.only("pk", "organisation", "agent", "sent_at"))

"""What happens to tickets: they come in, are read, are revealed, and go."""

from __future__ import annotations

from kaizo.accounts.models import Membership
from tickets import events
from tickets.access import own_agent_ids
from tickets.conversations import Conversation, read_conversation
from tickets.departed import customers_after, customers_by_id, erase_people, tickets_of
from tickets.ingest.erasure import erase_tickets
from tickets.ingest.page import Counts, IngestedPage, IngestReport
from tickets.ingest.service import PAGE_SIZE, ingest_tickets
from tickets.models import Ticket
from tickets.readings import Reading, saw

__all__ = [
    "PAGE_SIZE",
    "Counts",
    "IngestReport",
    "IngestedPage",
    "customers_after",
    "customers_by_id",
    "erase_people",
    "erase_tickets",
    "ingest_tickets",
    "open_conversation",
    "reveal_conversation",
    "tickets_of",
]


def open_conversation(*, ticket: Ticket, actor: Membership, revealed: bool) -> Conversation:
    """Read a conversation and leave a trace that it was read: redacted, unless it was revealed to
    the actor before (`reveal_conversation`)."""
    saw(
        Reading.CONVERSATION,
        reader=actor,
        agents=[ticket.assignee_id],
        subject_id=ticket.subject_id,
        about=ticket,
        detail={"revealed": revealed},
    )
    return read_conversation(
        ticket.organisation_id, ticket, revealed=revealed, own_agents=own_agent_ids(actor)
    )


def reveal_conversation(*, ticket: Ticket, actor: Membership, reason: events.RevealReason) -> None:
    """Record that, and why, somebody is about to see what redaction hides."""
    events.record(events.CONVERSATION_REVEALED, actor=actor, ticket=ticket, reason=reason.value)

"""Keeping conversations for a talk. Notes are for coaching alone, and the agent reads them."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership
from kaizo.core import clock
from kaizo.core.errors import DomainError
from scoring.coaching.events import Event, record
from scoring.coaching.models import Pin
from scoring.quality.reviews.facts import agents_in, require_judged
from scoring.quality.sealing import Sealer, new_id
from tickets.models import Agent, Message, Ticket


@transaction.atomic
def pin_conversation(
    *,
    ticket: Ticket,
    agent: Agent,
    actor: Membership,
    note: str = "",
    message: Message | None = None,
) -> Pin:
    """Raises DomainError when the agent took no part in the conversation or is left out,
    `privacy.api.Erased` when they were permanently erased."""
    require_judged(agent)
    if agent.pk not in agents_in(ticket):
        raise DomainError(_("This agent took no part in the conversation."))
    pin = Pin(
        pk=new_id(Pin),
        organisation_id=ticket.organisation_id,
        agent=agent,
        subject_id=agent.subject_id,
        ticket=ticket,
        message=message,
        pinned_by=actor,
        pinned_at=clock.now(),
    )
    if note.strip():
        sealer = Sealer(ticket.organisation_id, [agent.subject_id])
        pin.note = sealer.seal(pin, "note", agent.subject_id, note.strip())
    pin.save(force_insert=True)
    record(Event.PINNED, actor=actor, agent=agent, object_id=pin.pk)
    return pin


@transaction.atomic
def mark_discussed(*, pin: Pin, actor: Membership) -> None:
    """Idempotent: the first time stays."""
    if Pin.objects.filter(pk=pin.pk, discussed_at__isnull=True).update(discussed_at=clock.now()):
        record(Event.DISCUSSED, actor=actor, agent=pin.agent, object_id=pin.pk)


@transaction.atomic
def unpin(*, pin: Pin, actor: Membership) -> None:
    """Delete the pin with its note."""
    record(Event.UNPINNED, actor=actor, agent=pin.agent, object_id=pin.pk)
    pin.delete()

"""What is written into the audit log about coaching. The agent it is about can read it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.events import describe_events
from kaizo.accounts.models import Membership
from kaizo.core.tenancy import Purpose
from privacy.api import record_event, register_actions
from tickets.models import Agent


class Event(models.TextChoices):
    PINNED = "scoring.pin.created", _("A conversation of yours was kept for coaching")
    DISCUSSED = "scoring.pin.discussed", _("A coaching note about you was marked as talked about")
    UNPINNED = "scoring.pin.deleted", _("A coaching note about you was deleted")


register_actions({event.value: {} for event in Event})
describe_events({event.value: event.label for event in Event})


def record(event: Event, *, actor: Membership, agent: Agent, object_id: int) -> None:
    """Write one event about an agent, inside the caller's transaction."""
    member = agent.membership if agent.membership_id else None
    record_event(
        organisation_id=agent.organisation_id,
        action=event.value,
        actor_user_id=actor.user_id,
        object_type="scoring.pin",
        object_id=object_id,
        affected_user_id=member.user_id if member else None,
        subject_id=agent.subject_id,
        purpose=Purpose.COACHING,
    )

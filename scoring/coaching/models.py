"""What is kept for the next talk with an agent.

A note is for coaching and for nothing else (GDPR Art. 5(1)(b)): it is ciphertext under the
agent's key, the agent reads it as its author does, and it goes with the agent.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.api import EncryptedField
from tickets.models import Agent, Message, Ticket


class Pin(TenantModel):
    """A conversation, or one message of it, to be talked about with the agent. When the
    conversation is erased, the note stays."""

    agent = TenantForeignKey(Agent, on_delete=models.CASCADE, related_name="pins")
    # The agent's subject: whose key the note is under.
    subject = TenantForeignKey("privacy.Subject", on_delete=models.PROTECT, related_name="+")
    ticket = TenantForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="pins")
    message = TenantForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    note = EncryptedField(null=True)
    pinned_by = TenantForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    pinned_at = models.DateTimeField(default=timezone.now)
    discussed_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "agent", "-pinned_at"], name="pin_agent"),
            models.Index(fields=["organisation", "subject"], name="pin_subject"),
            models.Index(fields=["organisation", "pinned_by"], name="pin_author"),
            models.Index(
                fields=["organisation", "ticket"],
                name="pin_ticket",
                condition=Q(ticket__isnull=False),
            ),
            models.Index(
                fields=["organisation", "message"],
                name="pin_message",
                condition=Q(message__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Pin {self.pk}"

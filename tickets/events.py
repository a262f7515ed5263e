"""What this app writes into the audit log besides who looked (`tickets.readings`)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import Purpose
from privacy.api import record_event, register_actions
from tickets.models import Ticket

CONVERSATION_REVEALED = "tickets.conversation.revealed"


class RevealReason(models.TextChoices):
    """Why somebody needs to see what redaction hides. A code, never free text."""

    QUALITY_REVIEW = "quality_review", _("To judge the quality of the answer")
    WRONG_REDACTION = "wrong_redaction", _("Something is redacted that should not be")
    CUSTOMER_CONTACT = "customer_contact", _("The customer asks about this conversation")
    DATA_SUBJECT_REQUEST = "data_subject_request", _("A request about personal data")
    SECURITY = "security", _("To look into an abuse or an incident")


register_actions(
    {
        CONVERSATION_REVEALED: {"reason": frozenset(RevealReason.values)},
    }
)


def record(action: str, *, actor: Membership, ticket: Ticket, **detail: str | bool) -> None:
    """Write one event about a conversation, in the caller's transaction."""
    record_event(
        organisation_id=ticket.organisation_id,
        action=action,
        actor_user_id=actor.user_id,
        object_type="tickets.ticket",
        object_id=ticket.pk,
        subject_id=ticket.subject_id,
        purpose=Purpose.QUALITY_EVALUATION,
        detail=detail,
    )

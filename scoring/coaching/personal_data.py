"""What coaching keeps about agents and those who coach them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kaizo.core.tenancy import Purpose
from privacy.api import Keep, Personal, Rule, Shred, Via, call, declare
from scoring.coaching.models import Pin

declare(
    Pin,
    subject=[
        Via("agent__subject", "agent", role="whom the note is about"),
        Via("subject", "agent", role="whose key the note is under"),
        Via("pinned_by__user", "user", role="author", on_erase="unlink"),
        Via("ticket__subject", "customer", role="requester of the conversation", on_erase="unlink"),
    ],
    purposes={Purpose.COACHING},
    retention=Rule("score", trigger="pinned_at"),
    fields={
        "note": Personal(
            "content.note",
            erase=Shred(),
            sensitive=True,
            free_text=True,
            others_possible=True,
            key="subject",
        ),
        "pinned_at": Personal(
            "metadata.time", erase=Keep("when a note of a coaching talk was written, not by whom")
        ),
        "discussed_at": Personal(
            "metadata.time", erase=Keep("when a talk took place, not with whom")
        ),
    },
)

call({Pin: _("notes for coaching")})

"""Whom a session may invite, and which conversations it may take from past reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kaizo.accounts.models import Membership
from kaizo.core.permissions import ROLE_ACTIONS, Action
from scoring.quality.access import visible_reviews
from scoring.quality.models import Review
from tickets.conversations import titles
from tickets.people import agent_names


def possible_participants() -> list[tuple[int, str]]:
    """Active members whose role reviews, by name."""
    roles = [role for role, actions in ROLE_ACTIONS.items() if Action.CALIBRATE in actions]
    found = Membership.objects.filter(is_active=True, role__in=roles)
    return list(found.order_by("user__name").values_list("pk", "user__name"))


PAST_SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class PastReview:
    ticket_id: int
    title: str | None
    agent_id: int | None
    agent: str
    day: date | None
    score: float | None


def past_reviews(actor: Membership) -> list[PastReview]:
    """The latest reviewed conversations the actor sees, to be calibrated on."""
    found = list(
        visible_reviews(actor)
        .filter(kind__in=Review.COUNTED, state=Review.State.SUBMITTED, ticket__isnull=False)
        .order_by("-day", "-pk")
        .values("ticket_id", "reviewee_id", "day", "score")[:PAST_SHOWN]
    )
    named = titles(actor.organisation_id, [row["ticket_id"] for row in found]) if found else {}
    agents = {row["reviewee_id"] for row in found} - {None}
    names = agent_names(actor.organisation_id, agents) if agents else {}
    once = {row["ticket_id"]: row for row in reversed(found)}
    return [
        PastReview(
            ticket_id=row["ticket_id"],
            title=named.get(row["ticket_id"]),
            agent_id=row["reviewee_id"],
            agent=names.get(row["reviewee_id"], ""),
            day=row["day"],
            score=None if row["score"] is None else float(row["score"]),
        )
        for row in reversed(once.values())
    ]

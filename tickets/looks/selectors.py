"""What a member is shown of who looked at their data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kaizo.accounts.models import Membership
from privacy.api import AccessLine, line_of, readings_of
from tickets.models import Agent

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class LooksPage:
    """A page by key: `after` is the event to go on from, or None."""

    lines: list[AccessLine]
    after: int | None


def own_looks(
    *, actor: Membership, filters: dict[str, Any], zone: ZoneInfo, before: int | None = None
) -> LooksPage:
    """Others' looks at the actor's own data, in whatever helpdesk identity, the latest first: two
    queries."""
    mine = Agent.objects.filter(membership=actor).values_list("subject_id", flat=True)
    found = readings_of(list(mine), user_id=actor.user_id)
    if filters.get("what"):
        found = found.filter(action=filters["what"])
    if filters.get("purpose"):
        found = found.filter(purpose=filters["purpose"])
    if filters.get("since"):
        found = found.filter(occurred_at__gte=datetime.combine(filters["since"], time.min, zone))
    if filters.get("until"):
        end = datetime.combine(filters["until"] + timedelta(days=1), time.min, zone)
        found = found.filter(occurred_at__lt=end)
    if before is not None:
        found = found.filter(pk__lt=before)
    events = list(found.order_by("-pk")[: PER_PAGE + 1])
    after = events[PER_PAGE - 1].pk if len(events) > PER_PAGE else None
    return LooksPage([line_of(event) for event in events[:PER_PAGE]], after)

"""Who is in a team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kaizo.accounts.models import Team
from kaizo.core.tenancy import current_organisation_id
from tickets.models import TeamMembership
from tickets.people import agent_names


@dataclass(frozen=True, slots=True)
class Place:
    """An agent's time in a team; `valid_from` is None when it has no beginning."""

    membership_id: int
    agent: str
    valid_from: date | None
    valid_to: date | None


def places(team: Team) -> list[Place]:
    """Everybody who is or was in the team: those who are, by name, then those who were."""
    memberships = list(TeamMembership.objects.filter(team=team))
    names = agent_names(current_organisation_id(), {row.agent_id for row in memberships})
    found = [
        Place(
            membership_id=row.pk,
            agent=names.get(row.agent_id, ""),
            valid_from=None if row.valid_from == date.min else row.valid_from,
            valid_to=row.valid_to,
        )
        for row in memberships
    ]
    return sorted(found, key=lambda place: (place.valid_to is not None, place.agent.casefold()))

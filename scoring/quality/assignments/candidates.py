"""The conversations that there are to pick from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from kaizo.accounts.models import Membership
from kaizo.core.permissions import Role
from kaizo.core.tenancy import Purpose
from privacy.api import is_barred
from scoring.quality.assignments.filters import Filters, filtered, measured
from scoring.quality.assignments.sampling import Candidate
from scoring.quality.models import Review
from scoring.quality.models.scorecards import RevieweeRule, ScorecardVersion
from scoring.quality.reviews.facts import last_days
from scoring.quality.scorecards.selectors import conditions_of
from tickets.access import visible_tickets
from tickets.models import AuthorType, Message, TeamMembership, Ticket

_COLUMNS = ("id", "channel", "assignee_id", "is_good", "reopens", "took")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for: conversations last solved, or else changed, from `since` to before
    `until`, of these reviewees. `kind`: of the reviews that would come of it."""

    version: ScorecardVersion
    reviewees: Collection[int]
    filters: Filters
    since: datetime
    until: datetime
    kind: str


def find_candidates(search: Search) -> list[Candidate]:
    """Conversations in which a reviewee took part in public, and whose work the scorecard would
    judge: by its rule the most active agent, the assignee, or each who wrote. Not those that were
    reviewed, or are being reviewed, by the scorecard already, nor, for a scorecard of some teams,
    the work of others. Two queries, or four."""
    tickets = {row["id"]: row for row in _tickets(search).values(*_COLUMNS)}
    wrote = _who_wrote(list(tickets))
    found = [
        _candidate(tickets[ticket_id], agent_id, replies)
        for ticket_id, (agents, replies) in wrote.items()
        if _fits(search.filters, replies)
        for agent_id in _judged(search.version.reviewee_rule, tickets[ticket_id], agents)
        if agent_id in search.reviewees
    ]
    return _of_teams(found, search.version)


def _tickets(search: Search) -> QuerySet[Any]:
    done = Coalesce("solved_at", "updated_at")
    wanted = conditions_of(search.version)
    both = Filters(channels=wanted.channels, languages=wanted.languages, tags=wanted.tags)
    reviewed = Review.objects.filter(
        ticket=OuterRef("pk"), version__scorecard=search.version.scorecard_id, kind=search.kind
    )
    tickets: QuerySet[Any] = (
        Ticket.objects.annotate(done=done)
        .filter(
            ~Exists(reviewed),
            ~is_barred(Purpose.QUALITY_EVALUATION),
            is_merged=False,
            done__gte=search.since,
            done__lt=search.until,
        )
        .order_by()
    )
    wrote = Message.objects.filter(ticket=OuterRef("pk"), agent__in=list(search.reviewees))
    tickets = measured(tickets.filter(Exists(wrote)))
    return filtered(filtered(tickets, both), search.filters)


def _who_wrote(ticket_ids: list[int]) -> dict[int, tuple[list[int], int]]:
    """Agents with public messages by ticket, the most active first (of equals who wrote last),
    and how many public replies there were."""
    public = Message.objects.filter(
        ticket__id__any_of=ticket_ids,
        author_type=AuthorType.AGENT,
        agent__isnull=False,
        is_public=True,
    )
    rows = (
        public.order_by()
        .values_list("ticket_id", "agent_id")
        .annotate(n=Count("id"), last=Max("sent_at"))
        .order_by("ticket_id", "-n", "-last", "agent_id")
    )
    agents: dict[int, list[int]] = defaultdict(list)
    replies: dict[int, int] = defaultdict(int)
    for ticket_id, agent_id, n, _last in rows:
        agents[ticket_id].append(agent_id)
        replies[ticket_id] += n
    return {key: (found, replies[key]) for key, found in agents.items()}


def _judged(rule: str, ticket: dict[str, Any], agents: list[int]) -> list[int]:
    if rule == RevieweeRule.MOST_ACTIVE:
        return agents[:1]
    if rule == RevieweeRule.ASSIGNEE:
        return [agent for agent in agents if agent == ticket["assignee_id"]]
    return agents


def _fits(filters: Filters, replies: int) -> bool:
    low, high = filters.replies_min, filters.replies_max
    return (low is None or replies >= low) and (high is None or replies <= high)


def _of_teams(found: list[Candidate], version: ScorecardVersion) -> list[Candidate]:
    """Those of agents who were in one of the scorecard's teams on the conversation's last day, as
    a review of it would say. All of them when it is for every team."""
    if not version.teams or not found:
        return found
    zone = ZoneInfo(version.organisation.time_zone)
    days = last_days({candidate.ticket_id for candidate in found}, zone)
    spans: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for place in TeamMembership.objects.filter(team__in=version.teams):
        spans[place.agent_id].append((place.valid_from, place.valid_to or date.max))

    def was_in_team(agent_id: int, day: date) -> bool:
        return any(start <= day < end for start, end in spans[agent_id])

    return [each for each in found if was_in_team(each.reviewee_id, days[each.ticket_id])]


def _candidate(ticket: dict[str, Any], agent_id: int, replies: int) -> Candidate:
    return Candidate(
        ticket_id=ticket["id"],
        reviewee_id=agent_id,
        channel=ticket["channel"],
        replies=replies,
        seconds=ticket["took"].total_seconds() if ticket["took"] else None,
        reopens=ticket["reopens"],
        is_rated_badly=ticket["is_good"] is False,
    )


def hidden_from(
    reviewers: Iterable[Membership], ticket_ids: Collection[int]
) -> set[tuple[int, int]]:
    """(member, ticket) pairs of reviewers who may not open the conversation: leads of other teams.
    One query for each lead."""
    hidden = set()
    for member in reviewers:
        if member.role == Role.TEAM_LEAD:
            seen = set(
                visible_tickets(member)
                .filter(Q(pk__any_of=list(ticket_ids)))
                .values_list("pk", flat=True)
            )
            hidden |= {(member.pk, ticket_id) for ticket_id in ticket_ids if ticket_id not in seen}
    return hidden

"""What is known of a conversation before anybody judges it: what it is, and whose work it was."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from kaizo.core.errors import DomainError
from scoring.quality.models import Review, ScorecardVersion
from scoring.quality.models.scorecards import RevieweeRule
from scoring.quality.scorecards.rubrics import ConversationFacts
from scoring.quality.scorecards.selectors import conditions_of, usable_versions
from tickets.models import Agent, AuthorType, Message, TeamMembership, Ticket


class NobodyToReview(DomainError):  # noqa: N818 - reads as what happened
    """The conversation has nobody whose work the scorecard's rule would judge."""


def facts_of(ticket: Ticket, *, teams: Collection[int] = ()) -> ConversationFacts:
    """What the conditions of scorecards and categories ask. One query."""
    return ConversationFacts(
        channel=ticket.channel,
        language=ticket.language,
        tags=frozenset(ticket.ticket_tags.values_list("tag__name", flat=True)),
        teams=frozenset(teams),
    )


def facts_of_review(review: Review) -> ConversationFacts:
    """As when the review was started; without language and tags when the conversation is gone."""
    teams = [review.team_id] if review.team_id else []
    if review.ticket is None:
        return ConversationFacts(channel=review.channel, teams=frozenset(teams))
    return facts_of(review.ticket, teams=teams)


def versions_for(
    ticket: Ticket, zone: ZoneInfo, *, reviewee: Agent | None = None
) -> list[ScorecardVersion]:
    """The versions in force that the conversation may be reviewed by, by name. Seven queries.

    A condition on teams asks for the team of whom the version would judge: `reviewee`, or else
    whom its rule names; where that is a message's author, anybody's who wrote.
    """
    known, teams = facts_of(ticket), _teams_by_rule(ticket, zone, reviewee)
    return [
        version
        for version in usable_versions()
        if conditions_of(version).fit(replace(known, teams=teams[version.reviewee_rule]))
    ]


def _teams_by_rule(
    ticket: Ticket, zone: ZoneInfo, reviewee: Agent | None
) -> dict[str, frozenset[int]]:
    day = last_day(ticket, zone)
    if reviewee is not None:
        return dict.fromkeys(RevieweeRule, frozenset(teams_of([reviewee.pk], day).values()))
    assignee, most_active = ticket.assignee, _most_active(ticket) or ticket.assignee
    judged = {
        RevieweeRule.MOST_ACTIVE: [most_active.pk] if most_active else [],
        RevieweeRule.ASSIGNEE: [assignee.pk] if assignee else [],
        RevieweeRule.MESSAGE_AUTHOR: agents_in(ticket),
    }
    team = teams_of({agent for found in judged.values() for agent in found}, day)
    return {
        rule: frozenset(team[agent] for agent in found if agent in team)
        for rule, found in judged.items()
    }


def require_judged(agent: Agent) -> None:
    """Raise DomainError for somebody whose data is frozen, or who objects to being judged."""
    if agent.is_left_out:
        raise DomainError(_("This person's work is not judged at present."))


def reviewee_of(ticket: Ticket, *, rule: str, message: Message | None = None) -> Agent:
    """Who is judged: the author when one message is, else whom the rule names.

    Of two who wrote the same number of public messages, it is who wrote last. A conversation in
    which no agent wrote in public has its assignee. Raises NobodyToReview.
    """
    if message is None and rule == RevieweeRule.MESSAGE_AUTHOR:
        raise NobodyToReview(_("Choose the message that is to be reviewed."))
    found: Agent | None
    if message is not None:
        found = message.agent
    elif rule == RevieweeRule.ASSIGNEE:
        found = ticket.assignee
    else:
        found = _most_active(ticket) or ticket.assignee
    if found is None:
        raise NobodyToReview(_("No agent has worked on this conversation yet."))
    return found


def agents_in(ticket: Ticket) -> list[int]:
    """Ids of everybody who wrote in the conversation, or whose it is."""
    wrote = Message.objects.filter(ticket=ticket, agent__isnull=False)
    ids: set[int] = set(wrote.values_list("agent_id", flat=True))
    return sorted(ids | ({ticket.assignee_id} if ticket.assignee_id else set()))


def team_of(agent: Agent, day: date) -> int | None:
    """The team that the agent was in on a day."""
    return teams_of([agent.pk], day).get(agent.pk)


def teams_of(agents: Collection[int], day: date) -> dict[int, int]:
    """The team that each agent was in on a day, by agent; without those who were in none."""
    memberships = TeamMembership.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day), agent__in=agents, valid_from__lte=day
    )
    return dict(memberships.values_list("agent_id", "team_id"))


def last_day(ticket: Ticket, zone: ZoneInfo) -> date:
    """The local day of the conversation's last message."""
    days = last_days([ticket.pk], zone)
    return days.get(ticket.pk) or ticket.updated_at.astimezone(zone).date()


def last_days(ticket_ids: Collection[int], zone: ZoneInfo) -> dict[int, date]:
    """The local day of each conversation's last message, without those that have none."""
    latest = (
        Message.objects.filter(ticket__id__any_of=list(ticket_ids))
        .order_by()
        .values_list("ticket_id")
        .annotate(at=Max("sent_at"))
    )
    return {ticket_id: at.astimezone(zone).date() for ticket_id, at in latest}


def _most_active(ticket: Ticket) -> Agent | None:
    public = Message.objects.filter(
        ticket=ticket, author_type=AuthorType.AGENT, agent__isnull=False, is_public=True
    )
    counted = public.values("agent_id").annotate(n=Count("id"), last=Max("sent_at"))
    first = counted.order_by("-n", "-last", "agent_id").first()
    return Agent.objects.get(pk=first["agent_id"]) if first else None

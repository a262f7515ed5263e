"""What is known of a conversation before anybody judges it: what it is, and whose work it was."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from kaizo.core.errors import DomainError
from scoring.quality.models import Review
from scoring.quality.models.scorecards import RevieweeRule
from scoring.quality.scorecards.rubrics import ConversationFacts
from tickets.models import Agent, AuthorType, Message, TeamMembership, Ticket


class NobodyToReview(DomainError):  # noqa: N818 - reads as what happened
    """The conversation has nobody whose work the scorecard's rule would judge."""


def facts_of(ticket: Ticket, *, team_id: int | None = None) -> ConversationFacts:
    """What the conditions of scorecards and categories ask. One query."""
    return ConversationFacts(
        channel=ticket.channel,
        language=ticket.language,
        tags=frozenset(ticket.ticket_tags.values_list("tag__name", flat=True)),
        team_id=team_id,
    )


def facts_of_review(review: Review) -> ConversationFacts:
    """As when the review was started; without language and tags when the conversation is gone."""
    if review.ticket is None:
        return ConversationFacts(channel=review.channel, team_id=review.team_id)
    return facts_of(review.ticket, team_id=review.team_id)


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
    membership = TeamMembership.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day), agent=agent, valid_from__lte=day
    ).first()
    return membership.team_id if membership else None


def last_day(ticket: Ticket, zone: ZoneInfo) -> date:
    """The local day of the conversation's last message."""
    latest = Message.objects.filter(ticket=ticket).aggregate(at=Max("sent_at"))["at"]
    return (latest or ticket.updated_at).astimezone(zone).date()


def _most_active(ticket: Ticket) -> Agent | None:
    public = Message.objects.filter(
        ticket=ticket, author_type=AuthorType.AGENT, agent__isnull=False, is_public=True
    )
    counted = public.values("agent_id").annotate(n=Count("id"), last=Max("sent_at"))
    first = counted.order_by("-n", "-last", "agent_id").first()
    return Agent.objects.get(pk=first["agent_id"]) if first else None

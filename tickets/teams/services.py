"""Moving agents between teams. A move has a date, so the past keeps the team of its day."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaizo.accounts.events import describe_events
from kaizo.accounts.models import Membership, Team
from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import tenant_scope
from privacy.api import record_event, register_actions
from tickets.ingest.page import IngestedPage
from tickets.ingest.service import followers
from tickets.ingest.teams import place_in_team
from tickets.models import Agent, TeamMembership

AGENT_MOVED = "tickets.agent.moved"
AGENT_LEFT = "tickets.agent.left_team"

register_actions({AGENT_MOVED: {"team": int}, AGENT_LEFT: {"team": int}})
describe_events(
    {
        AGENT_MOVED: gettext_lazy("You were put into a team"),
        AGENT_LEFT: gettext_lazy("You were taken out of a team"),
    }
)


def move_agent(*, agent: Agent, team: Team, since: date, actor: Membership | None) -> None:
    """Put an agent into a team from `since` (a local day) on, out of any other.

    Figures of days before stay with the team of their day. Idempotent. A later word of the
    helpdesk about the agent's team moves them again. Raises DomainError for a day to come.
    """
    if since > timezone.localdate(clock.now()):
        raise DomainError(_("A move can be recorded on its day at the earliest."))
    with tenant_scope(agent.organisation_id):
        if place_in_team(agent_id=agent.pk, team=team, since=since):
            _record(AGENT_MOVED, agent=agent, team=team, actor=actor)
            _tell_followers(agent, since)


def take_out(*, membership: TeamMembership, since: date, actor: Membership | None) -> None:
    """Let an agent be in no team from `since` on. A membership that begins later goes away."""
    agent = membership.agent
    with tenant_scope(agent.organisation_id):
        after = TeamMembership.objects.filter(pk=membership.pk)
        gone, _rows = after.filter(valid_from__gte=since).delete()
        open_after = after.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=since))
        ended = open_after.update(valid_to=since)
        if gone or ended:
            _record(AGENT_LEFT, agent=agent, team=membership.team, actor=actor)
            _tell_followers(agent, since)


def _tell_followers(agent: Agent, since: date) -> None:
    page = IngestedPage(
        organisation_id=agent.organisation_id,
        timelines=[],
        erased_ticket_ids=[],
        moved_agents={agent.pk: since},
    )
    for follower in followers():
        follower(page)


def _record(action: str, *, agent: Agent, team: Team, actor: Membership | None) -> None:
    person = agent.membership
    record_event(
        organisation_id=agent.organisation_id,
        action=action,
        actor_user_id=actor.user_id if actor else None,
        object_type="tickets.agent",
        object_id=agent.pk,
        affected_user_id=person.user_id if person else None,
        subject_id=agent.subject_id,
        detail={"team": team.pk},
    )

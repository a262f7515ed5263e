"""Facts about tickets and the daily rollups made of them.

`TicketActs` is the ledger: what one agent did on one ticket on one local day. `AgentDay` adds it
up per agent, `TeamDay` adds `AgentDay` up per team. What an erased agent did is nobody's and still
counts for the team of that day (`TicketActs.team`). Both rollups hold one row per channel and one
for all channels together (channel ''), and both count what nobody did under a null key.
The names of the sums are those of `scoring.metrics.arithmetic.SUMS`.
"""

from __future__ import annotations

from django.db import models

from kaizo.accounts.models import Team
from kaizo.core.tenancy import FreezableModel, TenantForeignKey, TenantModel
from tickets.models import Agent, Channel, Ticket

ALL_CHANNELS = ""


class _Counts(models.Model):
    opened = models.IntegerField(default=0)
    backlog_change = models.IntegerField(default=0)
    first_replies = models.IntegerField(default=0)
    next_replies = models.IntegerField(default=0)
    public_replies = models.IntegerField(default=0)
    solved = models.IntegerField(default=0)
    one_touch = models.IntegerField(default=0)
    rated_solves = models.IntegerField(default=0)
    resolutions = models.IntegerField(default=0)
    requester_waits = models.IntegerField(default=0)
    reopens = models.IntegerField(default=0)
    reassignments = models.IntegerField(default=0)
    csat_good = models.IntegerField(default=0)
    csat_bad = models.IntegerField(default=0)

    class Meta:
        abstract = True


class _Rollup(_Counts):
    """Seconds of one ticket fit four bytes, those of a day's tickets may not."""

    day = models.DateField()
    channel = models.CharField(max_length=10, blank=True)
    acts = models.IntegerField(default=0)  # how many rows of TicketActs are added up here
    first_reply_seconds = models.BigIntegerField(default=0)
    first_reply_business_seconds = models.BigIntegerField(default=0)
    next_reply_seconds = models.BigIntegerField(default=0)
    next_reply_business_seconds = models.BigIntegerField(default=0)
    resolution_seconds = models.BigIntegerField(default=0)
    resolution_business_seconds = models.BigIntegerField(default=0)
    requester_wait_seconds = models.BigIntegerField(default=0)
    requester_wait_business_seconds = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class TicketActs(FreezableModel, _Counts):
    """Everything one agent, or nobody, did on one ticket on one local day."""

    ticket = TenantForeignKey(Ticket, on_delete=models.PROTECT, related_name="acts")
    agent = TenantForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    # Of an agent who was erased: the team of that day, so that its figures stay as they were.
    team = TenantForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    channel = models.CharField(max_length=10, choices=Channel)
    first_reply_seconds = models.IntegerField(default=0)
    first_reply_business_seconds = models.IntegerField(default=0)
    next_reply_seconds = models.IntegerField(default=0)
    next_reply_business_seconds = models.IntegerField(default=0)
    resolution_seconds = models.IntegerField(default=0)
    resolution_business_seconds = models.IntegerField(default=0)
    requester_wait_seconds = models.IntegerField(default=0)
    requester_wait_business_seconds = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "ticket", "day", "agent"],
                name="ticket_acts_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(agent__isnull=True) | models.Q(team__isnull=True),
                name="ticket_acts_team_of_nobody",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "day", "agent"], name="ticket_acts_day"),
            models.Index(
                fields=["organisation", "agent"],
                name="ticket_acts_agent",
                condition=models.Q(agent__isnull=False),
            ),
            models.Index(
                fields=["organisation", "day"],
                name="ticket_acts_kept",
                condition=models.Q(team__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"TicketActs {self.pk}"


class AgentDay(TenantModel, _Rollup):
    """An agent's day. `team` is the agent's team on that day."""

    agent = TenantForeignKey(Agent, null=True, on_delete=models.CASCADE, related_name="+")
    team = TenantForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                # The order in which dashboards read: one channel, a run of days.
                fields=["organisation", "channel", "day", "agent"],
                name="agent_day_unique",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "agent"],
                name="agent_day_agent",
                condition=models.Q(agent__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"AgentDay {self.pk}"


class TeamDay(TenantModel, _Rollup):
    """A team's day; without a team, the day of everyone who was in none and of nobody."""

    team = TenantForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "channel", "day", "team"],
                name="team_day_unique",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"TeamDay {self.pk}"

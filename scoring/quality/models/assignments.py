"""Who reviews whom how often, and which conversations a cycle picked.

Picks are frozen when their cycle starts. What is taken off the list is not deleted but marked,
with a reason, so that replacing can be counted.
"""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership, Team, validate_time_zone
from kaizo.core.tenancy import TenantForeignKey, TenantModel
from scoring.quality.models.reviews import Review
from scoring.quality.models.scorecards import NAME_LENGTH, Scorecard
from tickets.models import Agent, Ticket


class Assignment(TenantModel):
    """A standing order for reviews."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        ENDED = "ended", _("Ended")

    class Cycle(models.TextChoices):
        ONCE = "once", _("Once")
        DAILY = "daily", _("Daily")
        WEEKLY = "weekly", _("Weekly")
        TWO_WEEKLY = "two_weekly", _("Every two weeks")
        MONTHLY = "monthly", _("Monthly")

    class Goal(models.TextChoices):
        PER_REVIEWEE = "per_reviewee", _("per reviewee")
        PER_REVIEWER = "per_reviewer", _("per reviewer")

    class Method(models.TextChoices):
        """Only RANDOM and STRATIFIED picks are random samples."""

        RANDOM = "random", _("Random")
        STRATIFIED = "stratified", _("Random, spread over the channels")
        OUTLIERS = "outliers", _("Unusual conversations")
        LOW_CSAT = "low_csat", _("All with a bad rating")

    class Who(models.TextChoices):
        REVIEWERS = "reviewers", _("Reviewers")
        PEERS = "peers", _("Peers")
        SELVES = "selves", _("Everyone their own")

    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    scorecard = TenantForeignKey(Scorecard, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    cycle = models.CharField(_("cycle"), max_length=10, choices=Cycle, default=Cycle.WEEKLY)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    who = models.CharField(_("who reviews"), max_length=10, choices=Who, default=Who.REVIEWERS)
    method = models.CharField(_("sample"), max_length=10, choices=Method, default=Method.RANDOM)
    goal = models.PositiveSmallIntegerField(
        _("reviews"), default=2, validators=[MinValueValidator(1)]
    )
    goal_of = models.CharField(max_length=12, choices=Goal, default=Goal.PER_REVIEWEE)
    filters = models.JSONField(default=dict, blank=True)
    due_days = models.PositiveSmallIntegerField(_("days to finish"), null=True, blank=True)
    is_blind = models.BooleanField(_("blind scoring"), default=False)
    may_replace = models.BooleanField(_("reviewers may replace picks"), default=True)
    created_by = TenantForeignKey(
        Membership, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="assignment_span",
            ),
            models.CheckConstraint(condition=Q(goal__gte=1), name="assignment_goal"),
        ]
        indexes = [models.Index(fields=["organisation", "state"], name="assignment_state")]

    def __str__(self) -> str:
        return f"Assignment {self.pk}"


class AssignmentReviewer(TenantModel):
    assignment = TenantForeignKey(Assignment, on_delete=models.CASCADE, related_name="reviewers")
    membership = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "assignment", "membership"],
                name="assignment_reviewer_unique",
            )
        ]
        indexes = [models.Index(fields=["organisation", "membership"], name="assignment_reviewer")]

    def __str__(self) -> str:
        return f"AssignmentReviewer {self.pk}"


class AssignmentReviewee(TenantModel):
    """An agent, or everybody who is in a team when a cycle starts."""

    assignment = TenantForeignKey(Assignment, on_delete=models.CASCADE, related_name="reviewees")
    agent = TenantForeignKey(Agent, null=True, on_delete=models.CASCADE, related_name="+")
    team = TenantForeignKey(Team, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(agent__isnull=False, team__isnull=True)
                | Q(agent__isnull=True, team__isnull=False),
                name="assignment_reviewee_agent_or_team",
            ),
            models.UniqueConstraint(
                fields=["organisation", "assignment", "agent", "team"],
                name="assignment_reviewee_unique",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["organisation", "agent"], name="assignment_reviewee_agent")]

    def __str__(self) -> str:
        return f"AssignmentReviewee {self.pk}"


class AssignmentCycle(TenantModel):
    """One run of an assignment: from `starts_on` (inclusive) to `ends_on` (exclusive). With the
    same seed and the same conversations the same picks come out."""

    assignment = TenantForeignKey(Assignment, on_delete=models.CASCADE, related_name="cycles")
    number = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    due_on = models.DateField()
    seed = models.BigIntegerField()
    candidates = models.PositiveIntegerField(default=0)  # conversations there were to pick from
    frozen_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "assignment", "number"], name="assignment_cycle_unique"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="assignment_cycle_span"
            ),
        ]

    def __str__(self) -> str:
        return f"AssignmentCycle {self.pk}"


class Pick(TenantModel):
    """A conversation that a cycle wants reviewed, by whom, and why it was picked."""

    class State(models.TextChoices):
        OPEN = "open", _("To do")
        DONE = "done", _("Reviewed")
        REPLACED = "replaced", _("Replaced")
        REMOVED = "removed", _("Removed")

    class Why(models.TextChoices):
        RANDOM = "random", _("Drawn at random")
        STRATUM = "stratum", _("Drawn at random within its channel")
        LONG = "long", _("Far more replies than usual")
        SLOW = "slow", _("Took far longer than usual")
        REOPENED = "reopened", _("Reopened after it was solved")
        LOW_CSAT = "low_csat", _("Rated badly by the customer")
        REPLACEMENT = "replacement", _("Instead of another that was replaced")

    class Reason(models.TextChoices):
        """Why a pick was replaced or removed."""

        TOO_SHORT = "too_short", _("Too short to judge")
        NOT_THEIR_WORK = "not_their_work", _("Not the reviewee's work")
        DUPLICATE = "duplicate", _("Much the same as another")
        LANGUAGE = "language", _("In a language the reviewer does not read")
        CONFLICT = "conflict", _("The reviewer is involved")
        GONE = "gone", _("The conversation was erased")
        ABSENT = "absent", _("The reviewer or reviewee is away")

    cycle = TenantForeignKey(AssignmentCycle, on_delete=models.CASCADE, related_name="picks")
    ticket = TenantForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="picks")
    reviewee = TenantForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    reviewer = TenantForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    review = TenantForeignKey(Review, null=True, on_delete=models.SET_NULL, related_name="picks")
    position = models.PositiveIntegerField()
    why = models.CharField(max_length=12, choices=Why)
    why_measure = models.FloatField(null=True)  # how many times the usual, where that is the reason
    why_stratum = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    reason = models.CharField(max_length=16, choices=Reason, blank=True)
    closed_by = TenantForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    replaced_by = TenantForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="replaces"
    )

    class Meta(TenantModel.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "cycle", "position"], name="pick_position_unique"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "done"], reason="")
                | (Q(state__in=["replaced", "removed"]) & ~Q(reason="")),
                name="pick_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "reviewer", "state"], name="pick_reviewer"),
            models.Index(fields=["organisation", "reviewee"], name="pick_reviewee"),
            models.Index(
                fields=["organisation", "ticket"],
                name="pick_ticket",
                condition=Q(ticket__isnull=False),
            ),
            models.Index(
                fields=["organisation", "review"],
                name="pick_review",
                condition=Q(review__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Pick {self.pk}"

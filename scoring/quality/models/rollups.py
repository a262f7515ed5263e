"""What dashboards read: sums of submitted reviews per day, so that a page costs the same whether
a day had ten reviews or a thousand.

One table per question. Random and targeted samples are told apart in every key and never added
up. `day` and `team` are the review's own; suspended reviews and those without a score are left out.
"""

from __future__ import annotations

from django.db import models

from kaizo.accounts.models import Membership, Team
from kaizo.core.tenancy import TenantForeignKey, TenantModel
from scoring.quality.models.reviews import Review
from scoring.quality.models.scorecards import Scorecard
from tickets.models import Agent


class _Cell(TenantModel):
    day = models.DateField()
    sample = models.CharField(max_length=10, choices=Review.Sample)
    scorecard = TenantForeignKey(Scorecard, on_delete=models.CASCADE, related_name="+")
    team = TenantForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"


class _Scores(_Cell):
    """Sums over reviews. `total` and `squares` are of scores in percent."""

    reviews = models.IntegerField()
    passes = models.IntegerField()
    auto_fails = models.IntegerField()
    total = models.DecimalField(max_digits=14, decimal_places=2)
    squares = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta(_Cell.Meta):
        abstract = True


def _unique(name: str, *more: str) -> models.UniqueConstraint:
    """In the order in which dashboards read: one sample, a run of days."""
    fields = ["organisation", "sample", "day", "scorecard", "team", *more]
    return models.UniqueConstraint(fields=fields, name=name, nulls_distinct=False)


class QualityDay(_Scores):
    channel = models.CharField(max_length=10)

    class Meta(_Scores.Meta):
        constraints = [_unique("quality_day_unique", "channel")]


class QualityAgentDay(_Scores):
    agent = TenantForeignKey(Agent, on_delete=models.CASCADE, related_name="+")

    class Meta(_Scores.Meta):
        constraints = [_unique("quality_agent_day_unique", "agent")]
        indexes = [models.Index(fields=["organisation", "agent", "day"], name="quality_agent_day")]


class QualityReviewerDay(_Scores):
    reviewer = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    seconds = models.BigIntegerField()  # spent with the form open and in use

    class Meta(_Scores.Meta):
        constraints = [_unique("quality_reviewer_day_unique", "reviewer")]
        indexes = [
            models.Index(fields=["organisation", "reviewer", "day"], name="quality_reviewer_day")
        ]


class _Ratings(_Cell):
    """Ratings of one category in percent. The `failed` sums count every rating of an auto-failed
    review as 0, which is what the category contributed; the plain sums do not."""

    category_key = models.UUIDField()
    ratings = models.IntegerField()
    low = models.IntegerField()
    not_applicable = models.IntegerField()
    total = models.DecimalField(max_digits=14, decimal_places=4)
    squares = models.DecimalField(max_digits=18, decimal_places=4)
    failed_total = models.DecimalField(max_digits=14, decimal_places=4)
    failed_squares = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta(_Cell.Meta):
        abstract = True


class QualityCategoryDay(_Ratings):
    class Meta(_Ratings.Meta):
        constraints = [_unique("quality_category_day_unique", "category_key")]


class QualityAgentCategoryDay(_Ratings):
    """The same of one agent, for their own page."""

    agent = TenantForeignKey(Agent, on_delete=models.CASCADE, related_name="+")

    class Meta(_Ratings.Meta):
        constraints = [_unique("quality_agent_category_unique", "category_key", "agent")]
        indexes = [
            models.Index(fields=["organisation", "agent", "day"], name="quality_agent_category"),
            models.Index(fields=["organisation", "category_key"], name="quality_agent_by_category"),
        ]


class QualityCauseDay(_Cell):
    category_key = models.UUIDField()
    cause_key = models.UUIDField()
    count = models.IntegerField()

    class Meta(_Cell.Meta):
        constraints = [_unique("quality_cause_day_unique", "category_key", "cause_key")]

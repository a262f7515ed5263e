"""Who disagreed with a review, and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.api import EncryptedField
from scoring.quality.models.reviews import Review
from scoring.quality.models.scorecards import Category
from tickets.models import Agent


class Dispute(TenantModel):
    """An objection to a category, to the reviewee, or to the whole review (GDPR Art. 16, 22(3)).

    While one is open its review is suspended. Words are under the reviewee's key.
    """

    class About(models.TextChoices):
        CATEGORY = "category", _("A category")
        REVIEWEE = "reviewee", _("Who was reviewed")
        REVIEW = "review", _("The whole review")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        PARTLY = "partly", _("Partly accepted")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="disputes")
    about = models.CharField(max_length=10, choices=About)
    category = TenantForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    opened_by = TenantForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    reason = EncryptedField()
    proposed_value = models.PositiveSmallIntegerField(null=True)
    proposes_na = models.BooleanField(default=False)
    proposed_reviewee = TenantForeignKey(
        Agent, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    decided_by = TenantForeignKey(
        Membership, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = EncryptedField(null=True)  # the reasons, in writing

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "review", "about", "category"],
                condition=Q(state="open"),
                name="dispute_one_open",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(about="category", category__isnull=False)
                | (~Q(about="category") & Q(category__isnull=True)),
                name="dispute_category",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="dispute_decision_dated",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "partly", "rejected"])
                | Q(decision__isnull=False),
                name="dispute_decision_has_reasons",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "due_at"], name="dispute_due"),
            models.Index(fields=["organisation", "review"], name="dispute_review"),
            models.Index(fields=["organisation", "opened_by"], name="dispute_opened_by"),
            models.Index(
                fields=["organisation", "proposed_reviewee"],
                name="dispute_proposed",
                condition=Q(proposed_reviewee__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Dispute {self.pk}"

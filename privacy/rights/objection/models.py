"""Objections, and the uses that they stop."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.tenancy import Purpose, TenantForeignKey, TenantModel
from privacy.models import Subject
from privacy.rights.models.requests import RightsRequest
from privacy.vault.fields import EncryptedField


class Use(models.TextChoices):
    """What somebody can object to. Each stands by itself (GDPR Art. 21(1) to (3))."""

    METRICS = Purpose.QUALITY_EVALUATION.value, _("Judging the quality of service")
    COACHING = Purpose.COACHING.value, _("Coaching of staff")
    AI = "llm", _("Use of artificial intelligence")
    MARKETING = "marketing", _("Advertising")
    EVERYTHING = "everything", _("All of these")
    # Not objected to: it rests on consent, and ends with it (GDPR Art. 7(3)).
    CONSENTED = Purpose.CONSENTED.value, _("Uses to which the person consented")


# What a person chooses from who objects.
OBJECTABLE = (Use.METRICS, Use.COACHING, Use.AI, Use.MARKETING, Use.EVERYTHING)


# Stops for good when somebody says so; there is nothing to weigh (GDPR Art. 21(3)).
NEVER_WEIGHED = frozenset({Use.MARKETING.value})


def uses_of(asked: str) -> list[str]:
    """The uses that an objection names."""
    if asked == Use.EVERYTHING:
        return [use.value for use in OBJECTABLE if use is not Use.EVERYTHING]
    return [asked]


class BarredUse(TenantModel):
    """A use that is stopped for one record of a person, until `ended_at`."""

    request = TenantForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="barred_uses")
    subject = TenantForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    use = models.CharField(max_length=24, choices=Use)
    barred_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "request", "subject", "use"],
                name="barred_use_unique",
                condition=Q(ended_at__isnull=True),
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "subject", "use"],
                name="barred_use_in_force",
                condition=Q(ended_at__isnull=True),
            )
        ]

    @override
    def __str__(self) -> str:
        return f"BarredUse {self.pk}"


class Balancing(TenantModel):
    """One side's interests against the other's, written by one and decided by another (GDPR Art.
    21(1)). The words lie under the request's own key."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("The objection is upheld: the use stays stopped")
        OVERRIDDEN = "overridden", _("Compelling grounds override it: the use goes on")

    request = TenantForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="balancings")
    interests = EncryptedField()  # what speaks for the use
    situation = EncryptedField()  # what in the person's situation speaks against it
    less = EncryptedField()  # what would do less harm
    proposed = models.CharField(max_length=12, choices=Outcome)
    proposed_by_id = models.BigIntegerField()
    proposed_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, default="")
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "request"],
                name="balancing_one_open",
                condition=Q(decided_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(decided_by_id__isnull=True) | ~Q(decided_by_id=F("proposed_by_id")),
                name="balancing_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, outcome="")
                | Q(decided_at__isnull=False, decided_by_id__isnull=False) & ~Q(outcome=""),
                name="balancing_whole",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "request"], name="balancing_request")]

    @override
    def __str__(self) -> str:
        return f"Balancing {self.pk}"

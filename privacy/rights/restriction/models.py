"""Who is frozen, on whose request and why."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.models import Subject
from privacy.rights.correspondence.models import RequestMessage
from privacy.rights.models.requests import RightsRequest


class FreezeGround(models.TextChoices):
    """GDPR Art. 18(1). There are no others."""

    ACCURACY = "art_18_1_a", _("It is contested whether the data is right (Art. 18(1)(a))")
    UNLAWFUL = "art_18_1_b", _("The use is unlawful, and erasure is not wanted (Art. 18(1)(b))")
    CLAIMS = "art_18_1_c", _("The person needs it for legal claims (Art. 18(1)(c))")
    OBJECTION = "art_18_1_d", _("An objection is being weighed (Art. 18(1)(d))")


class LiftReason(models.TextChoices):
    ASKED = "asked", _("The person asked for it")
    SETTLED = "settled", _("What was contested is settled")
    GROUND_GONE = "ground_gone", _("The ground is gone")


class Restriction(TenantModel):
    """One record of a person that is frozen until `lifted_at`. Nobody is thawed before they were
    told (GDPR Art. 18(3)): `notice` is the letter, and its being told the moment."""

    request = TenantForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="restrictions")
    subject = TenantForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(max_length=12, choices=FreezeGround)
    frozen_at = models.DateTimeField(default=timezone.now)
    frozen_by_id = models.BigIntegerField(null=True)
    notice = TenantForeignKey(RequestMessage, null=True, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField(null=True)
    lift_reason = models.CharField(max_length=12, choices=LiftReason, blank=True, default="")
    lifted_at = models.DateTimeField(null=True)
    lifted_by_id = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "request", "subject"],
                name="restriction_unique",
                condition=Q(lifted_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True)
                | Q(notice__isnull=False, told_at__isnull=False, lifted_at__gte=F("told_at")),
                name="restriction_lifted_after_notice",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "subject"],
                name="restriction_in_force",
                condition=Q(lifted_at__isnull=True),
            )
        ]

    @override
    def __str__(self) -> str:
        return f"Restriction {self.pk}"

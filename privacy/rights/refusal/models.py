"""Refusals that somebody proposes and somebody else confirms."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.rights.models.choices import RefusalGround
from privacy.rights.models.requests import RightsRequest
from privacy.vault.fields import EncryptedField


class Refusal(TenantModel):
    """A refusal with its ground, and its reasons under the request's own key. Nothing is refused
    before a second person confirms it."""

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        DROPPED = "dropped", _("Dropped")

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    request = TenantForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="refusals")
    ground = models.CharField(max_length=24, choices=RefusalGround)
    reasons = EncryptedField()
    proposed_at = models.DateTimeField(default=timezone.now)
    proposed_by_id = models.BigIntegerField()
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "public_id"], name="refusal_public"),
            models.UniqueConstraint(
                fields=["organisation", "request"],
                name="refusal_one_open",
                condition=Q(decided_at__isnull=True),
            ),
            # Whoever proposed it may drop it again, and cannot confirm it.
            models.CheckConstraint(
                condition=~Q(outcome="confirmed") | ~Q(decided_by_id=F("proposed_by_id")),
                name="refusal_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at__isnull=True, decided_by_id__isnull=True)
                | ~Q(outcome="") & Q(decided_at__isnull=False, decided_by_id__isnull=False),
                name="refusal_whole",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "request"], name="refusal_request")]

    @override
    def __str__(self) -> str:
        return f"Refusal {self.pk}"

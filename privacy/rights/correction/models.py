"""What is to be corrected, and who else has to know."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.rights.models.requests import RightsRequest
from privacy.vault.fields import EncryptedField


class Correction(TenantModel):
    """One value of one row: what it is and what it should be, under the request's own key."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    request = TenantForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="corrections")
    corrector = models.CharField(max_length=40)  # the name that the value is registered under
    target_id = models.BigIntegerField()
    before = EncryptedField(null=True)
    after = EncryptedField()
    proposed_at = models.DateTimeField(default=timezone.now)
    proposed_by_id = models.BigIntegerField()
    applied_at = models.DateTimeField(null=True)
    applied_by_id = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "public_id"], name="correction_public"),
            models.UniqueConstraint(
                fields=["organisation", "request", "corrector", "target_id"],
                name="correction_one_open",
                condition=Q(applied_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(applied_by_id__isnull=True) | ~Q(applied_by_id=F("proposed_by_id")),
                name="correction_applied_by_another",
            ),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | Q(applied_by_id__isnull=False),
                name="correction_applied_by_somebody",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"Correction {self.pk}"


class CorrectionNotice(TenantModel):
    """A recipient of the person's data who has to correct it, too (GDPR Art. 19)."""

    class State(models.TextChoices):
        BY_HAND = "by_hand", _("To be done by hand")
        DONE = "done", _("Done")

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    request = TenantForeignKey(
        RightsRequest, on_delete=models.PROTECT, related_name="correction_notices"
    )
    recipient = models.CharField(max_length=40)
    reference = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=State, default=State.BY_HAND)
    settled_at = models.DateTimeField(null=True)
    settled_by_id = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "public_id"], name="correction_notice_public"
            ),
            models.UniqueConstraint(
                fields=["organisation", "request", "recipient", "reference"],
                name="correction_notice_unique",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"CorrectionNotice {self.pk}"

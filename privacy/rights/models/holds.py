"""Legal holds: rows that must stay for a while."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.vault.fields import EncryptedField


class HoldReason(models.TextChoices):
    LITIGATION = "litigation", _("Legal claims (Art. 17(3)(e))")
    AUTHORITY = "authority", _("Order of an authority (Art. 17(3)(b))")
    STATUTE = "statute", _("Legal duty to keep (Art. 17(3)(b))")
    DISPUTE = "dispute", _("Open dispute of a score (Art. 17(3)(e))")


class LegalHold(TenantModel):
    """Rows that must stay for a while although somebody asked for their erasure. In force once a
    second person has approved it, until it expires or is released."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    reason = models.CharField(max_length=12, choices=HoldReason)
    matter = EncryptedField(null=True)  # the case, under the organisation's key
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by_id = models.BigIntegerField()
    approved_at = models.DateTimeField(null=True)
    approved_by_id = models.BigIntegerField(null=True)
    review_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by_id = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "public_id"], name="legal_hold_public"),
            models.CheckConstraint(
                condition=Q(approved_by_id__isnull=True) | ~Q(approved_by_id=F("opened_by_id")),
                name="legal_hold_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("opened_at")) & Q(review_at__lte=F("expires_at")),
                name="legal_hold_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "expires_at"],
                name="legal_hold_open",
                condition=Q(released_at__isnull=True),
            )
        ]

    @override
    def __str__(self) -> str:
        return f"LegalHold {self.pk}"


class HeldRow(TenantModel):
    """One row under a hold, by its model's label and key."""

    hold = TenantForeignKey(LegalHold, on_delete=models.CASCADE, related_name="rows")
    label = models.CharField(max_length=120)
    row_id = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "hold", "label", "row_id"], name="held_row_unique"
            )
        ]
        indexes = [models.Index(fields=["organisation", "label", "row_id"], name="held_row_label")]

    @override
    def __str__(self) -> str:
        return f"HeldRow {self.pk}"

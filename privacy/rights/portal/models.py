"""One-time links. The address of one is signed, not stored: the table alone opens nothing."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now
from typing_extensions import override

from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.rights.models.requests import RightsRequest


class PortalLink(TenantModel):
    """Proves that somebody reads the mailbox that a request names. Good for ten minutes and for
    three attempts at the question that goes with it."""

    class Purpose(models.TextChoices):
        CONFIRM = "confirm"
        VIEW = "view"
        DOWNLOAD = "download"  # as VIEW, for as long as a copy can be fetched

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    request = TenantForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="links")
    purpose = models.CharField(max_length=8, choices=Purpose)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "public_id"], name="portal_link_public"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "request"], name="portal_link_request"),
            models.Index(fields=["expires_at"], name="portal_link_expiry"),
        ]

    @override
    def __str__(self) -> str:
        return f"PortalLink {self.pk}"

"""Letters of a request. Their words lie under the request's own key."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.rights.models.requests import RightsRequest
from privacy.vault.fields import EncryptedField


class RequestMessage(TenantModel):
    """One letter. What goes to the person stands behind their link, and a mail without any of it
    says so (`told_at`); whoever has no e-mail address is told by hand."""

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        DECISION = "decision", _("Decision")
        LIFTING = "lifting", _("Notice that the freeze ends")

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    request = TenantForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.MESSAGE)
    is_from_person = models.BooleanField(default=False)
    body = EncryptedField()
    written_at = models.DateTimeField(db_default=Now())
    written_by_id = models.BigIntegerField(null=True)  # the member; NULL for the person
    told_at = models.DateTimeField(null=True)
    told_by_hand = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "public_id"], name="request_message_public"
            ),
            models.CheckConstraint(
                condition=~Q(is_from_person=True) | Q(written_by_id__isnull=True),
                name="request_message_one_author",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "request", "written_at"], name="request_message")
        ]

    @override
    def __str__(self) -> str:
        return f"RequestMessage {self.pk}"

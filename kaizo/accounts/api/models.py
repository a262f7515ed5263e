"""Keys to the API, and what was sent with them lately."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaizo.core import clock
from kaizo.core.permissions import Scope
from kaizo.core.tenancy import TenantForeignKey, TenantModel

__all__ = ["ApiRequest", "ApiToken", "Scope"]

REMEMBERED = timedelta(hours=24)  # how long a request's key is known


class ApiToken(TenantModel):
    """A program acts for `membership` with it, within `scopes`. Only the token's digest is kept."""

    membership = TenantForeignKey(
        "accounts.Membership", on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(_("name"), max_length=60)
    digest = models.CharField(max_length=64)
    ending = models.CharField(max_length=4)  # of the token itself, to tell one from another
    scopes = ArrayField(models.CharField(max_length=20))  # of Scope
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "digest"], name="api_token_digest_unique"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gte=F("created_at")), name="api_token_expires"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "membership"], name="api_token_holder")]

    def __str__(self) -> str:
        return f"ApiToken {self.pk}"

    def claim(self, key: str, fingerprint: str) -> tuple[ApiRequest, bool]:
        """The key's row, and whether it is ours to carry out. Waits for a request under the same
        key that is being carried out now; if that one fails, its row is gone again."""
        now = clock.now()
        same = ApiRequest.objects.filter(token=self, key=key)
        same.filter(created_at__lt=now - REMEMBERED).delete()
        try:
            with transaction.atomic():
                row: ApiRequest = ApiRequest.objects.create(
                    organisation_id=self.organisation_id,
                    token=self,
                    key=key,
                    fingerprint=fingerprint,
                    created_at=now,
                )
        except IntegrityError:
            return same.get(), False
        return row, True


class ApiRequest(TenantModel):
    """A request that was carried out under an idempotency key: which object it made or changed,
    not what was sent or answered. Kept for a day."""

    token = TenantForeignKey(ApiToken, on_delete=models.CASCADE, related_name="requests")
    key = models.CharField(max_length=64)  # digest of the caller's
    fingerprint = models.CharField(max_length=64)  # digest of method, path and body
    status = models.PositiveSmallIntegerField(default=0)
    made = models.BigIntegerField(default=0)  # the object's id
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "token", "key"], name="api_request_key_unique"
            )
        ]
        indexes = [models.Index(fields=["organisation", "created_at"], name="api_request_age")]

    def __str__(self) -> str:
        return f"ApiRequest {self.pk}"

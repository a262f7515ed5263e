"""What officers were told of, and when somebody last looked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.rights.models.requests import RightsRequest


class DeadlineAlert(TenantModel):
    """Officers were told of a request once for each thing that can be wrong with it."""

    class Kind(models.TextChoices):
        DUE_SOON = "due_soon", _("Due soon")
        OVERDUE = "overdue", _("Overdue")
        STUCK = "stuck", _("Does not move")

    request = TenantForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=8, choices=Kind)
    due_at = models.DateTimeField(null=True)  # the deadline it was about: another one alerts anew
    told_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "request", "kind", "due_at"],
                name="deadline_alert_once",
                nulls_distinct=False,
            )
        ]

    @override
    def __str__(self) -> str:
        return f"DeadlineAlert {self.pk}"


class DeadlineWatch(models.Model):
    """When all deadlines were last looked at. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    looked_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="deadline_watch_one_row")]

    @override
    def __str__(self) -> str:
        return f"DeadlineWatch {self.pk}"

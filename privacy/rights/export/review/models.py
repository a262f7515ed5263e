"""Texts of a copy that somebody has to look at."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from typing_extensions import override

from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.rights.export.models import ExportPackage


class ExportCheck(TenantModel):
    """One text of a copy out of which so many mentions of others were taken that more may be left.
    It names the place; the words lie in the copy's sealed working files alone."""

    package = TenantForeignKey(ExportPackage, on_delete=models.CASCADE, related_name="checks")
    label = models.CharField(max_length=120)  # the part's
    record = models.CharField(max_length=64)  # the row's number
    field = models.CharField(max_length=120, blank=True, default="")  # empty: all of the record
    mentions = models.PositiveIntegerField()  # of others that were taken out
    is_seen = models.BooleanField(default=False)
    is_withheld = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "package", "label", "record", "field"],
                name="export_check_place",
            ),
            models.CheckConstraint(
                condition=Q(is_seen=True) | Q(is_withheld=False), name="export_check_seen_first"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"ExportCheck {self.pk}"

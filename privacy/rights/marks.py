"""What this database knows of the vault's ledger."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from typing_extensions import override

from kaizo.core.tenancy import TenantModel


class LedgerMark(TenantModel):
    """An entry of the vault's ledger that this database knows of. One that is missing here means
    that the database was restored from a time before it."""

    entry_id = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "entry_id"], name="ledger_mark_unique")
        ]

    @override
    def __str__(self) -> str:
        return f"LedgerMark {self.pk}"


class RestoreEpoch(models.Model):
    """How many entries of the ledger this database knows of, of all organisations together. One
    row; compared with the vault's own count before traffic is taken."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    entries = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="restore_epoch_one_row")]

    @override
    def __str__(self) -> str:
        return f"RestoreEpoch {self.entries}"

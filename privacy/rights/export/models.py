"""A copy of a person's data, how far it is, and who has fetched it."""

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


class ExportPackage(TenantModel):
    """One encrypted archive. The file lies in the media folder under the request's key and is
    deleted when its period ends; the row stays and says so."""

    class State(models.TextChoices):
        COLLECTING = "collecting", _("Being collected")
        REVIEW = "review", _("Waits for somebody to look through it")
        READY = "ready", _("Ready")
        DELETED = "deleted", _("Deleted")

    request = TenantForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="packages")
    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.COLLECTING)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)  # until when it can be fetched
    delete_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, default="")  # SHA-256 of the archive
    passphrase = EncryptedField(null=True)  # under the request's key
    downloads = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)  # at the question for the passphrase
    claimed_until = models.DateTimeField(null=True)  # a worker is at it until then
    reviewed_at = models.DateTimeField(null=True)  # somebody looked through it and released it
    reviewed_by_id = models.BigIntegerField(null=True)
    problem = models.CharField(max_length=160, blank=True, default="")  # a table's or field's name

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "public_id"], name="export_package_public"
            ),
            models.UniqueConstraint(
                fields=["organisation", "request"],
                name="export_package_one_current",
                condition=Q(deleted_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=~Q(state="ready")
                | Q(expires_at__isnull=False, delete_at__gte=F("expires_at")),
                name="export_package_ready_ends",
            ),
            models.CheckConstraint(
                condition=Q(state="deleted", deleted_at__isnull=False, passphrase__isnull=True)
                | ~Q(state="deleted") & Q(deleted_at__isnull=True),
                name="export_package_deleted",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by_id__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by_id__isnull=False),
                name="export_package_reviewed",
            ),
            models.CheckConstraint(
                condition=~Q(state="review") | Q(reviewed_at__isnull=True),
                name="export_package_to_review",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "request"], name="export_package_request"),
            models.Index(
                fields=["organisation", "delete_at"],
                name="export_package_due",
                condition=Q(deleted_at__isnull=True),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"ExportPackage {self.pk}"


class ExportPart(TenantModel):
    """One table or section of a copy. `planned` was counted by another way than the rows were
    listed; a copy is only handed out when the two agree."""

    class State(models.TextChoices):
        PENDING = "pending", _("To do")
        RUNNING = "running", _("In progress")
        DONE = "done", _("Done")
        BLOCKED = "blocked", _("Blocked")

    package = TenantForeignKey(ExportPackage, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=120)  # a model's label, or the name of a section
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    planned = models.BigIntegerField(default=0)
    written = models.BigIntegerField(default=0)
    omitted = models.BigIntegerField(default=0)  # gone meanwhile, or not what was asked for
    removed = models.BigIntegerField(default=0)  # mentions of others
    frames = models.PositiveIntegerField(default=0)  # of the working file, that are written
    length = models.BigIntegerField(default=0)  # of the working file, in bytes

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "package", "position"], name="export_part_position"
            ),
            models.UniqueConstraint(
                fields=["organisation", "package", "label"], name="export_part_label"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"ExportPart {self.pk}"


class ExportTransfer(TenantModel):
    """The person has a copy handed to another controller (GDPR Art. 20(2)): a link that works
    once. Its address is signed, not stored."""

    package = TenantForeignKey(ExportPackage, on_delete=models.CASCADE, related_name="transfers")
    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    controller = EncryptedField()  # its name, under the request's key
    named_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "public_id"], name="export_transfer_public"
            ),
            models.CheckConstraint(
                condition=Q(fetched_at__isnull=True) | Q(confirmed_at__isnull=False),
                name="export_transfer_confirmed",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "package"], name="export_transfer_package")]

    @override
    def __str__(self) -> str:
        return f"ExportTransfer {self.pk}"

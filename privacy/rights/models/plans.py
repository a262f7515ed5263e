"""Plans of erasures, their steps, and the recipients who are told."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.rights.models.choices import WaitingFor
from privacy.rights.models.requests import RightsRequest
from privacy.vault.fields import EncryptedField


class Plan(TenantModel):
    """What an erasure is going to do, shown before anything happens. `data` holds names of tables,
    counts and reasons; an approval holds for exactly this `digest`."""

    request = TenantForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="plans")
    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    data = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)  # SHA-256 of `data` in canonical form, hexadecimal
    made_at = models.DateTimeField(default=timezone.now)
    made_by_id = models.BigIntegerField(null=True)
    approved_at = models.DateTimeField(null=True)
    approved_by_id = models.BigIntegerField(null=True)
    superseded_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)  # a worker is at it until then
    certificate = models.JSONField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "public_id"], name="plan_public"),
            models.UniqueConstraint(
                fields=["organisation", "request"],
                name="plan_one_current",
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(approved_by_id__isnull=True)
                | Q(made_by_id__isnull=False) & ~Q(approved_by_id=F("made_by_id")),
                name="plan_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(started_at__isnull=True) | Q(approved_at__isnull=False),
                name="plan_started_when_approved",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"Plan {self.pk}"


class PlanStep(TenantModel):
    """One step of a plan, and how far it is. Counts are rows."""

    class State(models.TextChoices):
        PENDING = "pending", _("To do")
        RUNNING = "running", _("In progress")
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        BLOCKED = "blocked", _("Blocked")

    plan = TenantForeignKey(Plan, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=16)
    label = models.CharField(max_length=120)  # a model's label, or the name of a store
    role = models.CharField(max_length=60, blank=True, default="")
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    planned = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    left_over = models.BigIntegerField(null=True)  # what the verifier still found
    problem = models.CharField(max_length=40, blank=True, default="")  # a code
    waiting_for = models.CharField(max_length=16, choices=WaitingFor, blank=True, default="")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "plan", "position"], name="plan_step_position"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"PlanStep {self.pk}"


class RecipientNotice(TenantModel):
    """Somebody who got the person's data is told (GDPR Art. 19), or made to erase it."""

    class State(models.TextChoices):
        PENDING = "pending", _("To do")
        WAITING = "waiting", _("Waiting")
        CONFIRM = "confirm", _("Needs the organisation's confirmation")
        BY_HAND = "by_hand", _("To be done by hand")
        DONE = "done", _("Done")
        NOT_INSTRUCTED = "not_instructed", _("Not instructed by the organisation")

    plan = TenantForeignKey(Plan, on_delete=models.CASCADE, related_name="notices")
    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    recipient = models.CharField(max_length=40)  # the name that the recipient is registered under
    reference = models.CharField(max_length=80)  # which one of them, such as a connection's id
    payload = EncryptedField(null=True)  # what to erase there; removed when it is done
    people = models.PositiveIntegerField(default=0)
    records = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=16, choices=State, default=State.PENDING)
    waiting_for = models.CharField(max_length=16, choices=WaitingFor, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    receipt = models.CharField(max_length=64, blank=True, default="")  # a hash of the answer
    confirmed_by_id = models.BigIntegerField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "plan", "recipient", "reference"],
                name="recipient_notice_unique",
            )
        ]

    @override
    def __str__(self) -> str:
        return f"RecipientNotice {self.pk}"

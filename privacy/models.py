"""Whose data it is, and who did what with it."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.tenancy import TenantModel


class SubjectKind(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    AGENT = "agent", _("Agent")


class SubjectState(models.TextChoices):
    ACTIVE = "active", _("Active")
    RESTRICTED = "restricted", _("Restricted")
    ERASING = "erasing", _("Being erased")
    ERASED = "erased", _("Permanently erased")


class Subject(TenantModel):
    """A person whose data an organisation holds. It carries nothing about the person but the id
    under which the vault keeps their key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=SubjectKind.choices)
    state = models.CharField(
        max_length=16, choices=SubjectState.choices, default=SubjectState.ACTIVE
    )
    created_at = models.DateTimeField(db_default=Now())

    @override
    def __str__(self) -> str:
        return str(self.id)


class Outcome(models.TextChoices):
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")


class AuditEvent(TenantModel):
    """What somebody did. Insert-only for the application's role; no free text and no values, so
    that erasing a person never means editing the past."""

    occurred_at = models.DateTimeField(db_default=Now())
    # Numbers, not foreign keys: an event outlives the accounts that it names.
    actor_user_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=80, blank=True, default="")
    object_id = models.CharField(max_length=64, blank=True, default="")
    affected_user_id = models.BigIntegerField(null=True)
    subject_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=32)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.DONE)
    detail = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "-occurred_at"], name="auditevent_recent"),
            models.Index(
                fields=["organisation", "affected_user_id", "-occurred_at"],
                name="auditevent_affected",
                condition=models.Q(affected_user_id__isnull=False),
            ),
            models.Index(fields=["organisation", "action", "id"], name="auditevent_action"),
            models.Index(
                fields=["organisation", "actor_user_id", "id"],
                name="auditevent_actor",
                condition=models.Q(actor_user_id__isnull=False),
            ),
            models.Index(
                fields=["organisation", "subject_id", "id"],
                name="auditevent_subject",
                condition=models.Q(subject_id__isnull=False),
            ),
            models.Index(
                fields=["organisation", "object_type", "object_id"], name="auditevent_object"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.action} {self.pk}"


class TransferTool(models.TextChoices):
    """What allows data to leave for a country without an adequacy decision (GDPR Art. 45, 46)."""

    STANDARD_CLAUSES = "scc", _("Standard contractual clauses (Decision 2021/914)")
    PRIVACY_FRAMEWORK = "dpf", _("EU-US Data Privacy Framework (Decision 2023/1795)")
    BINDING_RULES = "bcr", _("Binding corporate rules (Art. 47)")


class Processor(TenantModel):
    """A line of the register: who gets data of the organisation, where, and on what tool.

    The egress client reaches `hosts` while the line is valid and nothing else.
    """

    name = models.CharField(max_length=120)
    service = models.CharField(max_length=200)
    hosts = ArrayField(models.CharField(max_length=253))
    country = models.CharField(max_length=2)  # ISO 3166
    tool = models.CharField(max_length=8, choices=TransferTool.choices, blank=True, default="")
    tool_reference = models.CharField(max_length=200, blank=True, default="")
    tool_valid_from = models.DateField(null=True, blank=True)
    tool_valid_to = models.DateField(null=True, blank=True)  # its last day
    allows_private_address = models.BooleanField(default=False)
    added_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["organisation", "name"],
                name="processor_active",
                condition=models.Q(ended_at__isnull=True),
            )
        ]

    @override
    def __str__(self) -> str:
        return self.name


# The seals' own module needs nothing of this one; Django looks for models here.
from privacy.accountability.models import (  # noqa: E402 - after the models they stand beside
    Alert,
    AlertKind,
    AlertLimit,
    AuditSeal,
    Conclusion,
    EventSubject,
)

__all__ = [
    "Alert",
    "AlertKind",
    "AlertLimit",
    "AuditEvent",
    "AuditSeal",
    "Conclusion",
    "EventSubject",
    "Outcome",
    "Processor",
    "Subject",
    "SubjectKind",
    "SubjectState",
    "TransferTool",
]

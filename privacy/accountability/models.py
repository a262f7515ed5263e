"""Seals over events, whom else an event concerns, and alerts about reading on a grand scale."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.tenancy import TenantForeignKey, TenantModel


class AuditSeal(TenantModel):
    """Covers the organisation's events with `after_id < id <= up_to_id`. Insert-only, as the
    events are."""

    number = models.PositiveIntegerField()  # from 1, without a gap
    after_id = models.BigIntegerField()
    up_to_id = models.BigIntegerField()
    count = models.PositiveIntegerField()
    previous_root = models.BinaryField()
    root = models.BinaryField()
    public_key = models.BinaryField()
    signature = models.BinaryField()
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="audit_seal_unique"),
            models.CheckConstraint(
                condition=models.Q(up_to_id__gte=models.F("after_id")), name="audit_seal_range"
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"AuditSeal {self.number}"


class EventSubject(TenantModel):
    """One of several people whose data an event showed: a list shows many. Insert-only, and part
    of what the event's seal covers."""

    event = TenantForeignKey(
        "privacy.AuditEvent", on_delete=models.PROTECT, related_name="event_subjects"
    )
    subject_id = models.UUIDField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "event", "subject_id"], name="event_subject_unique"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "subject_id", "event"], name="event_subject_found")
        ]

    @override
    def __str__(self) -> str:
        return f"EventSubject {self.pk}"


class AlertKind(models.TextChoices):
    """What was done more often within an hour than the policy has it."""

    OPENED = "opened", _("Data of many people was opened one by one")
    SEEN = "seen", _("Data of many people was seen in lists")


class AlertLimit(TenantModel):
    """How many people an hour are ordinary here, where that is not what the policy ships."""

    kind = models.CharField(max_length=8, choices=AlertKind)
    people = models.PositiveIntegerField()
    set_at = models.DateTimeField(default=timezone.now)
    set_by_id = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind"], name="alert_limit_once"),
            models.CheckConstraint(condition=Q(people__gt=0), name="alert_limit_positive"),
        ]

    @override
    def __str__(self) -> str:
        return f"AlertLimit {self.pk}"


class Conclusion(models.TextChoices):
    """What a privacy officer made of an alert."""

    EXPECTED = "expected", _("It was part of their work")
    CLARIFIED = "clarified", _("It was more than needed, and has been talked about")
    INCIDENT = "incident", _("It is treated as an incident")


class Alert(TenantModel):
    """Somebody has read the data of very many people. One for each burst of reading, however long
    it goes on."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=AlertKind)
    actor_user_id = models.BigIntegerField()
    people = models.PositiveIntegerField()  # the most within an hour so far
    allowed = models.PositiveIntegerField()  # what was ordinary then
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()
    raised_at = models.DateTimeField(db_default=Now())
    conclusion = models.CharField(max_length=12, choices=Conclusion, blank=True, default="")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_id = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "public_id"], name="alert_public"),
            models.UniqueConstraint(
                fields=["organisation", "kind", "actor_user_id", "started_at"],
                name="alert_once_for_a_burst",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by_id__isnull=True)
                & Q(conclusion="")
                | Q(acknowledged_at__isnull=False, acknowledged_by_id__isnull=False)
                & ~Q(conclusion=""),
                name="alert_acknowledged_by_somebody",
            ),
            # Nobody judges their own reading.
            models.CheckConstraint(
                condition=Q(acknowledged_by_id__isnull=True)
                | ~Q(acknowledged_by_id=F("actor_user_id")),
                name="alert_acknowledged_by_another",
            ),
            models.CheckConstraint(
                condition=Q(last_at__gte=F("started_at")), name="alert_ends_after_its_start"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "-raised_at"],
                name="alert_open",
                condition=Q(acknowledged_at__isnull=True),
            )
        ]

    @override
    def __str__(self) -> str:
        return f"Alert {self.pk}"

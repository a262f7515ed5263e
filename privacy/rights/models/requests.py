"""Requests, who they are about, and what happened to them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.models import Subject
from privacy.rights import decisions
from privacy.rights.models.choices import (
    RIGHTS,
    Decision,
    RefusalGround,
    RequestChannel,
    RequestKind,
    RequestStatus,
    Verification,
    WaitingFor,
)
from privacy.vault.fields import EncryptedField


def _ground_of_its_right() -> Q:
    allowed = Q(refusal_ground="")
    for kind, grounds in decisions.GROUNDS.items():
        allowed |= Q(kind=kind.value, refusal_ground__in=list(grounds))
    return allowed


class RightsRequest(TenantModel):
    """A person asks for their rights. Nothing is known of the person until they are verified;
    `subject` and `RequestSubject` then name them in the tenant's data."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=24, choices=RequestKind)
    status = models.CharField(max_length=16, choices=RequestStatus, default=RequestStatus.RECEIVED)
    channel = models.CharField(max_length=12, choices=RequestChannel)
    language = models.CharField(max_length=12, blank=True, default="")  # in which to answer
    subject = TenantForeignKey(Subject, null=True, on_delete=models.PROTECT, related_name="+")
    # The account of somebody who asked while signed in, by number: it may go before the request.
    account_user_id = models.BigIntegerField(null=True)
    duplicate_of = TenantForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="duplicates"
    )

    contact = EncryptedField(null=True)  # where to answer: an e-mail or postal address
    contact_index = models.BinaryField(null=True)  # blind index of an e-mail address
    message = EncryptedField(null=True)
    purpose = models.CharField(max_length=32, blank=True, default="")  # what is objected to
    # What is contested or to be corrected: a model's label and its row.
    target_type = models.CharField(max_length=80, blank=True, default="")
    target_id = models.CharField(max_length=64, blank=True, default="")

    received_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)
    extended_to = models.DateTimeField(null=True)
    entered_by_id = models.BigIntegerField(null=True)  # the member who took it in
    verification = models.CharField(max_length=16, choices=Verification, blank=True, default="")
    verified_at = models.DateTimeField(null=True)
    verified_by_id = models.BigIntegerField(null=True)

    decision = models.CharField(max_length=8, choices=Decision, blank=True, default="")
    refusal_ground = models.CharField(max_length=24, choices=RefusalGround, blank=True, default="")
    decision_text = EncryptedField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)
    decision_proposed_by_id = models.BigIntegerField(null=True)  # of a refusal: the first of two
    appealed_at = models.DateTimeField(null=True)
    appeal_text = EncryptedField(null=True)
    appeal_decided_by_id = models.BigIntegerField(null=True)

    waiting_for = ArrayField(
        models.CharField(max_length=16, choices=WaitingFor), default=list, blank=True
    )
    closed_at = models.DateTimeField(null=True)
    words_erased_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "public_id"], name="rights_request_public"
            ),
            models.CheckConstraint(
                condition=Q(status__in=RequestStatus.values), name="rights_request_status"
            ),
            # An appeal is decided by somebody else.
            models.CheckConstraint(
                condition=Q(appeal_decided_by_id__isnull=True)
                | ~Q(appeal_decided_by_id=F("decided_by_id")),
                name="rights_request_appeal_other_person",
            ),
            models.CheckConstraint(
                condition=Q(decision_proposed_by_id__isnull=True)
                | ~Q(decision_proposed_by_id=F("decided_by_id"))
                & (
                    Q(appeal_decided_by_id__isnull=True)
                    | ~Q(appeal_decided_by_id=F("decision_proposed_by_id"))
                ),
                name="rights_request_refused_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.REFUSED) | ~Q(refusal_ground=""),
                name="rights_request_refusal_has_ground",
            ),
            # Each right has its own grounds: none of another's can refuse it.
            models.CheckConstraint(condition=_ground_of_its_right(), name="rights_request_ground"),
        ]
        indexes = [
            models.Index(fields=["organisation", "status", "due_at"], name="rights_request_due"),
            models.Index(
                fields=["organisation", "subject"],
                name="rights_request_subject",
                condition=Q(subject__isnull=False),
            ),
            models.Index(
                fields=["organisation", "contact_index"],
                name="rights_request_contact",
                condition=Q(contact_index__isnull=False),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"RightsRequest {self.pk}"

    @property
    def short_reference(self) -> str:
        """The beginning of the reference that the person has: enough to tell rows apart."""
        return str(self.public_id)[:8]

    @property
    def right(self) -> str:
        """What is asked for, in the words of those who answer."""
        return str(RIGHTS[RequestKind(self.kind)])


class RequestSubject(TenantModel):
    """A further record of the same person, say of another helpdesk, confirmed by somebody."""

    request = TenantForeignKey(
        RightsRequest, on_delete=models.CASCADE, related_name="further_subjects"
    )
    subject = TenantForeignKey(Subject, on_delete=models.PROTECT, related_name="+")
    confirmed_by_id = models.BigIntegerField(null=True)
    confirmed_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "request", "subject"], name="request_subject_unique"
            )
        ]
        indexes = [models.Index(fields=["organisation", "subject"], name="request_subject_subject")]

    @override
    def __str__(self) -> str:
        return f"RequestSubject {self.pk}"


class RequestEvent(TenantModel):
    """What happened to a request. Insert-only; no words, so that nothing has to be edited."""

    class What(models.TextChoices):
        MOVED = "moved", _("Moved on")
        EXTENDED = "extended", _("Deadline extended")
        MESSAGE = "message", _("Message sent")
        WOKEN = "woken", _("Woken")
        PLANNED = "planned", _("Plan made")
        APPROVED = "approved", _("Plan approved")
        PROPOSED = "proposed", _("Refusal proposed")
        DROPPED = "dropped", _("Proposed refusal dropped")

    request = TenantForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="events")
    what = models.CharField(max_length=12, choices=What)
    before = models.CharField(max_length=16, blank=True, default="")
    after = models.CharField(max_length=16, blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")  # a code
    actor_user_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation", "request", "at"], name="request_event_at")]

    @override
    def __str__(self) -> str:
        return f"RequestEvent {self.pk}"

    @property
    def state(self) -> str:
        """The request's state afterwards, in words; empty where it stayed as it was."""
        return str(RequestStatus(self.after).label) if self.after else ""

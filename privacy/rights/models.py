"""Requests of data subjects, and what is done about them.

Words of a request lie under a key of the request's own (`privacy.rights.words`), not under the
person's: the answer to an erasure has to be written after the person's key is gone, and the
request's words end with the request, when its key is destroyed.
"""

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
from privacy.rights import decisions, states
from privacy.rights.marks import LedgerMark, RestoreEpoch  # noqa: F401 - Django looks here
from privacy.vault.fields import EncryptedField


class RequestKind(models.TextChoices):
    ACCESS = states.Kind.ACCESS, _("A copy of my data")
    PORTABILITY = states.Kind.PORTABILITY, _("My data in a format for another service")
    RECTIFICATION = states.Kind.RECTIFICATION, _("Correct my data")
    ERASURE = states.Kind.ERASURE, _("Erase my data")
    RESTRICTION = states.Kind.RESTRICTION, _("Freeze my data")
    OBJECTION = states.Kind.OBJECTION, _("Object to a use of my data")
    CONSENT_WITHDRAWAL = states.Kind.CONSENT_WITHDRAWAL, _("Withdraw my consent")
    CONTEST = states.Kind.CONTEST, _("Contest an automated score")
    COMPLAINT_INFORMATION = states.Kind.COMPLAINT_INFORMATION, _("Where to complain")


class RequestStatus(models.TextChoices):
    RECEIVED = states.Status.RECEIVED, _("Received")
    VERIFYING = states.Status.VERIFYING, _("Checking identity")
    VERIFIED = states.Status.VERIFIED, _("Identity confirmed")
    PLANNED = states.Status.PLANNED, _("Plan to approve")
    APPROVED = states.Status.APPROVED, _("Approved")
    RUNNING = states.Status.RUNNING, _("In progress")
    WAITING = states.Status.WAITING, _("Waiting")
    BLOCKED = states.Status.BLOCKED, _("Blocked")
    VERIFIED_DONE = states.Status.VERIFIED_DONE, _("Done and checked")
    CLOSED = states.Status.CLOSED, _("Closed")
    REFUSED = states.Status.REFUSED, _("Refused")
    APPEALED = states.Status.APPEALED, _("Appealed")


class RequestChannel(models.TextChoices):
    PORTAL = states.Channel.PORTAL, _("Privacy page")
    MAIL = states.Channel.MAIL, _("E-mail")
    POST = states.Channel.POST, _("Post")
    PHONE = states.Channel.PHONE, _("Telephone")
    SIGNED_IN = states.Channel.SIGNED_IN, _("Signed in")
    SOURCE = states.Channel.SOURCE, _("Helpdesk")
    STAFF = states.Channel.STAFF, _("Entered by staff")


class WaitingFor(models.TextChoices):
    HOLD = states.WaitingFor.HOLD, _("a legal hold")
    PROVIDER_EXPIRY = states.WaitingFor.PROVIDER_EXPIRY, _("a provider's copies to expire")
    RECIPIENT = states.WaitingFor.RECIPIENT, _("a recipient's confirmation")
    SOURCE = states.WaitingFor.SOURCE, _("the helpdesk")
    TEXTS = states.WaitingFor.TEXTS, _("texts to be checked for others' data")


class Verification(models.TextChoices):
    """How it was made sure that the request comes from the person."""

    LINK = "link", _("One-time link")
    LINK_AND_FACT = "link_and_fact", _("One-time link and a fact only the person knows")
    SIGNED_IN = "signed_in", _("Signed in")
    STAFF = "staff", _("Checked by staff")
    SOURCE = "source", _("Ordered by the helpdesk")


class Decision(models.TextChoices):
    GRANTED = "granted", _("Granted")
    PARTLY = "partly", _("Granted in part")
    REFUSED = "refused", _("Refused")


class RefusalGround(models.TextChoices):
    """The law's grounds for not doing what was asked. There are no others."""

    UNIDENTIFIED = "art_11_2", _("We cannot identify you (Art. 11(2))")
    UNFOUNDED = "art_12_5_unfounded", _("Manifestly unfounded (Art. 12(5))")
    EXCESSIVE = "art_12_5_excessive", _("Excessive, in particular repetitive (Art. 12(5))")
    EXPRESSION = "art_17_3_a", _("Freedom of expression and information (Art. 17(3)(a))")
    OBLIGATION = "art_17_3_b", _("A legal obligation to keep it (Art. 17(3)(b))")
    HEALTH = "art_17_3_c", _("Public health (Art. 17(3)(c))")
    ARCHIVE = "art_17_3_d", _("Archiving, research or statistics (Art. 17(3)(d))")
    CLAIMS = "art_17_3_e", _("Legal claims (Art. 17(3)(e))")
    OTHERS = "art_15_4", _("The rights of others (Art. 15(4))")
    OTHERS_TOO = "art_20_4", _("The rights of others (Art. 20(4))")
    ACCURATE = "art_16", _("The data is right as it stands (Art. 16)")
    NO_GROUND = "art_18_1", _("None of the law's reasons to freeze applies (Art. 18(1))")
    NOT_AUTOMATED = "art_22_1", _("No decision was made by a machine alone (Art. 22(1))")
    COMPELLING = "art_21_1", _("Compelling legitimate grounds (Art. 21(1))")


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


class HoldReason(models.TextChoices):
    LITIGATION = "litigation", _("Legal claims (Art. 17(3)(e))")
    AUTHORITY = "authority", _("Order of an authority (Art. 17(3)(b))")
    STATUTE = "statute", _("Legal duty to keep (Art. 17(3)(b))")
    DISPUTE = "dispute", _("Open dispute of a score (Art. 17(3)(e))")


class LegalHold(TenantModel):
    """Rows that must stay for a while although somebody asked for their erasure. In force once a
    second person has approved it, until it expires or is released."""

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    reason = models.CharField(max_length=12, choices=HoldReason)
    matter = EncryptedField(null=True)  # the case, under the organisation's key
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by_id = models.BigIntegerField()
    approved_at = models.DateTimeField(null=True)
    approved_by_id = models.BigIntegerField(null=True)
    review_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by_id = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "public_id"], name="legal_hold_public"),
            models.CheckConstraint(
                condition=Q(approved_by_id__isnull=True) | ~Q(approved_by_id=F("opened_by_id")),
                name="legal_hold_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("opened_at")) & Q(review_at__lte=F("expires_at")),
                name="legal_hold_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "expires_at"],
                name="legal_hold_open",
                condition=Q(released_at__isnull=True),
            )
        ]

    @override
    def __str__(self) -> str:
        return f"LegalHold {self.pk}"


class HeldRow(TenantModel):
    """One row under a hold, by its model's label and key."""

    hold = TenantForeignKey(LegalHold, on_delete=models.CASCADE, related_name="rows")
    label = models.CharField(max_length=120)
    row_id = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "hold", "label", "row_id"], name="held_row_unique"
            )
        ]
        indexes = [models.Index(fields=["organisation", "label", "row_id"], name="held_row_label")]

    @override
    def __str__(self) -> str:
        return f"HeldRow {self.pk}"


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


# Django looks for models here.
from privacy.rights.correction.models import Correction, CorrectionNotice  # noqa: E402, F401 - after
from privacy.rights.correspondence.models import RequestMessage  # noqa: E402, F401 - what they
from privacy.rights.deadline_watch.models import DeadlineAlert, DeadlineWatch  # noqa: E402, F401 - as above
from privacy.rights.export.models import (  # noqa: E402 - as above
    ExportPackage,  # noqa: F401 - as above
    ExportPart,  # noqa: F401 - as above
    ExportTransfer,  # noqa: F401 - as above
)
from privacy.rights.objection.models import Balancing, BarredUse  # noqa: E402, F401 - point to
from privacy.rights.portal.models import PortalLink  # noqa: E402, F401 - as above
from privacy.rights.restriction.models import Restriction  # noqa: E402, F401 - as above

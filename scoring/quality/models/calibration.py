"""Sessions in which several people score the same conversations to find where they differ.

Scores are reviews of kind CALIBRATION, the facilitator's of kind AGREED; none counts in IQS.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.api import EncryptedField
from scoring.quality.models.scorecards import NAME_LENGTH, ScorecardVersion
from tickets.models import Agent, Ticket


class CalibrationSession(TenantModel):
    """Participants score blind while SCORING, see each other while DISCUSSING, and nothing changes
    once CLOSED."""

    class State(models.TextChoices):
        SCORING = "scoring", _("Scoring")
        DISCUSSING = "discussing", _("Discussing")
        CLOSED = "closed", _("Closed")

    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    version = TenantForeignKey(ScorecardVersion, on_delete=models.PROTECT, related_name="+")
    facilitator = TenantForeignKey(
        Membership, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.SCORING)
    due_on = models.DateField(_("score by"))
    # A spread of ratings above this share of the scale, in percent, is marked.
    spread_limit = models.PositiveSmallIntegerField(
        _("marked spread in percent"), default=25, db_default=25
    )
    created_at = models.DateTimeField(default=timezone.now)
    discussed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["organisation", "state"], name="calibration_state")]

    def __str__(self) -> str:
        return f"CalibrationSession {self.pk}"


class CalibrationParticipant(TenantModel):
    session = TenantForeignKey(
        CalibrationSession, on_delete=models.CASCADE, related_name="participants"
    )
    membership = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "session", "membership"],
                name="calibration_participant_unique",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "membership"], name="calibration_participant")
        ]

    def __str__(self) -> str:
        return f"CalibrationParticipant {self.pk}"


class CalibrationItem(TenantModel):
    """One conversation of a session. When it is erased, the scores stay and their quotes go."""

    session = TenantForeignKey(CalibrationSession, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    ticket = TenantForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="+")
    reviewee = TenantForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(TenantModel.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "session", "position"], name="calibration_item_unique"
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "ticket"],
                name="calibration_item_ticket",
                condition=Q(ticket__isnull=False),
            ),
            models.Index(fields=["organisation", "reviewee"], name="calibration_item_reviewee"),
        ]

    def __str__(self) -> str:
        return f"CalibrationItem {self.pk}"


class FollowUp(TenantModel):
    """What a session agreed to do, under the organisation's key."""

    session = TenantForeignKey(
        CalibrationSession, on_delete=models.CASCADE, related_name="follow_ups"
    )
    body = EncryptedField()
    owner = TenantForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField(_("due"), null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "session"], name="follow_up_session"),
            models.Index(fields=["organisation", "owner"], name="follow_up_owner"),
        ]

    def __str__(self) -> str:
        return f"FollowUp {self.pk}"

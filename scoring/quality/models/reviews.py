"""What was judged.

Comments are ciphertext under the reviewee's key, quotes under the key of the person whose
conversation they are from: erasing a customer takes the quotes and leaves number and rubric,
erasing an agent takes the words and leaves the team's figures.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership, Team
from kaizo.core.tenancy import FreezableModel, TenantForeignKey, TenantModel
from privacy.api import EncryptedField
from scoring.quality.models.scorecards import Category, RootCause, ScorecardVersion
from tickets.models import Agent, Channel, Message, Ticket


class Review(TenantModel):
    """One person's judgement of one agent's work in one conversation.

    Only submitted reviews of kinds QUALITY and PEER that are not suspended count in IQS
    (`Review.COUNTED`), and random samples are never averaged with targeted ones.
    `day`: local date of submission. `team`: the reviewee's team on the conversation's last day.
    `revision` counts saves, so that two people who edit the same review notice each other.
    """

    class Kind(models.TextChoices):
        QUALITY = "quality", _("Review")
        PEER = "peer", _("Peer review")
        SELF = "self", _("Self-review")
        CALIBRATION = "calibration", _("Calibration score")
        AGREED = "agreed", _("Agreed calibration score")
        SPOT_CHECK = "spot_check", _("Spot check of a review")

    class Sample(models.TextChoices):
        RANDOM = "random", _("Random")
        TARGETED = "targeted", _("Targeted")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")

    COUNTED = (Kind.QUALITY, Kind.PEER)

    kind = models.CharField(max_length=12, choices=Kind, default=Kind.QUALITY)
    sample = models.CharField(max_length=10, choices=Sample, default=Sample.TARGETED)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    version = TenantForeignKey(ScorecardVersion, on_delete=models.PROTECT, related_name="reviews")
    ticket = TenantForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="reviews")
    message = TenantForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    reviewee = TenantForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="reviews")
    # The reviewee's subject: whose key the comments are under.
    subject = TenantForeignKey(
        "privacy.Subject", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewer = TenantForeignKey(
        Membership, null=True, on_delete=models.SET_NULL, related_name="reviews_given"
    )
    team = TenantForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel)
    spot_check_of = TenantForeignKey(
        "self", null=True, on_delete=models.CASCADE, related_name="spot_checks"
    )
    calibration_item = TenantForeignKey(
        "scoring.CalibrationItem", null=True, on_delete=models.CASCADE, related_name="reviews"
    )
    started_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    day = models.DateField(null=True, blank=True)
    seconds_spent = models.PositiveIntegerField(default=0)  # with the form open and in use
    score = models.DecimalField(max_digits=6, decimal_places=2, null=True)  # percent; may pass 100
    passed = models.BooleanField(null=True)
    auto_failed = models.BooleanField(default=False)
    # While a dispute is open; for good when the review was annulled.
    is_suspended = models.BooleanField(default=False)
    annulled_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft")
                | Q(state="submitted", submitted_at__isnull=False, day__isnull=False),
                name="review_submission_dated",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True, passed__isnull=True)
                | Q(score__gte=0, passed__isnull=False),
                name="review_score_and_result",
            ),
            models.CheckConstraint(
                condition=Q(annulled_at__isnull=True) | Q(is_suspended=True),
                name="review_annulled_is_suspended",
            ),
            models.UniqueConstraint(
                fields=[
                    "organisation", "ticket", "reviewer", "version", "kind", "message",
                    "calibration_item", "spot_check_of",
                ],
                condition=Q(state="draft", ticket__isnull=False, reviewer__isnull=False),
                name="review_one_draft",
                nulls_distinct=False,
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["organisation", "day"], name="review_day"),
            models.Index(fields=["organisation", "reviewee", "day"], name="review_reviewee"),
            models.Index(fields=["organisation", "reviewer", "day"], name="review_reviewer"),
            models.Index(fields=["organisation", "ticket"], name="review_ticket"),
            models.Index(fields=["organisation", "subject"], name="review_subject"),
            models.Index(
                fields=["organisation", "message"],
                name="review_message",
                condition=Q(message__isnull=False),
            ),
            models.Index(
                fields=["organisation", "calibration_item"],
                name="review_calibration",
                condition=Q(calibration_item__isnull=False),
            ),
            models.Index(
                fields=["organisation", "spot_check_of"],
                name="review_spot_check",
                condition=Q(spot_check_of__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Review {self.pk}"


class Rating(TenantModel):
    """An answer to one category: a value on its scale, or not applicable, or (in words) the
    comment alone. A category without a row, or with neither, has not been answered yet."""

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="ratings")
    category = TenantForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    value = models.PositiveSmallIntegerField(null=True)
    is_na = models.BooleanField(default=False)
    comment = EncryptedField(null=True)
    # The review's revision that wrote it: who has not seen that one may not overwrite it.
    revision = models.PositiveIntegerField(default=0, db_default=0)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "review", "category"], name="rating_unique"
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(is_na=False, value__lte=10), name="rating_value"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "category"], name="rating_category")]

    def __str__(self) -> str:
        return f"Rating {self.pk}"


class RatingCause(TenantModel):
    rating = TenantForeignKey(Rating, on_delete=models.CASCADE, related_name="causes")
    cause = TenantForeignKey(RootCause, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "rating", "cause"], name="rating_cause_unique"
            )
        ]
        indexes = [models.Index(fields=["organisation", "cause"], name="rating_cause_cause")]

    def __str__(self) -> str:
        return f"RatingCause {self.pk}"


class Evidence(FreezableModel):
    """A passage of a message that a rating rests on, as shown to the reviewer: redacted."""

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="evidence")
    category = TenantForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    message = TenantForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    # The requester's subject: whose key the quote is under.
    subject = TenantForeignKey("privacy.Subject", on_delete=models.PROTECT, related_name="+")
    quote = EncryptedField()
    added_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "review"], name="evidence_review"),
            models.Index(fields=["organisation", "message"], name="evidence_message"),
            models.Index(fields=["organisation", "subject"], name="evidence_subject"),
        ]

    def __str__(self) -> str:
        return f"Evidence {self.pk}"


class ReviewComment(TenantModel):
    """A word in the talk about a review, by anybody who may read it."""

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="comments")
    author = TenantForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    body = EncryptedField()
    written_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "review", "written_at"], name="review_comment"),
            models.Index(fields=["organisation", "author"], name="review_comment_author"),
        ]

    def __str__(self) -> str:
        return f"ReviewComment {self.pk}"


class CommentMention(TenantModel):
    comment = TenantForeignKey(ReviewComment, on_delete=models.CASCADE, related_name="mentions")
    membership = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "comment", "membership"], name="comment_mention_unique"
            )
        ]
        indexes = [models.Index(fields=["organisation", "membership"], name="comment_mention_who")]

    def __str__(self) -> str:
        return f"CommentMention {self.pk}"


class ReviewChange(TenantModel):
    """What a review said at a turning point. Insert-only, so that every recomputation leaves a
    pair: what was, and what is."""

    class Event(models.TextChoices):
        SUBMITTED = "submitted", _("Submitted")
        REOPENED = "reopened", _("Reopened")
        DISPUTED = "disputed", _("Disputed")
        DECIDED = "decided", _("Dispute decided")
        REVIEWEE_CHANGED = "reviewee_changed", _("Reviewee changed")

    review = TenantForeignKey(Review, on_delete=models.CASCADE, related_name="changes")
    event = models.CharField(max_length=16, choices=Event)
    actor = TenantForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    score = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    passed = models.BooleanField(null=True)
    ratings = models.JSONField(default=list)  # [{"category": key, "value": n or null, "is_na": b}]
    reviewee = TenantForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = EncryptedField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "review", "at"], name="review_change"),
            models.Index(fields=["organisation", "actor"], name="review_change_actor"),
            models.Index(fields=["organisation", "reviewee"], name="review_change_reviewee"),
        ]

    def __str__(self) -> str:
        return f"ReviewChange {self.pk}"

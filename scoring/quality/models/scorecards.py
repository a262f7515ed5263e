"""What conversations are judged by.

A version is edited as a draft and fixed for good when it is published: triggers in the database
refuse any later change of it, so every review can be read by the rubric it was given under.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import TenantForeignKey, TenantModel
from scoring.quality import arithmetic

NAME_LENGTH = 120
TEXT_LENGTH = 2_000
HIGHEST_WEIGHT = 100


class Mode(models.TextChoices):
    """How ratings become a score; `scoring.quality.arithmetic` has the formulae."""

    WEIGHTED = arithmetic.Mode.WEIGHTED, _("Weighted categories")
    SECTIONS = arithmetic.Mode.SECTIONS, _("Weighted groups")
    ADDITIVE = arithmetic.Mode.ADDITIVE, _("Points added from 0")
    DEDUCTIVE = arithmetic.Mode.DEDUCTIVE, _("Points taken off 100")


class Scale(models.TextChoices):
    """A rating is stored as a whole number from 0 to the scale's top."""

    BINARY = arithmetic.Scale.BINARY, _("Yes or no")
    THREE = arithmetic.Scale.THREE, _("3 points")
    FOUR = arithmetic.Scale.FOUR, _("4 points")
    FIVE = arithmetic.Scale.FIVE, _("5 points")
    TEN = arithmetic.Scale.TEN, _("0 to 10")


class AutoFail(models.TextChoices):
    """What a rating below the middle of its scale does beyond its own weight."""

    NONE = arithmetic.AutoFail.NONE, _("Nothing more")
    GROUP = arithmetic.AutoFail.GROUP, _("Fails its group")
    REVIEW = arithmetic.AutoFail.REVIEW, _("Fails the review")


class RevieweeRule(models.TextChoices):
    MOST_ACTIVE = "most_active", _("Who wrote most public messages")
    ASSIGNEE = "assignee", _("The assignee")
    MESSAGE_AUTHOR = "message_author", _("The author of one message")


class _Conditions(models.Model):
    """When it applies. An empty list asks for nothing."""

    channels = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=35), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    teams = ArrayField(models.BigIntegerField(), default=list, blank=True)

    class Meta:
        abstract = True


class QualitySettings(TenantModel):
    """One row per organisation. Without one, the defaults below hold."""

    dispute_days = models.PositiveSmallIntegerField(_("days to dispute a review"), default=14)
    decision_days = models.PositiveSmallIntegerField(_("days to decide a dispute"), default=7)
    notice_days = models.PositiveSmallIntegerField(
        _("days between announcing a scorecard and applying it"), default=7
    )
    # Below this many reviews a figure says "not enough data", everywhere.
    minimum_reviews = models.PositiveSmallIntegerField(
        _("reviews that a figure needs"), default=5, validators=[MinValueValidator(2)]
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="quality_settings_unique"),
            models.CheckConstraint(
                condition=Q(minimum_reviews__gte=2), name="quality_settings_minimum"
            ),
        ]

    def __str__(self) -> str:
        return f"QualitySettings {self.pk}"


class Scorecard(TenantModel):
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    description = models.CharField(_("description"), max_length=TEXT_LENGTH, blank=True)
    created_by = TenantForeignKey(
        Membership, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=Q(archived_at__isnull=True),
                name="scorecard_name_unique",
            )
        ]

    def __str__(self) -> str:
        return f"Scorecard {self.pk}"


class ScorecardVersion(TenantModel, _Conditions):
    """A rubric. `applies_from` lies after `published_at` by the announced notice."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    scorecard = TenantForeignKey(Scorecard, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, default=Mode.WEIGHTED)
    pass_mark = models.DecimalField(
        _("pass mark"), max_digits=5, decimal_places=2, default=80,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )  # fmt: skip
    reviewee_rule = models.CharField(
        _("who is reviewed"), max_length=16, choices=RevieweeRule, default=RevieweeRule.MOST_ACTIVE
    )
    change_note = models.CharField(_("what changes"), max_length=TEXT_LENGTH, blank=True)
    published_by = TenantForeignKey(
        Membership, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    applies_from = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "scorecard", "number"], name="scorecard_version_unique"
            ),
            models.UniqueConstraint(
                fields=["organisation", "scorecard"],
                condition=Q(state="draft"),
                name="scorecard_version_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True, applies_from__isnull=True)
                | Q(
                    state="published",
                    published_at__isnull=False,
                    applies_from__gte=models.F("published_at"),
                ),
                name="scorecard_version_publication_dated",
            ),
            models.CheckConstraint(
                condition=Q(pass_mark__gte=0, pass_mark__lte=100), name="scorecard_version_mark"
            ),
            models.CheckConstraint(
                condition=Q(mode__in=Mode.values), name="scorecard_version_mode"
            ),
        ]

    def __str__(self) -> str:
        return f"ScorecardVersion {self.pk}"


class CategoryGroup(TenantModel):
    version = TenantForeignKey(ScorecardVersion, on_delete=models.CASCADE, related_name="groups")
    key = models.UUIDField(default=uuid.uuid4)  # the same in every version of a scorecard
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    # Its share when groups are weighted; no matter in the other modes.
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=0, validators=[MaxValueValidator(HIGHEST_WEIGHT)]
    )
    # What it earns is added on top; it never lowers a score.
    is_bonus = models.BooleanField(_("bonus group"), default=False)

    class Meta(TenantModel.Meta):
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "version", "key"], name="category_group_key_unique"
            ),
            models.CheckConstraint(
                condition=Q(weight__lte=HIGHEST_WEIGHT), name="category_group_weight"
            ),
        ]

    def __str__(self) -> str:
        return f"CategoryGroup {self.pk}"


class Category(TenantModel, _Conditions):
    """A question about a conversation. `key` stays the same from version to version, so that a
    category can be followed over time."""

    class Kind(models.TextChoices):
        SCORED = "scored", _("Scored")
        UNSCORED = "unscored", _("Rated, not scored")
        TEXT = "text", _("Answered in words, not scored")

    group = TenantForeignKey(CategoryGroup, on_delete=models.CASCADE, related_name="categories")
    key = models.UUIDField(default=uuid.uuid4)
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    description = models.CharField(_("description"), max_length=TEXT_LENGTH, blank=True)
    good_example = models.CharField(_("good example"), max_length=TEXT_LENGTH, blank=True)
    bad_example = models.CharField(_("bad example"), max_length=TEXT_LENGTH, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SCORED)
    scale = models.CharField(_("scale"), max_length=10, choices=Scale, default=Scale.BINARY)
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=10, validators=[MaxValueValidator(HIGHEST_WEIGHT)]
    )
    allows_na = models.BooleanField(_("may be left out as not applicable"), default=True)
    auto_fail = models.CharField(
        _("auto-fail"), max_length=10, choices=AutoFail, default=AutoFail.NONE
    )
    low_needs_comment = models.BooleanField(_("a low rating needs a comment"), default=False)
    low_needs_cause = models.BooleanField(_("a low rating needs a root cause"), default=False)

    class Meta(TenantModel.Meta):
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "group", "key"], name="category_key_unique"
            ),
            models.CheckConstraint(condition=Q(weight__lte=HIGHEST_WEIGHT), name="category_weight"),
            models.CheckConstraint(condition=Q(scale__in=Scale.values), name="category_scale"),
        ]

    def __str__(self) -> str:
        return f"Category {self.pk}"


class RootCause(TenantModel):
    """Why a rating was low; causes may stand under others."""

    category = TenantForeignKey(Category, on_delete=models.CASCADE, related_name="root_causes")
    parent = TenantForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    key = models.UUIDField(default=uuid.uuid4)
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=NAME_LENGTH)

    class Meta(TenantModel.Meta):
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "category", "key"], name="root_cause_key_unique"
            )
        ]

    def __str__(self) -> str:
        return f"RootCause {self.pk}"

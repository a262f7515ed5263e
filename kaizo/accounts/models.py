"""People, organisations, and who belongs where since when.

`Organisation` is the tenant and, for ticket data, the controller (GDPR Art. 4(7)). It and `User`
are the only tables outside row-level security: they must be found before a scope is known.
"""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinLengthValidator, RegexValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.api.models import ApiRequest, ApiToken
from kaizo.core.permissions import Role
from kaizo.core.tenancy import TenantForeignKey, TenantModel

__all__ = ["ApiRequest", "ApiToken"]  # imported for Django, which looks for models here

PUBLIC_NUMBER_DIGITS = 16
MINUTES_A_DAY = 24 * 60


def new_public_number() -> str:
    """Sixteen random digits (promise KZ-05-03): not sequential, not derived from anything."""
    return "".join(secrets.choice("0123456789") for _digit in range(PUBLIC_NUMBER_DIGITS))


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("This is not a time zone, such as Europe/Amsterdam."))


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. What they may do is decided by their memberships."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("Like my device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    public_number = models.CharField(max_length=16, default=new_public_number, editable=False)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)
    is_active = models.BooleanField(default=True)
    password_reset_required = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["public_number"], name="user_public_number_unique"),
            models.CheckConstraint(
                condition=Q(public_number__regex=r"^[0-9]{16}$"),
                name="user_public_number_is_16_digits",
            ),
            models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case"),
        ]

    def __str__(self) -> str:
        return f"User {self.public_number}"


class Organisation(models.Model):
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(
        _("short name"),
        unique=True,
        validators=[MinLengthValidator(2), RegexValidator(r"^[a-z0-9][a-z0-9-]*$")],
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Amsterdam", validators=[validate_time_zone]
    )
    country = models.CharField(_("country"), max_length=2, default="NL")
    # Custom ticket fields that are kept; every other is dropped on the way in (GDPR Art. 5(1)(c)).
    kept_fields = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    # What detection knows of the organisation: forms of its order numbers (9 a digit, A a letter),
    # and names of products and partners that look like people's.
    order_number_forms = ArrayField(
        models.CharField(max_length=40), default=list, db_default=[], blank=True
    )
    brand_names = ArrayField(
        models.CharField(max_length=80), default=list, db_default=[], blank=True
    )
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(slug__regex=r"^[a-z0-9][a-z0-9-]+$"), name="organisation_slug_form"
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="organisation_country_form"
            ),
        ]

    def __str__(self) -> str:
        return f"Organisation {self.pk}"


class OpeningHours(TenantModel):
    """One span in which the organisation works on a weekday, in local minutes since midnight."""

    weekday = models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)])  # Monday is 0
    opens = models.PositiveSmallIntegerField()
    closes = models.PositiveSmallIntegerField()

    class Meta(TenantModel.Meta):
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="opening_hours_weekday"),
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes")) & Q(closes__lte=MINUTES_A_DAY),
                name="opening_hours_span",
            ),
            models.UniqueConstraint(
                fields=["organisation", "weekday", "opens"], name="opening_hours_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"OpeningHours {self.pk}"


class Holiday(TenantModel):
    """A local date on which business hours do not run."""

    day = models.DateField()
    name = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "day"], name="holiday_unique")
        ]

    def __str__(self) -> str:
        return f"Holiday {self.day}"


class Membership(TenantModel):
    """A person in an organisation, with one role there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    deactivated_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="membership_unique"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
            models.CheckConstraint(
                condition=Q(is_active=True, deactivated_at__isnull=True)
                | Q(is_active=False, deactivated_at__isnull=False),
                name="membership_deactivation_dated",
            ),
        ]

    def __str__(self) -> str:
        return f"Membership {self.pk}"


TEAM_NAME_LENGTH = 120


class Team(TenantModel):
    name = models.CharField(_("name"), max_length=TEAM_NAME_LENGTH)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="team_name_unique")
        ]

    def __str__(self) -> str:
        return f"Team {self.pk}"


def span_does_not_overlap(*keys: str, name: str) -> ExclusionConstraint:
    """A dated row (`valid_from`, `valid_to` exclusive, null for still valid) that may not overlap
    another with the same keys."""
    span = Func(F("valid_from"), F("valid_to"), function="daterange", output_field=DateRangeField())
    equal: list[tuple[Any, str]] = [(key, RangeOperators.EQUAL) for key in keys]
    return ExclusionConstraint(
        name=name,
        expressions=[
            ("organisation", RangeOperators.EQUAL),
            *equal,
            (span, RangeOperators.OVERLAPS),
        ],
    )


class TeamLead(TenantModel):
    """Who led a team, from when (inclusive) to when (exclusive)."""

    team = TenantForeignKey(Team, on_delete=models.CASCADE, related_name="leads")
    membership = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="led_teams")
    valid_from = models.DateField(default=date.min)
    valid_to = models.DateField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="team_lead_span",
            ),
            span_does_not_overlap("team", "membership", name="team_lead_no_overlap"),
        ]

    def __str__(self) -> str:
        return f"TeamLead {self.pk}"


class Invitation(TenantModel):
    """An open door for one e-mail address. Only the token's digest is kept."""

    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    token_digest = models.CharField(max_length=64)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "token_digest"], name="invitation_token_unique"
            ),
            models.UniqueConstraint(
                "organisation",
                Lower("email"),
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"


class NoticeKind(models.TextChoices):
    """What a notice says. The sentence names nobody; the page it leads to does."""

    REVIEW_SHARED = "review_shared", _("A review of your work was shared with you")
    DISPUTE_OPENED = "dispute_opened", _("A review was disputed")
    DISPUTE_DECIDED = "dispute_decided", _("A dispute was decided")
    DUE_SOON = "due_soon", _("Something of yours is due soon")
    CALIBRATION_INVITATION = "calibration_invitation", _("You are invited to a calibration")
    SCORECARD_ANNOUNCED = "scorecard_announced", _("A scorecard is about to change")
    MENTION = "mention", _("Somebody mentioned you")
    SPOT_CHECK = "spot_check", _("A review that you gave was checked")
    SPOT_CHECK_ASKED = "spot_check_asked", _("You are asked for a spot check")
    MASS_READING = "mass_reading", _("Somebody has read the data of very many people")
    BROKEN_CHAIN = "broken_chain", _("The audit log is not what was sealed")
    COPY_TO_REVIEW = "copy_to_review", _("A copy of personal data waits to be looked through")
    PRIVACY_REQUEST = "privacy_request", _("A privacy request waits for you")


class Notice(TenantModel):
    """Tells a member that something happened to an object. Holds neither words nor names."""

    recipient = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=24, choices=NoticeKind)
    object_label = models.CharField(max_length=80)  # a model's, such as scoring.review
    object_id = models.BigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            # Also what counts the unread.
            models.UniqueConstraint(
                fields=["organisation", "recipient", "kind", "object_label", "object_id"],
                condition=Q(read_at__isnull=True),
                name="notice_one_unread",
            ),
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_kind"),
        ]
        indexes = [
            models.Index(fields=["organisation", "recipient", "-id"], name="notice_recipient"),
            models.Index(fields=["organisation", "object_label", "object_id"], name="notice_about"),
        ]

    def __str__(self) -> str:
        return f"Notice {self.pk}"


class NoticePreference(TenantModel):
    """How often a member wants mail about a kind of notice. Without a row, the kind's default
    holds (`kaizo.accounts.notices.kinds`); in the product every notice shows at once."""

    class Frequency(models.TextChoices):
        AT_ONCE = "at_once", _("At once")
        DAILY = "daily", _("Once a day")
        WEEKLY = "weekly", _("Once a week")
        NEVER = "never", _("Never")

    membership = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="notice_preferences"
    )
    kind = models.CharField(max_length=24, choices=NoticeKind)
    frequency = models.CharField(max_length=8, choices=Frequency)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "membership", "kind"], name="notice_preference_unique"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=NoticeKind.values), name="notice_preference_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"NoticePreference {self.pk}"


class SavedFilter(TenantModel):
    """Choices of a list's form under a name, as a query string. `page` names the list, see
    `kaizo.accounts.filters`. Words to search for are never kept: they may be a customer's name."""

    page = models.CharField(max_length=20)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1_000)
    owner = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="saved_filters")
    is_shared = models.BooleanField(_("for everybody who sees this list"), default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "owner", "page", "name"], name="saved_filter_name_unique"
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "page"],
                name="saved_filter_shared",
                condition=Q(is_shared=True),
            )
        ]

    def __str__(self) -> str:
        return f"SavedFilter {self.pk}"

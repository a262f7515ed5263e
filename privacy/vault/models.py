"""Keys and the suppression list, in a database of their own.

A backup of the main database holds ciphertext only; this one has its own, shorter-lived backup.
Tables carry a plain organisation number because the organisation lives in the other database.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from typing_extensions import override


class OrganisationKey(models.Model):
    """Wraps the keys of an organisation's people; itself wrapped by the root key."""

    organisation_id = models.BigIntegerField()
    version = models.PositiveIntegerField()
    wrapped_key = models.BinaryField()
    # Which root key wraps it: a check value, so that rotation knows what is left to do.
    root_key_version = models.CharField(max_length=16)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "version"], name="organisationkey_version_unique"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"OrganisationKey {self.organisation_id} v{self.version}"


class SubjectKey(models.Model):
    """A person's key. A destroyed one stays as a tombstone, so that nothing makes it anew."""

    subject_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organisation_id = models.BigIntegerField()
    wrapped_key = models.BinaryField(null=True)
    organisation_key_version = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    destroyed_at__isnull=True,
                    wrapped_key__isnull=False,
                    organisation_key_version__isnull=False,
                )
                | models.Q(
                    destroyed_at__isnull=False,
                    wrapped_key__isnull=True,
                    organisation_key_version__isnull=True,
                ),
                name="subjectkey_lives_or_is_destroyed",
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation_id", "organisation_key_version"], name="subjectkey_version"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"SubjectKey {self.subject_id}"


class IndexKey(models.Model):
    """The key of an organisation's blind index."""

    organisation_id = models.BigIntegerField()
    version = models.PositiveIntegerField()
    wrapped_key = models.BinaryField()
    organisation_key_version = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "version"], name="indexkey_version_unique"
            )
        ]

    @override
    def __str__(self) -> str:
        return f"IndexKey {self.organisation_id} v{self.version}"


class SuppressionKind(models.TextChoices):
    TICKET = "ticket"
    CUSTOMER = "customer"  # what a source calls the person
    EMAIL = "email"
    AGENT = "agent"


class SuppressionMode(models.TextChoices):
    # Refuse what the source created before the cutoff; a new contact is new processing.
    FORGET_PAST = "forget_past"
    # Never take it in: an objection to all evaluation, or the controller's order.
    BLOCK = "block"
    # Comes in, and is not used for that.
    NO_LLM = "no_llm"
    NO_MARKETING = "no_marketing"


class Suppression(models.Model):
    """Who must not come back with the next import or a restored backup, as a keyed hash."""

    organisation_id = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=SuppressionKind.choices)
    index_hash = models.BinaryField()
    mode = models.CharField(max_length=16, choices=SuppressionMode.choices)
    cutoff = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "kind", "index_hash", "mode"],
                name="suppression_unique",
            ),
            models.CheckConstraint(
                condition=~models.Q(mode="forget_past") | models.Q(cutoff__isnull=False),
                name="suppression_forget_past_has_cutoff",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"Suppression {self.pk}"


class LedgerAction(models.TextChoices):
    ERASE = "erase"
    RESTRICT = "restrict"
    LIFT_RESTRICTION = "lift_restriction"
    OBJECT = "object"
    WITHDRAW = "withdraw"


class LedgerEntry(models.Model):
    """What was ordered about a person, written before it is carried out, so that it can be done
    again on a main database restored from before. Insert-only: policies, rights and a trigger.

    It names the person by random ids and keyed hashes only.
    """

    organisation_id = models.BigIntegerField()
    entry_id = models.UUIDField(default=uuid.uuid4)
    action = models.CharField(max_length=20, choices=LedgerAction.choices)
    request_id = models.UUIDField(null=True)
    subject_ids = ArrayField(models.UUIDField())
    hashes = ArrayField(models.BinaryField(), default=list)  # blind indexes of identifiers
    scope = models.CharField(max_length=32, blank=True, default="")  # a purpose, where it has one
    plan_digest = models.CharField(max_length=64, blank=True, default="")
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "entry_id"], name="ledgerentry_unique"
            )
        ]
        indexes = [
            models.Index(fields=["organisation_id", "written_at"], name="ledgerentry_written")
        ]

    @override
    def __str__(self) -> str:
        return f"LedgerEntry {self.entry_id}"


class LedgerStep(models.Model):
    """A step of an entry that was carried out: which one, and how many rows. Insert-only."""

    organisation_id = models.BigIntegerField()
    entry_id = models.UUIDField()
    step = models.CharField(max_length=120)
    changed = models.BigIntegerField(default=0)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["organisation_id", "entry_id"], name="ledgerstep_entry")]

    @override
    def __str__(self) -> str:
        return f"LedgerStep {self.entry_id} {self.step}"


class LedgerEpoch(models.Model):
    """How many entries there are, of all organisations together. One row: what start-up compares
    with the main database's own count."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    entries = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ledgerepoch_one_row")]

    @override
    def __str__(self) -> str:
        return f"LedgerEpoch {self.entries}"

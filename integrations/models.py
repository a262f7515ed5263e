"""What the product remembers of imports and connections: how far they are and what they did, never
what was in it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.base import Instruction
from kaizo.core.tenancy import TenantForeignKey, TenantModel
from privacy.api import EncryptedField


class ImportRun(TenantModel):
    """One uploaded file on its way into the tickets.

    `attempt` counts how often a worker has taken it up, and fences off one that was given up on.
    `done_line` is the last line whose page is committed: a resumed run goes on behind it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    stored_name = models.CharField(max_length=32, blank=True)
    size = models.PositiveBigIntegerField()
    position = models.PositiveBigIntegerField(default=0)
    done_line = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    tickets_created = models.PositiveIntegerField(default=0)
    tickets_updated = models.PositiveIntegerField(default=0)
    tickets_unchanged = models.PositiveIntegerField(default=0)
    tickets_erased = models.PositiveIntegerField(default=0)
    messages_created = models.PositiveIntegerField(default=0)
    suppressed = models.PositiveIntegerField(default=0)
    set_aside = models.PositiveIntegerField(default=0)
    dropped_fields = models.JSONField(default=dict)  # field name -> how often
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    seen_at = models.DateTimeField(default=timezone.now)  # when a worker last got a page done
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "public_id"], name="import_run_public_id_unique"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "running", "done", "failed", "cancelled")),
                name="import_run_state_known",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="import_run_newest")
        ]

    def __str__(self) -> str:
        return f"ImportRun {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs, and so may still change."""
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def tickets_read(self) -> int:
        return (
            self.tickets_created
            + self.tickets_updated
            + self.tickets_unchanged
            + self.tickets_erased
        )


class ImportFault(TenantModel):
    """A line that was set aside. The reason names a field, never what stood in it."""

    run = TenantForeignKey(ImportRun, on_delete=models.CASCADE, related_name="faults")
    line_number = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=300)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "run", "line_number"], name="import_fault_line")
        ]

    def __str__(self) -> str:
        return f"ImportFault {self.pk}"


class ConnectionAddress(models.Model):
    """Which organisation a connection belongs to: what a webhook and the clock need to know before
    there is a scope. Says nothing else."""

    id = models.UUIDField(primary_key=True)
    owner = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.id)


class Connection(TenantModel):
    """One account of a helpdesk.

    `credentials` holds the answers of the connect page and the tokens, encrypted under the
    organisation's key; disconnecting sets it to NULL. `cursor` is the adapter's own and moves in
    the transaction that stores its page. `claimed_by` is the worker that may move it, until
    `claimed_until`. `failures` counts attempts since a page was last stored.
    """

    class State(models.TextChoices):
        SETTING_UP = "setting_up", _("Setting up")
        BACKFILLING = "backfilling", _("Backfilling")
        LIVE = "live", _("Live")
        PAUSED = "paused", _("Paused")
        NEEDS_AUTHORISATION = "needs_auth", _("Needs to be authorised again")
        DISCONNECTED = "disconnected", _("Disconnected")

    class Erase(models.TextChoices):
        NEVER = Instruction.NEVER.value, _("Never erase in the helpdesk")
        ASK = Instruction.ASK.value, _("Ask an admin each time")
        ALWAYS = Instruction.ALWAYS.value, _("Always erase in the helpdesk, too")

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=24)
    name = models.CharField(max_length=100)
    source = models.CharField(max_length=40)  # as tickets name it: the same account, the same name
    host = models.CharField(max_length=253)
    processor_id = models.BigIntegerField()  # a line of the register, which outlives this
    credentials = EncryptedField(null=True)
    hook_secret = EncryptedField(null=True)
    token_expires_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=12, choices=State, default=State.SETTING_UP)
    erase_instruction = models.CharField(max_length=6, choices=Erase, default=Erase.ASK)
    since = models.DateTimeField()  # how far back the backfill goes
    cursor = models.TextField(blank=True, default="")
    reached_at = models.DateTimeField(null=True)  # of the source's own clock
    backfilled_at = models.DateTimeField(null=True)
    synced_at = models.DateTimeField(null=True)  # when the feed was last read to its end
    due_at = models.DateTimeField(null=True)  # when it is worth trying again; NULL: at once
    claimed_by = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=24, blank=True, default="")
    problem_since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when the owner was mailed about this problem
    clock_skew = models.IntegerField(default=0)  # seconds that the source's clock is ahead of ours
    reconciled_at = models.DateTimeField(null=True)
    people_cursor = models.TextField(
        blank=True, default="", db_default=""
    )  # in the feed of deleted people
    people_read_at = models.DateTimeField(null=True)
    disconnected_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "public_id"], name="connection_public_id_unique"
            ),
            models.UniqueConstraint(
                fields=["organisation", "source"],
                name="connection_source_unique",
                condition=~Q(state="disconnected"),
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=(
                        "setting_up",
                        "backfilling",
                        "live",
                        "paused",
                        "needs_auth",
                        "disconnected",
                    )
                ),
                name="connection_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="disconnected") | Q(credentials__isnull=True),
                name="connection_no_token_left",
            ),
        ]

    def __str__(self) -> str:
        return f"Connection {self.pk}"

    @property
    def is_wanted(self) -> bool:
        """Whether somebody wants it to fetch."""
        return self.state in {self.State.BACKFILLING, self.State.LIVE}

    @property
    def is_ended(self) -> bool:
        return self.state == self.State.DISCONNECTED

    def progress(self, now: datetime) -> int:
        """Per cent of the backfill's window, by the source's clock; not of its tickets, whose
        number nobody knows beforehand."""
        if self.backfilled_at is not None:
            return 100
        if self.reached_at is None or now <= self.since:
            return 0
        share = (self.reached_at - self.since) / (now - self.since)
        return max(0, min(99, int(share * 100)))


class SyncRun(TenantModel):
    """What one worker did for a connection in one go. Polls that found nothing leave no run."""

    class Kind(models.TextChoices):
        BACKFILL = "backfill", _("Backfill")
        POLL = "poll", _("New and changed tickets")
        HOOK = "hook", _("Tickets the helpdesk called about")
        RECONCILIATION = "reconcile", _("Search for silent deletions")
        PEOPLE = "people", _("People deleted in the helpdesk")

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=10, choices=Kind)
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    seen_at = models.DateTimeField(default=timezone.now)  # when its last page was committed
    finished_at = models.DateTimeField(null=True)
    pages = models.PositiveIntegerField(default=0)
    tickets_created = models.PositiveIntegerField(default=0)
    tickets_updated = models.PositiveIntegerField(default=0)
    tickets_unchanged = models.PositiveIntegerField(default=0)
    tickets_erased = models.PositiveIntegerField(default=0)
    messages_created = models.PositiveIntegerField(default=0)
    people_erased = models.PositiveIntegerField(default=0, db_default=0)
    suppressed = models.PositiveIntegerField(default=0)
    set_aside = models.PositiveIntegerField(default=0)
    unknown_fields = models.JSONField(default=dict)  # field name -> how often
    problem = models.CharField(max_length=24, blank=True, default="")

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["organisation", "connection", "-started_at", "-id"], name="sync_run_newest"
            )
        ]

    def __str__(self) -> str:
        return f"SyncRun {self.pk}"


class SetAsideRecord(TenantModel):
    """A ticket that could not be taken over. It is tried again when the source names it again, and
    goes when that works. The reason names a field, never what stood in it."""

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE, related_name="set_aside")
    external_id = models.CharField(max_length=128)
    reason = models.CharField(max_length=300)
    attempts = models.PositiveIntegerField(default=1)
    first_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "connection", "external_id"], name="set_aside_once"
            )
        ]

    def __str__(self) -> str:
        return f"SetAsideRecord {self.pk}"


class HookDelivery(TenantModel):
    """A webhook that was verified: which tickets to read again. Its id is taken once, so a replay
    does nothing. Kept for as long as a vendor may repeat it."""

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=200)
    ticket_ids = models.JSONField(default=list)
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    done_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "connection", "delivery_id"], name="hook_delivery_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["organisation", "received_at"],
                name="hook_delivery_waiting",
                condition=Q(done_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"HookDelivery {self.pk}"

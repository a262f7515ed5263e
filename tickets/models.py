"""What happened in the helpdesk.

Words and identities are ciphertext under the key of the person they are about: a conversation
follows its requester's key, an agent's name the agent's. Everything the KPIs need (who, when,
which kind) is plain, because it must be queried.

`source` names where a row came from (`file`, later a connection), and external ids are unique
within it.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import TEAM_NAME_LENGTH, Membership, Team, span_does_not_overlap
from kaizo.core.tenancy import FreezableModel, TenantForeignKey, TenantModel
from privacy.api import DETECTION_VERSION, EncryptedField
from tickets import contracts

SOURCE_LENGTH = 40
EXTERNAL_ID_LENGTH = 120
TAG_LENGTH = 120


class Channel(models.TextChoices):
    EMAIL = contracts.Channel.EMAIL, _("E-mail")
    CHAT = contracts.Channel.CHAT, _("Chat")
    MESSAGING = contracts.Channel.MESSAGING, _("Messaging")
    PHONE = contracts.Channel.PHONE, _("Phone")
    WEB = contracts.Channel.WEB, _("Web form")
    SOCIAL = contracts.Channel.SOCIAL, _("Social media")


class Status(models.TextChoices):
    NEW = contracts.Status.NEW, _("New")
    OPEN = contracts.Status.OPEN, _("Open")
    PENDING = contracts.Status.PENDING, _("Pending")
    HOLD = contracts.Status.HOLD, _("On hold")
    SOLVED = contracts.Status.SOLVED, _("Solved")
    CLOSED = contracts.Status.CLOSED, _("Closed")


class Priority(models.TextChoices):
    LOW = contracts.Priority.LOW, _("Low")
    NORMAL = contracts.Priority.NORMAL, _("Normal")
    HIGH = contracts.Priority.HIGH, _("High")
    URGENT = contracts.Priority.URGENT, _("Urgent")


class AuthorType(models.TextChoices):
    CUSTOMER = contracts.AuthorType.CUSTOMER, _("Customer")
    AGENT = contracts.AuthorType.AGENT, _("Agent")
    BOT = contracts.AuthorType.BOT, _("Bot")
    SYSTEM = contracts.AuthorType.SYSTEM, _("System")


class EventType(models.TextChoices):
    STATUS = contracts.EventType.STATUS, _("Status")
    ASSIGNMENT = contracts.EventType.ASSIGNMENT, _("Assignment")
    PRIORITY = contracts.EventType.PRIORITY, _("Priority")


class Agent(TenantModel):
    """A person who answers customers, as the helpdesk knows them; perhaps also a member here."""

    subject = TenantForeignKey("privacy.Subject", on_delete=models.PROTECT, related_name="+")
    membership = TenantForeignKey(
        Membership, null=True, on_delete=models.SET_NULL, related_name="agents"
    )
    source = models.CharField(max_length=SOURCE_LENGTH)
    external_index = models.BinaryField()  # blind index of the source's id
    profile = EncryptedField()  # JSON: id, name, email
    source_team = models.CharField(
        max_length=TEAM_NAME_LENGTH, blank=True
    )  # as last named by the source
    source_team_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    # Their data is frozen, or they object to being judged: nobody else sees a score of theirs.
    is_left_out = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "external_index"], name="agent_external_unique"
            ),
            models.UniqueConstraint(
                fields=["organisation", "membership", "source"], name="agent_membership_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "subject"], name="agent_subject"),
            models.Index(
                fields=["organisation", "id"],
                name="agent_left_out",
                condition=Q(is_left_out=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Agent {self.pk}"


class TeamMembership(TenantModel):
    """Which team an agent was in, from when (inclusive) to when (exclusive). A move closes one
    row and opens another, so history keeps the team of its day."""

    agent = TenantForeignKey(Agent, on_delete=models.CASCADE, related_name="team_memberships")
    team = TenantForeignKey(Team, on_delete=models.PROTECT, related_name="agent_memberships")
    valid_from = models.DateField(default=date.min)
    valid_to = models.DateField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="team_membership_span",
            ),
            span_does_not_overlap("agent", name="team_membership_no_overlap"),
        ]
        indexes = [models.Index(fields=["organisation", "team"], name="team_membership_team")]

    def __str__(self) -> str:
        return f"TeamMembership {self.pk}"


class Customer(FreezableModel):
    """A person who writes in: a data subject."""

    subject = TenantForeignKey("privacy.Subject", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=SOURCE_LENGTH)
    external_index = models.BinaryField()  # blind index of the source's id
    email_index = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    profile = EncryptedField()  # JSON: id, name, email, phone
    profile_digest = models.BinaryField()  # keyed digest: did the profile change?
    language = models.CharField(max_length=35, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "external_index"], name="customer_external_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "subject"], name="customer_subject"),
            models.Index(fields=["organisation", "email_index"], name="customer_email"),
            models.Index(fields=["organisation", "phone_index"], name="customer_phone"),
        ]

    def __str__(self) -> str:
        return f"Customer {self.pk}"


class Ticket(FreezableModel):
    source = models.CharField(max_length=SOURCE_LENGTH)
    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH)
    requester = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="tickets")
    assignee = TenantForeignKey(
        Agent, null=True, on_delete=models.SET_NULL, related_name="assigned_tickets"
    )
    # The requester's subject, kept here so that reading a conversation needs no further join.
    subject = TenantForeignKey("privacy.Subject", on_delete=models.PROTECT, related_name="+")
    title = EncryptedField()
    channel = models.CharField(max_length=10, choices=Channel)
    status = models.CharField(max_length=10, choices=Status)
    priority = models.CharField(max_length=10, choices=Priority, blank=True)
    language = models.CharField(max_length=35, blank=True)
    message_count = models.PositiveIntegerField(default=0)
    fields = EncryptedField(null=True)  # JSON: the custom fields that the organisation keeps
    is_merged = models.BooleanField(
        default=False, db_default=False
    )  # into another, where the conversation goes on
    complete_since = models.DateTimeField(null=True)  # NULL: all of the history is here
    digest = models.BinaryField()  # keyed digest of the whole record: did anything change?
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()  # the source's clock
    solved_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "external_id"], name="ticket_external_unique"
            ),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="ticket_channel"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="ticket_status"),
            models.CheckConstraint(
                condition=Q(priority__in=["", *Priority.values]), name="ticket_priority"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-created_at", "-id"], name="ticket_newest"),
            models.Index(fields=["organisation", "requester"], name="ticket_requester"),
            # In this order an erasure takes them, so that a chunk touches the figures of few days.
            models.Index(fields=["organisation", "subject", "created_at"], name="ticket_subject"),
            models.Index(
                fields=["organisation", "assignee", "-created_at"],
                name="ticket_assignee",
                condition=Q(assignee__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Ticket {self.pk}"


class Message(FreezableModel):
    """One turn of a conversation, under the requester's key whoever wrote it."""

    ticket = TenantForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH)
    author_type = models.CharField(max_length=10, choices=AuthorType)
    agent = TenantForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="messages")
    # Set only when a customer other than the ticket's requester wrote it.
    other_customer = TenantForeignKey(
        Customer, null=True, on_delete=models.SET_NULL, related_name="messages_elsewhere"
    )
    is_public = models.BooleanField()
    body = EncryptedField()
    sent_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "ticket", "external_id"], name="message_external_unique"
            ),
            models.CheckConstraint(
                condition=Q(author_type__in=AuthorType.values), name="message_author_type"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "agent"],
                name="message_agent",
                condition=Q(agent__isnull=False),
            ),
            models.Index(
                fields=["organisation", "other_customer"],
                name="message_other_customer",
                condition=Q(other_customer__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Message {self.pk}"


class TicketEvent(FreezableModel):
    """A change of status, assignee or priority, and which agent made it."""

    ticket = TenantForeignKey(Ticket, on_delete=models.CASCADE, related_name="events")
    position = models.PositiveIntegerField()  # in the source's own order
    event_type = models.CharField(max_length=10, choices=EventType)
    from_value = models.CharField(max_length=20, blank=True)  # status or priority
    to_value = models.CharField(max_length=20, blank=True)
    from_agent = TenantForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    to_agent = TenantForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_agent = TenantForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "ticket", "position"], name="ticket_event_unique"
            ),
            models.CheckConstraint(
                condition=Q(event_type__in=EventType.values), name="ticket_event_type"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", name],
                name=f"ticket_event_{name}",
                condition=Q(**{f"{name}__isnull": False}),
            )
            for name in ("actor_agent", "from_agent", "to_agent")
        ]

    def __str__(self) -> str:
        return f"TicketEvent {self.pk}"


class CsatResponse(FreezableModel):
    """A customer's rating. All are kept, the last one counts."""

    ticket = TenantForeignKey(Ticket, on_delete=models.CASCADE, related_name="csat_responses")
    position = models.PositiveIntegerField()
    scale = models.CharField(max_length=10)
    score = models.CharField(max_length=10)
    is_good = models.BooleanField()
    comment = EncryptedField(null=True)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "ticket", "position"], name="csat_response_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"CsatResponse {self.pk}"


class Tag(TenantModel):
    name = models.CharField(max_length=TAG_LENGTH)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="tag_name_unique")
        ]

    def __str__(self) -> str:
        return f"Tag {self.pk}"


class TicketTag(FreezableModel):
    tag = TenantForeignKey(Tag, on_delete=models.CASCADE, related_name="ticket_tags")
    ticket = TenantForeignKey(Ticket, on_delete=models.CASCADE, related_name="ticket_tags")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "ticket", "tag"], name="ticket_tag_unique"
            )
        ]
        indexes = [models.Index(fields=["organisation", "tag", "ticket"], name="ticket_tag_tag")]

    def __str__(self) -> str:
        return f"TicketTag {self.pk}"


class TicketSearch(FreezableModel):
    """Words of the redacted text. The table is UNLOGGED (see its migration): not in a base backup,
    left out of dumps, empty after a crash and rebuilt from what can still be decrypted."""

    ticket = TenantForeignKey(Ticket, on_delete=models.CASCADE, related_name="search_rows")
    words = models.TextField()  # a tsvector; only ever touched by SQL
    active_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "ticket"], name="ticket_search_unique")
        ]
        indexes = [models.Index(fields=["organisation", "-active_at"], name="ticket_search_recent")]

    def __str__(self) -> str:
        return f"TicketSearch {self.pk}"


class TextScan(FreezableModel):
    """What detection found in the texts of one ticket: places and kinds under a keyed digest of
    each text, no words. A text that changed has another digest, so it counts as not checked."""

    ticket = TenantForeignKey(Ticket, on_delete=models.CASCADE, related_name="text_scans")
    findings = models.BinaryField(default=b"\x80")  # see tickets.scans; an empty map
    # Of the detector that read all of the texts; 0: at least one waits for the model.
    version = models.PositiveSmallIntegerField(default=0)
    settings = models.PositiveIntegerField(default=0)  # checksum of the organisation's own rules
    # Grows with every change of the ticket, so that a slow reader cannot miss one.
    edition = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "ticket"], name="text_scan_unique")
        ]
        indexes = [
            # A new version of the detector asks for a migration, and everything is read again.
            models.Index(
                fields=["organisation", "-ticket"],
                name="text_scan_pending",
                condition=Q(version__lt=DETECTION_VERSION),
            ),
            models.Index(fields=["organisation", "settings"], name="text_scan_settings"),
        ]

    def __str__(self) -> str:
        return f"TextScan {self.pk}"


class Mention(FreezableModel):
    """Somebody is mentioned in a ticket: a keyed hash of an address, a number or a name. The
    ticket's own requester and agents are left out: they are known to be there."""

    ticket = TenantForeignKey(Ticket, on_delete=models.CASCADE, related_name="mentions")
    trait_index = models.BinaryField()  # blind index, see privacy.mentions

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "trait_index", "ticket"], name="mention_unique"
            )
        ]
        indexes = [models.Index(fields=["organisation", "ticket"], name="mention_ticket")]

    def __str__(self) -> str:
        return f"Mention {self.pk}"


# Django looks for models here.
from tickets.correcting.models import CorrectedValue  # noqa: E402, F401 - after what it points to

"""What is read of Freshdesk's replies: the allow-list of fields, as typed decoders.

A field that is not declared here is skipped by the decoder and never becomes an object.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from integrations.helpdesks.replies import DECODE_ERRORS

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Requester(msgspec.Struct, kw_only=True):
    id: int
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None


class Stats(msgspec.Struct, kw_only=True):
    """The last time of each; the vendor's API keeps no longer history of a ticket."""

    resolved_at: Instant | None = None
    closed_at: Instant | None = None
    reopened_at: Instant | None = None


class Ticket(msgspec.Struct, kw_only=True):
    """`deleted` stands only where it is true, in some of the replies."""

    id: int
    status: int
    created_at: Instant
    updated_at: Instant
    subject: str | None = None
    description: str | None = None
    description_text: str | None = None
    priority: int | None = None
    source: int | None = None
    requester_id: int | None = None
    responder_id: int | None = None
    group_id: int | None = None
    tags: list[str] | None = None
    custom_fields: dict[str, Any] | None = None
    requester: Requester | None = None
    stats: Stats | None = None
    deleted: bool | None = None

    @property
    def is_gone(self) -> bool:
        """Spam is not: the vendor keeps it for 30 days, in which it can be taken out again."""
        return bool(self.deleted)


class Gone(msgspec.Struct, kw_only=True):
    """A row of the list of deleted tickets: enough for an order to erase."""

    id: int
    created_at: Instant
    updated_at: Instant
    deleted: bool | None = None


class Conversation(msgspec.Struct, kw_only=True):
    """A reply, a note or a forward. What does not say that it is public is private."""

    id: int
    created_at: Instant
    body: str | None = None
    body_text: str | None = None
    user_id: int | None = None
    incoming: bool | None = None
    private: bool = True
    source: int | None = None
    automation_id: int | None = None
    auto_response: bool | None = None


class Rating(msgspec.Struct, kw_only=True):
    id: int
    created_at: Instant
    ticket_id: int
    feedback: str | None = None
    ratings: dict[str, Any] = {}


class Contact(msgspec.Struct, kw_only=True):
    name: str | None = None
    email: str | None = None


class Agent(msgspec.Struct, kw_only=True):
    """`ticket_scope`: 1 sees all tickets, 2 those of their groups, 3 only their own."""

    id: int
    contact: Contact | None = None
    group_ids: list[int] | None = None
    ticket_scope: int | None = None
    type: str | None = None


class Group(msgspec.Struct):
    id: int
    name: str = ""


# Fields of a ticket that are known and left at the source. A field in neither set is counted.
LEFT_AT_SOURCE: Final = frozenset({
    "archived", "associated_tickets_count", "associated_tickets_list", "association_type",
    "attachments", "cc_emails", "company", "company_id", "conversations", "due_by", "email",
    "email_config_id", "facebook_id", "form_id", "fr_due_by", "fr_escalated", "fwd_emails",
    "initial_sentiment_score", "internal_agent_id", "internal_group_id", "is_escalated",
    "lookup_parameter", "name", "nr_due_by", "nr_escalated", "parent_id", "phone", "product_id",
    "related_ticket_ids", "reply_cc_emails", "sentiment_score", "source_additional_info",
    "spam", "structured_description", "support_email", "ticket_bcc_emails", "ticket_cc_emails",
    "to_emails", "twitter_id", "type", "unique_external_id",
})  # fmt: skip
_KNOWN: Final = frozenset(Ticket.__struct_encode_fields__) | LEFT_AT_SOURCE
_MAX_NAME: Final = 64

_keys: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def count_unknown(raw: msgspec.Raw, counts: Counter[str]) -> None:
    """Count the fields of a ticket that nobody here has heard of, by name."""
    try:
        keys = _keys.decode(raw).keys()
    except DECODE_ERRORS:
        return
    for name in keys - _KNOWN:
        counts[name if len(name) <= _MAX_NAME and name.isidentifier() else "(other)"] += 1

"""What is read of Zendesk's replies: the allow-list of fields, as typed decoders.

A field that is not declared here is skipped by the decoder and never becomes an object. Whatever
the vendor may leave out has a default, so that only a value of the wrong kind is a fault.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec

from integrations.helpdesks.replies import DECODE_ERRORS, mend

API: Final = "/api/v2"
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Row = TypeVar("Row")


class Source(msgspec.Struct):
    rel: str | None = None


class Via(msgspec.Struct):
    """How something came about. The channel is a name or the number that stands for it."""

    channel: int | str | None = None
    source: Source | None = None

    @property
    def rel(self) -> str:
        return (self.source.rel if self.source else None) or ""


class User(msgspec.Struct, kw_only=True):
    """`active` false is a deleted user; a suspended one is only blocked and stays a person."""

    id: int
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    role: str | None = None
    active: bool = True
    default_group_id: int | None = None


class Group(msgspec.Struct):
    id: int
    name: str = ""


class TicketField(msgspec.Struct):
    id: int
    title: str = ""


class MetricSet(msgspec.Struct):
    ticket_id: int | None = None
    solved_at: Instant | None = None


class CustomField(msgspec.Struct):
    id: int
    value: Any = None


class SatisfactionRating(msgspec.Struct):
    score: str | None = None
    comment: str | None = None


class Ticket(msgspec.Struct, kw_only=True):
    """A row of the export. `generated_timestamp` is the feed's own clock, in epoch seconds."""

    id: int
    status: str
    created_at: Instant
    updated_at: Instant
    generated_timestamp: int | None = None
    subject: str | None = None
    raw_subject: str | None = None
    description: str | None = None
    priority: str | None = None
    via: Via | None = None
    requester_id: int | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    tags: list[str] = []
    custom_fields: list[CustomField] = []
    satisfaction_rating: SatisfactionRating | None = None
    metric_set: MetricSet | None = None


class AuditEvent(msgspec.Struct, kw_only=True):
    """One of some thirty kinds; `type` says which of the fields mean anything."""

    type: str = ""
    id: int | None = None
    author_id: int | None = None
    via: Via | None = None
    body: str | None = None
    html_body: str | None = None
    plain_body: str | None = None
    public: bool | None = None
    comment_id: int | None = None
    field_name: str | None = None
    value: Any = None
    previous_value: Any = None
    score: str | None = None


class Audit(msgspec.Struct, kw_only=True):
    """One update of a ticket and everything that happened in it."""

    created_at: Instant
    author_id: int | None = None
    via: Via | None = None
    events: list[AuditEvent] = []


_NO_ROWS: Final = msgspec.Raw(b"[]")


class ExportPage(msgspec.Struct, kw_only=True):
    """A page of the incremental export; its rows stay undecoded, so that one bad row harms none."""

    tickets: list[msgspec.Raw]
    end_of_stream: bool
    after_cursor: str | None = None
    users: msgspec.Raw = _NO_ROWS
    groups: msgspec.Raw = _NO_ROWS
    metric_sets: msgspec.Raw = _NO_ROWS


class OneTicket(msgspec.Struct, kw_only=True):
    ticket: msgspec.Raw
    users: msgspec.Raw = _NO_ROWS
    groups: msgspec.Raw = _NO_ROWS
    metric_sets: msgspec.Raw = _NO_ROWS


class Meta(msgspec.Struct):
    has_more: bool = False
    after_cursor: str | None = None


class AuditsPage(msgspec.Struct, kw_only=True):
    audits: list[Audit]
    users: msgspec.Raw = _NO_ROWS
    meta: Meta | None = None


class CommentMarkup(msgspec.Struct):
    """Read only to redact it; it is not stored."""

    id: int
    html_body: str | None = None


class CommentsPage(msgspec.Struct):
    comments: list[CommentMarkup]
    meta: Meta | None = None


class Person(msgspec.Struct):
    """What the search for deleted people needs of a user: no name, no address."""

    id: int
    active: bool = True


class UsersPage(msgspec.Struct, kw_only=True):
    users: list[Person]
    end_of_stream: bool
    after_cursor: str | None = None


class UserList(msgspec.Struct):
    users: list[Person]


class TicketList(msgspec.Struct):
    tickets: list[Ticket]


class GroupsPage(msgspec.Struct):
    groups: list[Group]
    meta: Meta | None = None


class TicketFieldsPage(msgspec.Struct):
    ticket_fields: list[TicketField]
    meta: Meta | None = None


class Me(msgspec.Struct):
    id: int | None = None
    name: str | None = None
    role: str | None = None


class MeReply(msgspec.Struct):
    user: Me


class Job(msgspec.Struct):
    id: str
    status: str = ""
    results: Any = None


class JobReply(msgspec.Struct):
    job_status: Job


# Fields of a ticket that are known and left at the source. A field in neither set is counted.
LEFT_AT_SOURCE: Final = frozenset({
    "allow_attachments", "allow_channelback", "brand_id", "collaborator_ids", "comment_count",
    "custom_status_id", "deleted_ticket_form_id", "due_at", "email_cc_ids", "encoded_id",
    "external_id", "fields", "follower_ids", "followup_ids", "forum_topic_id",
    "from_messaging_channel", "has_incidents", "is_public", "organization_id", "problem_id",
    "recipient", "result_type",
    "satisfaction_probability", "sharing_agreement_ids", "submitter_id", "support_type",
    "ticket_form_id", "type", "url",
})  # fmt: skip
_KNOWN: Final = frozenset(Ticket.__struct_encode_fields__) | LEFT_AT_SOURCE
_MAX_NAME: Final = 64

_export: Final = msgspec.json.Decoder(ExportPage)
_ticket: Final = msgspec.json.Decoder(Ticket)
_keys: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_audits: Final = msgspec.json.Decoder(AuditsPage)


def read_export(body: bytes) -> ExportPage:
    """Raises one of DECODE_ERRORS when the page itself is not what it should be."""
    return _export.decode(mend(body))


def read_ticket(raw: msgspec.Raw) -> Ticket:
    """Raises one of DECODE_ERRORS."""
    return _ticket.decode(raw)


def read_audits(body: bytes) -> AuditsPage:
    """Raises one of DECODE_ERRORS."""
    return _audits.decode(mend(body))


def read_rows(raw: msgspec.Raw, kind: type[Row]) -> list[Row]:
    """The sideloaded rows that can be read; one that cannot is left out."""
    try:
        return msgspec.json.decode(raw, type=list[kind])  # type: ignore[valid-type]  # known when run
    except DECODE_ERRORS:
        return list(_rows_one_by_one(raw, kind))


def _rows_one_by_one(raw: msgspec.Raw, kind: type[Row]) -> list[Row]:
    try:
        parts = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except DECODE_ERRORS:
        return []
    rows = []
    for part in parts:
        try:
            rows.append(msgspec.json.decode(part, type=kind))
        except DECODE_ERRORS:
            continue
    return rows


def count_unknown(raw: msgspec.Raw, counts: Counter[str]) -> None:
    """Count the fields of a ticket that nobody here has heard of, by name."""
    try:
        keys = _keys.decode(raw).keys()
    except DECODE_ERRORS:
        return
    for name in keys - _KNOWN:
        counts[name if len(name) <= _MAX_NAME and name.isidentifier() else "(other)"] += 1

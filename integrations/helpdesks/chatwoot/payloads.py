"""What is read of Chatwoot's replies: the allow-list of fields, as typed decoders.

A field that is not declared here is skipped by the decoder and never becomes an object.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from integrations.base import Problem, Reply, TemporaryError
from integrations.helpdesks.replies import DECODE_ERRORS, fault, mend

Shape = TypeVar("Shape")
# Epoch seconds, with or without a fraction, or either as text.
Moment = int | float | str


class Person(msgspec.Struct, kw_only=True):
    """A contact, a user or a bot; `type` tells the three apart where they share a place."""

    id: int
    name: str | None = None
    email: str | None = None
    phone_number: str | None = None
    type: str | None = None


class Team(msgspec.Struct):
    name: str | None = None


class Meta(msgspec.Struct, kw_only=True):
    sender: Person | None = None
    assignee: Person | None = None
    team: Team | None = None
    channel: str | None = None


class Numbered(msgspec.Struct):
    id: int


class Attributes(msgspec.Struct):
    """What the vendor found out by itself: of browsers, addresses and places only the subject."""

    mail_subject: str | None = None


class Conversation(msgspec.Struct, kw_only=True):
    """`id` counts within the account. `messages` holds the newest message alone."""

    id: int
    status: str
    created_at: Moment
    last_activity_at: Moment
    meta: Meta
    updated_at: Moment | None = None
    priority: str | None = None
    labels: list[str] = []
    additional_attributes: Attributes | None = None
    custom_attributes: dict[str, Any] | None = None
    messages: list[Numbered] = []


class Survey(msgspec.Struct):
    rating: int | None = None
    feedback_message: str | None = None


class Submitted(msgspec.Struct):
    csat_survey_response: Survey | None = None


class ContentAttributes(msgspec.Struct):
    deleted: bool | None = None
    # A list where a form was filled in; an object where a survey was answered.
    submitted_values: Any = None


class Message(msgspec.Struct, kw_only=True):
    """`message_type`: 0 incoming, 1 outgoing, 2 activity, 3 template."""

    id: int
    message_type: int
    created_at: Moment
    content: str | None = None
    content_type: str | None = None
    private: bool | None = None
    sender: Person | None = None
    content_attributes: ContentAttributes | None = None


class Counts(msgspec.Struct):
    all_count: int | None = None


class List(msgspec.Struct):
    """A page of conversations; its rows stay undecoded, so that one bad row harms none."""

    payload: list[msgspec.Raw]
    meta: Counts = msgspec.field(default_factory=Counts)


class ListReply(msgspec.Struct):
    data: List


class MessagesReply(msgspec.Struct):
    payload: list[Message]


class Rated(msgspec.Struct):
    """An answered survey: a hint about a conversation to read again."""

    conversation_id: int


class Membership(msgspec.Struct):
    id: int
    role: str | None = None


class Profile(msgspec.Struct, kw_only=True):
    id: int
    name: str | None = None
    accounts: list[Membership] = []


# Fields of a conversation that are known and left at the source. One in neither set is counted.
LEFT_AT_SOURCE: Final = frozenset({
    "account_id", "agent_last_seen_at", "applied_sla", "assignee_last_seen_at", "can_reply",
    "contact_last_seen_at", "first_reply_created_at", "inbox_id", "last_non_activity_message",
    "muted", "sla_events", "sla_policy_id", "snoozed_until", "timestamp", "unread_count", "uuid",
    "waiting_since",
})  # fmt: skip
_KNOWN: Final = frozenset(Conversation.__struct_encode_fields__) | LEFT_AT_SOURCE
_MAX_NAME: Final = 64


def read(reply: Reply, shape: type[Shape]) -> Shape:
    """Raises one of DECODE_ERRORS."""
    return msgspec.json.decode(mend(reply.body), type=shape)


def decode(reply: Reply, shape: type[Shape]) -> Shape:
    """Raises TemporaryError when the body is not what it should be: a proxy's page, a cut one."""
    try:
        return read(reply, shape)
    except DECODE_ERRORS as error:
        raise TemporaryError(Problem.MALFORMED, fault(error)) from None


def moment(value: Moment) -> datetime:
    """Raises ValueError for what is no time in epoch seconds."""
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (OverflowError, OSError):
        raise ValueError("no time") from None


def survey(message: Message) -> Survey | None:
    """The answer to a survey, if this is one and it was answered."""
    values = message.content_attributes.submitted_values if message.content_attributes else None
    if message.content_type != "input_csat" or not isinstance(values, dict):
        return None
    try:
        return msgspec.convert(values, Submitted).csat_survey_response
    except msgspec.ValidationError:
        return None


def count_unknown(raw: msgspec.Raw, counts: Counter[str]) -> None:
    """Count the fields of a conversation that nobody here has heard of, by name."""
    try:
        names = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).keys()
    except DECODE_ERRORS:
        return
    for name in names - _KNOWN:
        counts[name if len(name) <= _MAX_NAME and name.isidentifier() else "(other)"] += 1

"""What is read of Intercom's replies: the allow-list of fields, as typed decoders.

Times are epoch seconds. Ids are text in one place and a number in another, so both are taken.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec

from integrations.helpdesks.replies import DECODE_ERRORS

Id = int | str
# Up to the end of the year 9999: what is beyond is no time.
Epoch = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]


class Author(msgspec.Struct, kw_only=True):
    """`type`: admin, user, lead, contact, bot, team, or nothing where the network forbids it."""

    type: str | None = None
    id: Id | None = None
    name: str | None = None
    email: str | None = None
    from_ai_agent: bool | None = None
    is_ai_answer: bool | None = None


class Source(msgspec.Struct, kw_only=True):
    """The first message, which is no part. `delivered_as` says whether a person sent it."""

    id: Id | None = None
    type: str | None = None
    delivered_as: str | None = None
    subject: str | None = None
    body: str | None = None
    author: Author | None = None
    redacted: bool | None = None


class Reference(msgspec.Struct, kw_only=True):
    type: str | None = None
    id: Id | None = None


class Part(msgspec.Struct, kw_only=True):
    id: Id
    created_at: Epoch
    part_type: str = ""
    body: str | None = None
    author: Author | None = None
    assigned_to: Reference | None = None
    state: str | None = None
    redacted: bool | None = None


class Parts(msgspec.Struct, kw_only=True):
    """The newest 500 of `total_count`."""

    conversation_parts: list[Part]
    total_count: int = 0


class ContactRef(msgspec.Struct):
    id: Id


class ContactRefs(msgspec.Struct):
    contacts: list[ContactRef] = []


class Tag(msgspec.Struct):
    name: str = ""


class Tags(msgspec.Struct):
    tags: list[Tag] = []


class Rating(msgspec.Struct, kw_only=True):
    rating: int | None = None
    remark: str | None = None
    created_at: Epoch | None = None


class Statistics(msgspec.Struct, kw_only=True):
    last_close_at: Epoch | None = None


class Conversation(msgspec.Struct, kw_only=True):
    id: Id
    created_at: Epoch
    updated_at: Epoch
    conversation_parts: Parts
    title: str | None = None
    state: str | None = None
    priority: str | None = None
    admin_assignee_id: Id | None = None
    team_assignee_id: Id | None = None
    source: Source | None = None
    contacts: ContactRefs | None = None
    tags: Tags | None = None
    conversation_rating: Rating | None = None
    statistics: Statistics | None = None
    custom_attributes: dict[str, Any] | None = None


class Found(msgspec.Struct):
    """A row of a search: which conversation to read, and the feed's clock."""

    id: Id
    updated_at: Epoch


class Next(msgspec.Struct):
    starting_after: str | None = None


class Pages(msgspec.Struct, kw_only=True):
    next: Next | None = None
    total_pages: int | None = None


class SearchReply(msgspec.Struct, kw_only=True):
    conversations: list[msgspec.Raw]
    pages: Pages | None = None


class Deleted(msgspec.Struct):
    id: Id
    deleted_at: Epoch | None = None


class DeletedReply(msgspec.Struct, kw_only=True):
    conversations: list[Deleted]
    total_count: int = 0
    pages: Pages | None = None


class Contact(msgspec.Struct, kw_only=True):
    id: Id
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language_override: str | None = None
    browser_language: str | None = None


class Admin(msgspec.Struct, kw_only=True):
    id: Id
    name: str | None = None
    email: str | None = None
    team_ids: list[Id] | None = None


class Admins(msgspec.Struct):
    admins: list[Admin]


class Team(msgspec.Struct):
    id: Id
    name: str = ""


class Teams(msgspec.Struct):
    teams: list[Team]


class App(msgspec.Struct):
    name: str | None = None


class Me(msgspec.Struct, kw_only=True):
    type: str | None = None
    id: Id | None = None
    name: str | None = None
    app: App | None = None


# Fields of a conversation that are known and left at the source. Others are counted.
LEFT_AT_SOURCE: Final = frozenset({
    "ai_agent", "ai_agent_participated", "ai_subject", "ai_title", "company", "custom_objects",
    "first_contact_reply", "linked_objects", "open", "read", "sla_applied", "snoozed_until",
    "teammates", "ticket", "topics", "type", "waiting_since", "workflow_preview_session_id",
})  # fmt: skip
_KNOWN: Final = frozenset(Conversation.__struct_encode_fields__) | LEFT_AT_SOURCE
_MAX_NAME: Final = 64

_keys: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def count_unknown(body: bytes, counts: Counter[str]) -> None:
    """Count the fields of a conversation that nobody here has heard of, by name."""
    try:
        keys = _keys.decode(body).keys()
    except DECODE_ERRORS:
        return
    for name in keys - _KNOWN:
        counts[name if len(name) <= _MAX_NAME and name.isidentifier() else "(other)"] += 1

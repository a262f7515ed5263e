"""What is read of Zammad's replies: the allow-list of fields, as typed decoders.

A field that is not declared here is skipped by the decoder and never becomes an object.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec

from integrations.base import AuthExpired, Problem, Reply, TemporaryError
from integrations.helpdesks.replies import DECODE_ERRORS, fault, mend
from integrations.helpdesks.replies import expect as expect_status

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Shape = TypeVar("Shape")


class Ticket(msgspec.Struct, kw_only=True):
    """A ticket with the names of what it points to (`expand=true`)."""

    id: int
    state_id: int
    created_at: Instant
    updated_at: Instant
    customer_id: int
    state: str | None = None
    title: str | None = None
    priority_id: int | None = None
    owner_id: int | None = None
    group: str | None = None
    close_at: Instant | None = None
    last_close_at: Instant | None = None
    create_article_type: str | None = None


class Article(msgspec.Struct, kw_only=True):
    id: int
    created_at: Instant
    sender: str | None = None
    type: str | None = None
    internal: bool | None = None
    body: str | None = None
    content_type: str | None = None
    created_by_id: int | None = None
    origin_by_id: int | None = None


class Change(msgspec.Struct, kw_only=True):
    """An entry of a ticket's history. `id_from` and `id_to` are set where a thing was chosen."""

    created_at: Instant
    object: str = ""
    type: str = ""
    attribute: str | None = None
    id_from: int | None = None
    id_to: int | None = None
    created_by_id: int | None = None


class User(msgspec.Struct, kw_only=True):
    id: int
    firstname: str | None = None
    lastname: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    login: str | None = None


class Assets(msgspec.Struct):
    User: dict[str, User] = {}


class History(msgspec.Struct):
    history: list[Change]
    assets: Assets = msgspec.field(default_factory=Assets)


class Tags(msgspec.Struct):
    tags: list[str]


class State(msgspec.Struct):
    id: int
    name: str = ""
    state_type: str | None = None


class _Refusal(msgspec.Struct):
    error: str | None = None


# Fields of a ticket that are known and left at the source. A field in neither set is counted.
LEFT_AT_SOURCE: Final = frozenset({
    "ai_agent_running", "article_count", "article_ids", "articles", "checklist_id",
    "close_diff_in_min", "close_escalation_at", "close_in_min", "create_article_sender",
    "create_article_sender_id", "create_article_type_id", "created_by", "created_by_id", "customer",
    "escalation_at", "first_response_at", "first_response_diff_in_min",
    "first_response_escalation_at", "first_response_in_min", "group_id", "last_contact_agent_at",
    "last_contact_at", "last_contact_customer_at", "last_owner_update_at", "mention_user_ids",
    "mentions", "note", "number", "organization", "organization_id", "owner", "pending_time",
    "preferences", "priority", "referencing_checklist_ids", "ticket_time_accounting",
    "ticket_time_accounting_ids", "time_unit", "type", "update_diff_in_min",
    "update_escalation_at", "update_in_min", "updated_by", "updated_by_id",
})  # fmt: skip
_KNOWN: Final = frozenset(Ticket.__struct_encode_fields__) | LEFT_AT_SOURCE
_MAX_NAME: Final = 64
_FORBIDDEN: Final = 403
_NOT_LOGGED_IN: Final = "authentication required"


def expect(reply: Reply, allowed: frozenset[int] = frozenset({200})) -> Reply:
    """The reply, if its status is one of `allowed`; else raises what the status stands for. The
    vendor answers 403 to strangers as well as to agents without a right; its words tell."""
    if reply.status == _FORBIDDEN and _FORBIDDEN not in allowed and _is_stranger(reply):
        raise AuthExpired(Problem.REVOKED, "The helpdesk no longer knows us.")
    return expect_status(reply, allowed)


def _is_stranger(reply: Reply) -> bool:
    try:
        said = msgspec.json.decode(reply.body, type=_Refusal).error or ""
    except DECODE_ERRORS:
        return False
    return _NOT_LOGGED_IN in said.lower()


def decode(reply: Reply, shape: type[Shape]) -> Shape:
    """Raises TemporaryError when the body is not what it should be: a proxy's page, a cut one."""
    try:
        return read(reply, shape)
    except DECODE_ERRORS as error:
        raise TemporaryError(Problem.MALFORMED, fault(error)) from None


def read(reply: Reply, shape: type[Shape]) -> Shape:
    """Raises one of DECODE_ERRORS."""
    return msgspec.json.decode(mend(reply.body), type=shape)


def count_unknown(raw: msgspec.Raw, counts: Counter[str]) -> None:
    """Count the fields of a ticket that nobody here has heard of: custom ones among them."""
    try:
        names = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).keys()
    except DECODE_ERRORS:
        return
    for name in names - _KNOWN:
        counts[name if len(name) <= _MAX_NAME and name.isidentifier() else "(other)"] += 1

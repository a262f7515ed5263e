"""What is read of Request Tracker's replies: the allow-list of fields, as typed decoders.

The server sends only what is asked for by name, so each struct is also the list that is asked for.
Ids are text in lists and numbers in single objects; here they are text.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec

from integrations.helpdesks.replies import DECODE_ERRORS

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Shape = TypeVar("Shape")


def _as_there(name: str) -> str:
    return name if name == "id" else "".join(part.title() for part in name.split("_"))


class User(msgspec.Struct, kw_only=True, rename=_as_there):
    """As other objects name a user. Unset values are empty."""

    id: int | str
    name: str | None = None
    real_name: str | None = None
    email_address: str | None = None
    mobile_phone: str | None = None
    lang: str | None = None


class Queue(msgspec.Struct, rename=_as_there):
    id: int | str
    name: str | None = None


class CustomField(msgspec.Struct):
    id: int | str
    name: str = ""
    values: list[Any] = []


class Ticket(msgspec.Struct, kw_only=True, rename=_as_there):
    """A row of the search. Times that are not set read as the first second of 1970."""

    id: int | str
    status: str
    created: Instant
    last_updated: Instant
    resolved: Instant | None = None
    subject: str | None = None
    priority: int | str | None = None
    queue: Queue | None = None
    owner: User | None = None
    requestor: list[User] = []
    custom_fields: list[CustomField] = []


class Place(msgspec.Struct, rename=_as_there):
    """Where a row stands in the feed: all that is needed of one that cannot be read whole."""

    id: int | str
    last_updated: Instant


class Birth(msgspec.Struct, rename=_as_there):
    id: int | str
    created: Instant


class Transaction(msgspec.Struct, kw_only=True, rename=_as_there):
    """Something that happened to a ticket. `object_id` is another ticket's where one was merged
    into this."""

    id: int | str
    object_id: int | str
    type: str
    created: Instant
    creator: User | str | None = None
    field: str | None = None
    old_value: str | None = None
    new_value: str | None = None

    @property
    def creator_id(self) -> str:
        """Empty when the server names nobody."""
        return str(self.creator.id) if isinstance(self.creator, User) else ""

    @property
    def ticket_id(self) -> str:
        return str(self.object_id)


class TransactionPlace(msgspec.Struct, rename=_as_there):
    object_id: int | str


class Text(msgspec.Struct, kw_only=True, rename=_as_there):
    """A part of a message. One with a file's name is a file and is not used."""

    id: int | str
    transaction_id: int | str
    content_type: str = ""
    filename: str | None = None
    content: str | None = None


class Rows(msgspec.Struct, kw_only=True):
    """A page of any list. `total` is null where the server filters rows after it has cut pages:
    then neither a short page nor an empty one is the end."""

    items: list[msgspec.Raw]
    count: int
    total: int | None = None


class Numbered(msgspec.Struct):
    id: int | str
    status: str = msgspec.field(default="", name="Status")


class Link(msgspec.Struct):
    ref: str = ""
    id: int | str = ""


ANONYMISED: Final = "anon_"


class WholeUser(msgspec.Struct, kw_only=True, rename=_as_there):
    """A user asked for by number. Whether they are privileged tells agents from customers."""

    name: str | None = None
    real_name: str | None = None
    email_address: str | None = None
    privileged: int | str | bool | None = None

    @property
    def is_agent(self) -> bool:
        return self.privileged in {1, "1"}

    @property
    def is_anonymised(self) -> bool:
        return (self.name or "").startswith(ANONYMISED)


USER_FIELDS: Final = "id,Name,RealName,EmailAddress"
PERSON_FIELDS: Final = f"{USER_FIELDS},MobilePhone,Lang"
TICKET_FIELDS: Final = ",".join(Ticket.__struct_encode_fields__[1:])
TRANSACTION_FIELDS: Final = ",".join(Transaction.__struct_encode_fields__[1:])
TEXT_FIELDS: Final = ",".join(Text.__struct_encode_fields__[1:])
# The server adds these to every row.
_KNOWN: Final = frozenset({*Ticket.__struct_encode_fields__, "type", "_url"})
_MAX_NAME: Final = 64


def read(raw: msgspec.Raw, kind: type[Shape]) -> Shape:
    """Raises one of DECODE_ERRORS."""
    return msgspec.json.decode(raw, type=kind)


def read_or_none(raw: msgspec.Raw, kind: type[Shape]) -> Shape | None:
    try:
        return read(raw, kind)
    except DECODE_ERRORS:
        return None


def count_unknown(raw: msgspec.Raw, counts: Counter[str]) -> None:
    """Count the fields of a ticket that were not asked for, by name."""
    keys = read_or_none(raw, dict[str, msgspec.Raw]) or {}
    for name in keys.keys() - _KNOWN:
        counts[name if len(name) <= _MAX_NAME and name.isidentifier() else "(other)"] += 1

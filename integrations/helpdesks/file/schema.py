"""The import format as typed decoders: the ticket contract, made strict.

The contract says what the product can store; a file must moreover give every time with an offset,
stay within sane sizes and hold no field nobody declared. The decoder checks all of that while it
builds the structs, so a good line costs one pass and no Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Final

import msgspec

from tickets.contracts import (
    AgentRecord,
    AuthorRecord,
    CsatRecord,
    EventRecord,
    MessageRecord,
    PersonRecord,
    TicketRecord,
)

MAX_ID_LENGTH: Final = 120
MAX_PERSON_ID_LENGTH: Final = 320  # some helpdesks use the mail address
MAX_NAME_LENGTH: Final = 500
MAX_SUBJECT_LENGTH: Final = 2_000
MAX_TAG_LENGTH: Final = 120
MAX_LANGUAGE_LENGTH: Final = 35  # RFC 5646, 4.4.1
MAX_MESSAGES: Final = 10_000
MAX_TAGS: Final = 500

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_LENGTH)]
PersonId = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_PERSON_ID_LENGTH)]
Language = Annotated[str, msgspec.Meta(max_length=MAX_LANGUAGE_LENGTH)]
Name = Annotated[str, msgspec.Meta(max_length=MAX_NAME_LENGTH)]
Tag = Annotated[str, msgspec.Meta(max_length=MAX_TAG_LENGTH)]


class FilePerson(PersonRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: PersonId
    name: Name | None = None
    email: Name | None = None
    phone: Name | None = None
    language: Language | None = None


class FileAgent(AgentRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: PersonId
    name: Name | None = None
    email: Name | None = None
    team: Tag | None = None


class FileAuthor(AuthorRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: PersonId | None = None
    name: Name | None = None


class FileMessage(MessageRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Id
    author: FileAuthor
    sent_at: Instant


class FileEvent(
    EventRecord,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"source": "from", "target": "to"},
):
    at: Instant
    source: Name | None = None
    target: Name | None = None
    actor: Name | None = None


class FileCsat(CsatRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at: Instant


class FileTicket(TicketRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Id
    created_at: Instant
    updated_at: Instant
    requester: FilePerson
    messages: Annotated[tuple[FileMessage, ...], msgspec.Meta(max_length=MAX_MESSAGES)]
    subject: Annotated[str, msgspec.Meta(max_length=MAX_SUBJECT_LENGTH)] = ""
    language: Language | None = None
    solved_at: Instant | None = None
    tags: Annotated[tuple[Tag, ...], msgspec.Meta(max_length=MAX_TAGS)] = ()
    assignee: FileAgent | None = None
    events: Annotated[tuple[FileEvent, ...], msgspec.Meta(max_length=MAX_MESSAGES)] = ()
    csat: Annotated[tuple[FileCsat, ...], msgspec.Meta(max_length=MAX_MESSAGES)] = ()
    complete_since: Instant | None = None


class Level:
    """The keys one object of the format may have, and the objects that stand inside it."""

    def __init__(self, struct: type[msgspec.Struct], **inside: Level) -> None:
        self.known: frozenset[str] = frozenset(struct.__struct_encode_fields__)
        self.inside: Mapping[str, Level] = MappingProxyType(inside)


TICKET_LEVEL: Final = Level(
    FileTicket,
    requester=Level(FilePerson),
    assignee=Level(FileAgent),
    messages=Level(FileMessage, author=Level(FileAuthor)),
    events=Level(FileEvent),
    csat=Level(FileCsat),
)

_decoder: Final = msgspec.json.Decoder(FileTicket)


def decode_ticket(line: bytes) -> FileTicket:
    """The ticket of one JSON line.

    Raises msgspec.MsgspecError, ValueError (bytes that are no UTF-8, numbers beyond all measure) or
    RecursionError (objects nested without end).
    """
    return _decoder.decode(line)


def convert_ticket(value: Mapping[str, Any]) -> FileTicket:
    """The ticket of an already decoded object; raises msgspec.ValidationError."""
    return msgspec.convert(value, FileTicket)

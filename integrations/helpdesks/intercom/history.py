"""A conversation's source and parts to messages and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from integrations.helpdesks.intercom.directory import Directory
from integrations.helpdesks.intercom.payloads import Author, Conversation, Part, Source, moment
from integrations.helpdesks.texts import text_of_comment
from tickets.contracts import (
    AuthorRecord,
    AuthorType,
    EventRecord,
    EventType,
    MessageRecord,
    Status,
)

CUSTOMERS: Final = frozenset({"user", "lead", "contact"})
_BOTS: Final = frozenset({"bot", "ai_agent", "operator"})
# Said whether or not words are left of it; the others only where they carry some.
_REPLIES: Final = frozenset({"comment", "quick_reply"})
_NOTES: Final = frozenset({"note", "note_and_reopen", "note_and_unsnooze"})
_REPLIES_WITH_WORDS: Final = frozenset({"close", "open"})
_NOTES_WITH_WORDS: Final = frozenset({"assignment", "assign_and_reopen", "assign_and_unsnooze"})
# What a teammate, and no campaign in their name, has sent first.
_BY_HAND: Final = frozenset({"admin_initiated", None})
_STATES: Final = {
    "close": Status.SOLVED,
    "open": Status.OPEN,
    "note_and_reopen": Status.OPEN,
    "assign_and_reopen": Status.OPEN,
    "snoozed": Status.PENDING,
    "unsnoozed": Status.OPEN,
    "note_and_unsnooze": Status.OPEN,
    "assign_and_unsnooze": Status.OPEN,
    "timer_unsnooze": Status.OPEN,
}


def messages_of(conversation: Conversation, directory: Directory) -> tuple[MessageRecord, ...]:
    """The source, which is no part, and every part in which something was said."""
    found = []
    source = conversation.source
    if source is not None and source.author is not None:
        found.append(_first(conversation, source, source.author, directory))
    for part in _unique(conversation):
        public = _publicity(part)
        if public is None:
            continue
        found.append(
            MessageRecord(
                id=str(part.id),
                author=_record(part.author, directory),
                sent_at=moment(part.created_at),
                public=public,
                text=_text(part.body, redacted=bool(part.redacted)),
            )
        )
    found.sort(key=lambda message: message.sent_at)
    return tuple(found)


def _unique(conversation: Conversation) -> Sequence[Part]:
    parts = {str(part.id): part for part in conversation.conversation_parts.conversation_parts}
    return list(parts.values())


def _first(
    conversation: Conversation, source: Source, author: Author, directory: Directory
) -> MessageRecord:
    record = _record(author, directory)
    if record.type is AuthorType.AGENT and source.delivered_as not in _BY_HAND:
        record = AuthorRecord(type=AuthorType.SYSTEM)
    return MessageRecord(
        id=f"source-{source.id or conversation.id}",
        author=record,
        sent_at=moment(conversation.created_at),
        public=True,
        text=_text(source.body, redacted=bool(source.redacted)),
    )


def _publicity(part: Part) -> bool | None:
    """Whether the customer sees it; None for what is no message."""
    if part.part_type in _REPLIES:
        return True
    if part.part_type in _NOTES:
        return False
    if not part.body:
        return None
    if part.part_type in _REPLIES_WITH_WORDS:
        return True
    return False if part.part_type in _NOTES_WITH_WORDS else None


def _text(body: str | None, *, redacted: bool) -> str:
    """Plain text is asked for; markup that comes all the same is taken off."""
    text = (body or "").strip()
    if redacted:
        return ""
    is_markup = text.startswith("<") and text.endswith(">")
    return text_of_comment(None, text if is_markup else None, text)


def _record(author: Author | None, directory: Directory) -> AuthorRecord:
    kind = kind_of(author, directory)
    if author is None or author.id is None or kind is AuthorType.SYSTEM:
        return AuthorRecord(type=kind)
    return AuthorRecord(type=kind, id=str(author.id), name=author.name or None)


def kind_of(author: Author | None, directory: Directory) -> AuthorType:
    """What an AI answered in a teammate's name is a bot's. A team is nobody."""
    if author is None:
        return AuthorType.SYSTEM
    is_program = author.from_ai_agent or author.is_ai_answer or str(author.id) in directory.bots
    if author.type in _BOTS or is_program:
        return AuthorType.BOT
    if author.type in CUSTOMERS:
        return AuthorType.CUSTOMER
    return AuthorType.AGENT if author.type == "admin" else AuthorType.SYSTEM


def events_of(conversation: Conversation, directory: Directory) -> tuple[EventRecord, ...]:
    """Changes of state and of teammate, oldest first, each with what was before."""
    found: list[EventRecord] = []
    status, holder = Status.OPEN, None
    for part in sorted(_unique(conversation), key=lambda part: part.created_at):
        at, actor = moment(part.created_at), _actor(part.author, directory)
        if part.assigned_to is not None:
            target = _admin(part)
            if target != holder:
                kind = EventType.ASSIGNMENT
                found.append(
                    EventRecord(type=kind, at=at, source=holder, target=target, actor=actor)
                )
            holder = target
        following = _state(part, status, directory)
        if following != status:
            kind = EventType.STATUS
            found.append(
                EventRecord(type=kind, at=at, source=status, target=following, actor=actor)
            )
        status = following
    return tuple(found)


def _admin(part: Part) -> str | None:
    """None for a team, and for nobody."""
    held = part.assigned_to
    is_admin = held is not None and held.type == "admin" and held.id
    return str(held.id) if held is not None and is_admin else None


def _state(part: Part, status: Status, directory: Directory) -> Status:
    """A customer who writes again opens the conversation without a part that says so."""
    by_customer = kind_of(part.author, directory) is AuthorType.CUSTOMER
    if part.part_type in _REPLIES and by_customer and part.state == "open":
        return Status.OPEN
    return _STATES.get(part.part_type, status)


def _actor(author: Author | None, directory: Directory) -> str:
    kind = kind_of(author, directory)
    if kind is AuthorType.AGENT and author is not None and author.id is not None:
        return str(author.id)
    return "system" if kind is AuthorType.AGENT else kind.value

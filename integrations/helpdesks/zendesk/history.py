"""A ticket's audits to messages, events and the rating.

The audits hold everything that happened, comments included, so one call a ticket is enough for the
whole snapshot. They are re-read whole: a redaction edits the old comment in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from integrations.helpdesks.texts import text_of_comment
from integrations.helpdesks.zendesk.directory import Directory
from integrations.helpdesks.zendesk.payloads import Audit, AuditEvent, Ticket, Via
from tickets.contracts import (
    AuthorRecord,
    AuthorType,
    CsatRecord,
    CsatScale,
    EventRecord,
    EventType,
    MessageRecord,
    Priority,
    Status,
)

_COMMENTS: Final = frozenset({"Comment", "VoiceComment", "FacebookComment", "Tweet"})
_ALWAYS_PUBLIC: Final = frozenset({"FacebookComment", "Tweet"})
_CHANGES: Final = frozenset({"Change", "Create"})
_RULE: Final = frozenset({"rule", 8})
_MERGE: Final = frozenset({"merge", 19})
_BOTS: Final = frozenset({
    "answer_bot", "answer_bot_api", "answer_bot_for_agents", "answer_bot_for_sdk",
    "answer_bot_for_slack", "answer_bot_for_web_widget", "automatic_solution_suggestions", "bot",
})  # fmt: skip
_FIELDS: Final = {
    "status": EventType.STATUS,
    "assignee_id": EventType.ASSIGNMENT,
    "priority": EventType.PRIORITY,
}
_STATUSES: Final = frozenset(Status)
_PRIORITIES: Final = frozenset(Priority)
_NOT_YET_WORKED_ON: Final = frozenset({Status.NEW, Status.OPEN})


def is_merge(via: Via | None) -> bool:
    return via is not None and (via.rel == "merge" or via.channel in _MERGE)


def messages_of(
    ticket: Ticket, audits: Sequence[Audit], directory: Directory
) -> tuple[MessageRecord, ...]:
    """Every comment, oldest first. Comments of a merge are the system's: nobody wrote them."""
    published = {
        event.comment_id: event.public
        for audit in audits
        for event in audit.events
        if event.type == "CommentPrivacyChange" and event.public is not None
    }
    found = []
    for audit, event in _events(audits):
        if event.type not in _COMMENTS or event.id is None:
            continue
        public = published.get(event.id, event.public)
        public = event.type in _ALWAYS_PUBLIC if public is None else public
        found.append(
            MessageRecord(
                id=str(event.id),
                author=_author(ticket, audit, event, directory, public=public),
                sent_at=audit.created_at,
                public=public,
                text=text_of_comment(event.plain_body, event.html_body, event.body),
            )
        )
    found.sort(key=lambda message: message.sent_at)
    return tuple(found)


def _events(audits: Sequence[Audit]) -> Iterator[tuple[Audit, AuditEvent]]:
    for audit in audits:
        for event in audit.events:
            yield audit, event


def _author(
    ticket: Ticket, audit: Audit, event: AuditEvent, directory: Directory, *, public: bool
) -> AuthorRecord:
    via = event.via or audit.via
    user_id = event.author_id if event.author_id is not None else audit.author_id
    kind = _kind_of_author(ticket, user_id, via, directory, public=public)
    if user_id is None or user_id <= 0 or kind is AuthorType.SYSTEM:
        return AuthorRecord(type=kind)
    return AuthorRecord(type=kind, id=str(user_id), name=directory.name(user_id))


def _kind_of_author(
    ticket: Ticket, user_id: int | None, via: Via | None, directory: Directory, *, public: bool
) -> AuthorType:
    channel = via.channel if via else None
    if channel in _BOTS or user_id in directory.bots:
        return AuthorType.BOT
    if user_id is None or user_id <= 0 or channel in _RULE or is_merge(via):
        return AuthorType.SYSTEM
    if user_id == ticket.requester_id:
        return AuthorType.CUSTOMER
    is_agent = directory.is_agent(user_id)
    # Only agents write notes; a public message of somebody unknown is never an agent's credit.
    if is_agent is None:
        is_agent = not public
    return AuthorType.AGENT if is_agent else AuthorType.CUSTOMER


def events_of(
    ticket: Ticket, audits: Sequence[Audit], directory: Directory
) -> tuple[EventRecord, ...]:
    """Changes of status, assignee and priority, oldest first; what a merge did is left out."""
    found = []
    for audit, event in _events(audits):
        kind = _FIELDS.get(event.field_name or "") if event.type in _CHANGES else None
        if kind is None or is_merge(event.via or audit.via):
            continue
        source, target = _value(kind, event.previous_value), _value(kind, event.value)
        if event.type == "Create":
            source = None
            if not _begins_with(kind, target):
                continue
        if source == target or (target is None and kind is not EventType.ASSIGNMENT):
            continue
        actor = _actor(ticket, audit, event, directory)
        found.append(
            EventRecord(type=kind, at=audit.created_at, source=source, target=target, actor=actor)
        )
    found.sort(key=lambda event: event.at)
    return tuple(found)


def _begins_with(kind: EventType, target: str | None) -> bool:
    """Whether a value that a ticket was created with tells something: who had it first, or that it
    was created as solved (a call that was written up afterwards)."""
    if kind is EventType.ASSIGNMENT:
        return target is not None
    return kind is EventType.STATUS and target not in _NOT_YET_WORKED_ON


def _value(kind: EventType, value: Any) -> str | None:
    """Ids come as text or number; what is no value of ours is None."""
    if value is None or isinstance(value, bool | float | list | dict):
        return None
    text = str(value)
    if kind is EventType.ASSIGNMENT:
        return text if text.isdecimal() and text != "0" else None
    return text if text in (_STATUSES if kind is EventType.STATUS else _PRIORITIES) else None


def _actor(ticket: Ticket, audit: Audit, event: AuditEvent, directory: Directory) -> str:
    via = event.via or audit.via
    if via is not None and via.channel in _RULE:
        return via.rel if via.rel in {"trigger", "automation"} else "system"
    user_id = audit.author_id
    if user_id is None or user_id <= 0:
        return "system"
    if user_id in directory.bots:
        return "bot"
    if user_id == ticket.requester_id or not directory.is_agent(user_id):
        return "customer"
    return str(user_id)


def rating_of(ticket: Ticket, audits: Sequence[Audit]) -> tuple[CsatRecord, ...]:
    """The rating that stands. `offered` and `unoffered` are the vendor's words for none.

    The ticket does not say when it was given; the audits do. Where they do not, the last update is
    the latest it can have been.
    """
    rating = ticket.satisfaction_rating
    score = _score(rating.score if rating else None)
    if rating is None or score is None:
        return ()
    at, said = ticket.updated_at, rating.comment
    for moment, verdict, comment in _ratings(audits):
        if verdict == score:
            at, said = moment, rating.comment or comment or said
    return (CsatRecord(score=score, scale=CsatScale.GOOD_BAD, at=at, comment=said or None),)


def _ratings(audits: Sequence[Audit]) -> Iterator[tuple[datetime, str | None, str | None]]:
    for audit, event in _events(audits):
        if event.type in _CHANGES and event.field_name == "satisfaction_score":
            value = event.value if isinstance(event.value, str) else None
            yield audit.created_at, _score(value), None
        elif event.type == "SatisfactionRating":
            yield audit.created_at, _score(event.score), event.body


def _score(value: str | None) -> str | None:
    """`good` or `bad`, also of forms such as `good_with_comment`."""
    word = (value or "").lower()
    return next((verdict for verdict in ("good", "bad") if word.startswith(verdict)), None)

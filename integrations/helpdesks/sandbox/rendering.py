"""A ticket of the sandbox as Zendesk would show it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from integrations.helpdesks.sandbox.people import BOT_ID, group_of, number_of
from tickets.contracts import (
    AuthorType,
    Channel,
    CsatRecord,
    CsatVerdict,
    EventRecord,
    EventType,
    MessageRecord,
    TicketRecord,
)

LANGUAGE_FIELD: Final = 31_001
FIELDS: Final = msgspec.json.encode([
    {"id": LANGUAGE_FIELD, "title": "Language", "type": "tagger", "active": True},
])  # fmt: skip
_CHANNELS: Final = {
    Channel.EMAIL: "email",
    Channel.CHAT: "chat",
    Channel.MESSAGING: "native_messaging",
    Channel.PHONE: "voice",
    Channel.WEB: "web",
    Channel.SOCIAL: "facebook",
}
_FIELD_NAMES: Final = {
    EventType.STATUS: "status",
    EventType.ASSIGNMENT: "assignee_id",
    EventType.PRIORITY: "priority",
}
_IDS_A_TICKET: Final = 10_000
_FIRST_COMMENT: Final = 5_000
_RULE: Final = {"channel": "rule", "source": {"from": {}, "to": {}, "rel": "trigger"}}
_MERGE: Final = {"channel": "web", "source": {"from": {}, "to": {}, "rel": "merge"}}
_BOT: Final = {"channel": "answer_bot_api", "source": {"from": {}, "to": {}, "rel": None}}
MERGE_AUTHOR: Final = "merge"

_encode: Final = msgspec.json.Encoder().encode


def comment_id(ticket_id: int, position: int) -> int:
    """`position` counts a ticket's messages from 0."""
    return ticket_id * _IDS_A_TICKET + _FIRST_COMMENT + position


def ticket_row(
    ticket_id: int, record: TicketRecord, stamp: int, *, deleted: bool, scrubbed: bool
) -> bytes:
    """A row of the export. `stamp` is the feed's clock, in epoch seconds."""
    description = record.messages[0].text if record.messages else ""
    subject = record.subject
    if scrubbed:
        subject, description = "SCRUBBED", "X"
    row: dict[str, Any] = {
        "id": ticket_id,
        "url": f"https://sandbox.example/api/v2/tickets/{ticket_id}.json",
        "external_id": None,
        "via": _via(_CHANNELS[record.channel]),
        "created_at": _time(record.created_at),
        "updated_at": _time(record.updated_at),
        "generated_timestamp": stamp,
        "type": "question",
        "subject": subject,
        "raw_subject": subject,
        "description": description,
        "priority": record.priority,
        "status": "deleted" if deleted else record.status,
        "recipient": None,
        "requester_id": number_of(record.requester.id),
        "submitter_id": number_of(record.requester.id),
        "assignee_id": number_of(record.assignee.id) if record.assignee else None,
        "organization_id": None,
        "group_id": group_of(record.assignee),
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "forum_topic_id": None,
        "problem_id": None,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": record.tags,
        "custom_fields": [{"id": LANGUAGE_FIELD, "value": None if scrubbed else record.language}],
        "satisfaction_rating": _rating(record),
        "sharing_agreement_ids": [],
        "custom_status_id": 1,
        "followup_ids": [],
        "ticket_form_id": 41,
        "brand_id": 51,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": record.channel is Channel.MESSAGING,
    }
    return _encode(row)


def metric_set(ticket_id: int, record: TicketRecord) -> bytes:
    return _encode({
        "id": ticket_id + 1_000_000,
        "ticket_id": ticket_id,
        "created_at": _time(record.created_at),
        "updated_at": _time(record.updated_at),
        "reopens": 0,
        "replies": sum(one.author.type is AuthorType.AGENT for one in record.messages),
        "solved_at": _time(record.solved_at) if record.solved_at else None,
    })  # fmt: skip


def _rating(record: TicketRecord) -> dict[str, Any]:
    if not record.csat:
        return {"score": "unoffered"}
    last = record.csat[-1]
    return {"id": 77, "score": _score(last), "comment": last.comment}


def _score(rating: CsatRecord) -> str:
    return "good" if rating.verdict is CsatVerdict.GOOD else "bad"


def audits_of(ticket_id: int, record: TicketRecord) -> list[dict[str, Any]]:
    """Every act as an audit of its own, oldest first; the first also sets the ticket up."""
    acts = [
        *((message.sent_at, 1, _comment(ticket_id, n, message))
          for n, message in enumerate(record.messages)),
        *((event.at, 2, _change(event)) for event in record.events),
        *((rating.at, 3, _rated(rating, record)) for rating in record.csat),
    ]  # fmt: skip
    acts.sort(key=lambda act: act[:2])
    first = {"author_id": number_of(record.requester.id), "events": list(_creation(record))}
    audits = [_audit(ticket_id, 0, record.created_at, first)]
    audits += [_audit(ticket_id, n, act[0], act[2]) for n, act in enumerate(acts, 1)]
    return audits


def _audit(ticket_id: int, position: int, at: datetime, act: dict[str, Any]) -> dict[str, Any]:
    audit_id = ticket_id * _IDS_A_TICKET + position
    for number, event in enumerate(act["events"]):
        event.setdefault("id", audit_id * 10 + number)
    return {
        "id": audit_id,
        "ticket_id": ticket_id,
        "created_at": _time(at),
        "metadata": {"system": {}, "custom": {}},
        "via": _via("web"),
        **act,
    }


def _creation(record: TicketRecord) -> Iterator[dict[str, Any]]:
    for name, value in (("status", "new"), ("subject", record.subject), ("priority", "normal")):
        yield {"type": "Create", "field_name": name, "value": value}


def comment_rows(ticket_id: int, record: TicketRecord) -> list[dict[str, Any]]:
    """What the list of comments shows: the same, without the changes."""
    rows = []
    for position, message in enumerate(record.messages):
        act = _comment(ticket_id, position, message)
        rows.append({**act["events"][0], "created_at": _time(message.sent_at)})
    return rows


def _comment(ticket_id: int, position: int, message: MessageRecord) -> dict[str, Any]:
    author = message.author
    author_id = BOT_ID if author.type is AuthorType.BOT else number_of(author.id or "")
    markup = html.escape(message.text, quote=False).replace("\n", "<br>")
    event: dict[str, Any] = {
        "id": comment_id(ticket_id, position),
        "type": "Comment",
        "author_id": author_id,
        "body": message.text,
        "html_body": f'<div class="zd-comment" dir="auto">{markup}</div>',
        "plain_body": message.text,
        "public": message.public,
        "attachments": [],
        "audit_id": ticket_id * _IDS_A_TICKET + position,
    }
    via = _via("web")
    if author.type is AuthorType.BOT:
        via = _BOT
    elif author.id == MERGE_AUTHOR:
        via = _MERGE
    return {"author_id": author_id, "via": via, "events": [event]}


def _change(event: EventRecord) -> dict[str, Any]:
    before, after = event.source, event.target
    if event.type is EventType.ASSIGNMENT:
        before = str(number_of(before)) if before else None
        after = str(number_of(after)) if after else None
    change = {
        "type": "Change",
        "field_name": _FIELD_NAMES[event.type],
        "previous_value": before,
        "value": after,
    }
    act: dict[str, Any] = {"author_id": number_of(event.actor or ""), "events": [change]}
    if event.actor == MERGE_AUTHOR:
        act["via"] = _MERGE
    elif event.actor == "system":
        act["via"] = _RULE
    return act


def _rated(rating: CsatRecord, record: TicketRecord) -> dict[str, Any]:
    score = {
        "type": "Change",
        "field_name": "satisfaction_score",
        "previous_value": "offered",
        "value": _score(rating),
    }
    return {"author_id": number_of(record.requester.id), "events": [score]}


def _via(channel: str) -> dict[str, Any]:
    return {"channel": channel, "source": {"from": {}, "to": {}, "rel": None}}


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

"""What a customer handed over, as another Kaizo takes it in: one conversation a line, in the format
of the file import (GDPR Art. 20(1)). Only their own words, ratings and contact details."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from privacy import api as privacy
from tickets.contracts import AuthorType
from tickets.copies import Conversations
from tickets.ingest.people import Profile
from tickets.ingest.rows import BODY, COMMENT, TITLE
from tickets.models import CsatResponse, Ticket


class OwnConversations(privacy.RowSection):
    """Conversations that the person began, each with what they wrote in it."""

    name = "conversations"
    given_under = "ticket_content"
    columns = (
        "id", "subject", "channel", "status", "created_at", "updated_at", "requester", "messages",
        "csat",
    )  # fmt: skip

    @property
    def title(self) -> str:
        return _("conversations, to be taken in by another Kaizo")

    def records(
        self, asker: privacy.Asker, ids: Sequence[int]
    ) -> Mapping[int, tuple[dict[str, Any], Mapping[str, int]]]:
        found = Conversations(asker, ids)
        ratings = _ratings(ids)
        return {key: _Line(found, key, ratings[key]).record() for key in found.reader.tickets}

    def rows(self, asker: privacy.Asker) -> QuerySet[Ticket]:
        rows: QuerySet[Ticket] = Ticket.objects.filter(subject_id__in=asker.customers)
        return rows


class _Line:
    """One conversation as the import format has it."""

    def __init__(
        self, found: Conversations, key: int, ratings: Sequence[Mapping[str, Any]]
    ) -> None:
        self.found, self.key, self.ratings = found, key, ratings
        self.ticket = found.reader.tickets[key]
        self.removed: Counter[str] = Counter()

    def record(self) -> tuple[dict[str, Any], Mapping[str, int]]:
        ticket = self.ticket
        record = {
            "id": ticket["external_id"],
            "subject": self._text(TITLE, self.key, ticket["title"]) or "",
            "channel": ticket["channel"],
            "status": ticket["status"],
            "created_at": _moment(ticket["created_at"]),
            "updated_at": _moment(ticket["updated_at"]),
            "requester": self._requester(),
            "messages": list(self._messages()),
            "csat": [self._rating(each) for each in self.ratings],
        }
        return record, dict(self.removed)

    def _requester(self) -> dict[str, str]:
        known = self.found.reader.cast.customers.get(self.ticket["requester_id"])
        profile = known or Profile(id=str(self.ticket["requester_id"]))
        values = {name: getattr(profile, name) for name in ("id", "name", "email", "phone")}
        return {name: value for name, value in values.items() if value}

    def _messages(self) -> Iterable[dict[str, Any]]:
        author = {"type": AuthorType.CUSTOMER.value, "id": self._requester()["id"]}
        for message in self.found.reader.messages[self.key]:
            if message["author_type"] == AuthorType.CUSTOMER and self.found.wrote(message):
                text = self._text(BODY, message["id"], message["body"])
                if text is not None:
                    yield {
                        "id": str(message["id"]),
                        "author": author,
                        "sent_at": _moment(message["sent_at"]),
                        "public": True,
                        "text": text,
                    }

    def _rating(self, given: Mapping[str, Any]) -> dict[str, Any]:
        score = given["score"]
        return {
            "score": int(score) if score.isdecimal() else score,
            "scale": given["scale"],
            "at": _moment(given["at"]),
            "comment": self._text(COMMENT, given["id"], given["comment"]),
        }

    def _text(self, field: str, row: int, stored: Any) -> str | None:
        """None when there is none, or it was permanently erased. Raises NotReadYet."""
        if stored is None:
            return None
        shared = self.found.shared(self.key, field, row, stored, is_own=True)
        if shared is None:
            return None
        self.removed.update(shared.removed)
        return shared.text


def _ratings(ticket_ids: Sequence[int]) -> Mapping[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = CsatResponse.objects.filter(ticket_id__in=ticket_ids).order_by("ticket_id", "position")
    for row in rows.values("id", "ticket_id", "scale", "score", "comment", "at"):
        found[row["ticket_id"]].append(row)
    return found


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def register() -> None:
    privacy.add_section(OwnConversations())

"""Reads the texts of tickets for personal data, in two steps.

Right behind ingest the rules read (patterns, known people, cues), some 2,000 messages in a second
of one processor. The model follows in batches of its own queue. Until it has read a text, the text
is in no search, is shown to nobody but its handlers, and goes nowhere.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef

from kaizo.core.tenancy import tenant_scope
from privacy import api as privacy
from tickets import mentions, scans, search
from tickets.conversations import Reader
from tickets.ingest.rows import BODY, COMMENT, TITLE
from tickets.models import CsatResponse, TextScan, Ticket

MOST_ASKED = 10_000
BATCH = 40  # tickets: about a second of the model's time
Words = Mapping[str, list[privacy.Word]]


def check(
    *, organisation_id: int, ticket_ids: Sequence[int], words: Words | None = None
) -> list[int]:
    """Read these tickets' texts by the rules and by what the model made of them: `words`, or else
    what is remembered. Stores what was found and the search rows of those that are complete now,
    whose ids it returns. Idempotent. In the tenant's scope."""
    desk = _Desk(organisation_id, ticket_ids)
    complete = desk.read(words)
    search.index(organisation_id=organisation_id, ticket_ids=complete)
    return complete


def check_pending(*, organisation_id: int, seconds: float) -> bool:
    """Let the model read what waits for it, the latest first, for about so long; whether some is
    left. Opens its own scopes: nothing is locked while the model reads. Raises
    DetectionUnavailable."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with tenant_scope(organisation_id):
            ids = _pending()
            texts = _Desk(organisation_id, ids).waiting() if ids else []
        if not ids:
            return False
        words = privacy.guess_and_remember(organisation_id, texts)
        with tenant_scope(organisation_id):
            check(organisation_id=organisation_id, ticket_ids=ids, words=words)
    return True


def _pending() -> list[int]:
    waiting = TextScan.objects.filter(version__lt=privacy.DETECTION_VERSION)
    return list(waiting.order_by("-ticket_id").values_list("ticket_id", flat=True)[:BATCH])


def ask_again(*, organisation_id: int) -> int:
    """Have everything read anew that was read by other rules than the organisation's present
    ones, and what nobody has asked for; how many tickets have to be read again. Idempotent. In
    the tenant's scope."""
    now = scans.rules_of(organisation_id).checksum
    unread = Ticket.objects.filter(~Exists(TextScan.objects.filter(ticket=OuterRef("pk"))))
    scans.ask_for(organisation_id, list(unread.values_list("pk", flat=True)[:MOST_ASKED]))
    read = TextScan.objects.filter(version__gt=0)
    return int(
        read.filter(settings__lt=now).update(version=0)
        + read.filter(settings__gt=now).update(version=0)
    )


class _Desk:
    """Some tickets with their texts, and what is known of them."""

    def __init__(self, organisation_id: int, ticket_ids: Sequence[int]) -> None:
        self.organisation_id = organisation_id
        self.reader = Reader(organisation_id, ticket_ids)
        self.scans = self.reader.scans
        self.rules = self.reader.rules
        self.texts = self._texts()

    def _texts(self) -> dict[int, list[str]]:
        """Every text of each ticket; none of a ticket whose key is destroyed."""
        reader = self.reader
        texts: dict[int, list[str]] = {}
        for key, ticket in reader.tickets.items():
            found = [reader.decrypt(ticket, TITLE, key, ticket["title"])]
            found += [
                reader.decrypt(ticket, BODY, m["id"], m["body"]) for m in reader.messages[key]
            ]
            texts[key] = [text for text in found if text]
        rated = CsatResponse.objects.filter(ticket_id__in=list(texts), comment__isnull=False)
        for key, row_id, comment in rated.values_list("ticket_id", "pk", "comment"):
            if text := reader.decrypt(reader.tickets[key], COMMENT, row_id, comment):
                texts[key].append(text)
        return texts

    def waiting(self) -> list[str]:
        """The texts that the model has not read."""
        return [
            text
            for key, texts in self.texts.items()
            for text in texts
            if text.strip() and not self._valid(self.scans.finding(key, text))
        ]

    def _valid(self, finding: scans.Finding | None) -> bool:
        return (
            finding is not None
            and finding.version == privacy.DETECTION_VERSION
            and finding.settings == self.rules.checksum
        )

    def read(self, words: Words | None) -> list[int]:
        if words is None:
            words = privacy.guessed_words(self.organisation_id, self.waiting())
        findings: dict[int, scans.Findings] = {}
        mentioned: list[tuple[int, bytes]] = []
        for key in self.texts.keys() & self.scans.editions.keys():
            findings[key], strangers = self._read_ticket(key, words)
            indexes = mentions.indexes_of(self.organisation_id, strangers)
            mentioned += [(key, index) for index in indexes]
        complete = [
            key for key, found in findings.items() if all(f.version for f in found.values())
        ]
        scans.keep(
            self.organisation_id, self.rules.checksum, findings, self.scans.editions, complete
        )
        mentions.keep(self.organisation_id, list(findings), mentioned)
        return complete

    def _read_ticket(
        self, key: int, words: Words
    ) -> tuple[scans.Findings, list[tuple[str, privacy.Span]]]:
        """The findings in one ticket's texts, and who is mentioned that it does not know."""
        redactor = self.reader.redactor(self.reader.tickets[key])
        findings: scans.Findings = {}
        strangers: list[tuple[str, privacy.Span]] = []
        for text in self.texts[key]:
            if not text.strip():
                continue
            finding = self.scans.finding(key, text)
            if finding is None or not self._valid(finding):
                finding = self._found(redactor, text, words.get(text))
            findings[self.scans.key(text)] = finding
            shown = redactor.show(text, privacy.unpack_spans(finding.spans))
            strangers += [(text, s) for s in shown.spans if redactor.is_stranger(text, s)]
        return findings, strangers

    def _found(
        self, redactor: privacy.Redactor, text: str, words: list[privacy.Word] | None
    ) -> scans.Finding:
        spans = redactor.redact(text, words or ()).spans
        version = 0 if words is None else privacy.DETECTION_VERSION
        return scans.Finding(version, self.rules.checksum, privacy.pack_spans(spans))

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
from stdnum import iban

from integrations.demo.cast import AGENTS, make_iban
from integrations.demo.generator import WEEKS, generate
from integrations.demo.scripts import LANGUAGES, phrases, scripts
from integrations.helpdesks.file.reader import Parsed, TicketFile
from tickets.contracts import Status, TicketRecord

NOW = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
DEMO = list(generate(400, now=NOW))


def as_bytes(records: list[TicketRecord]) -> bytes:
    encoder = msgspec.json.Encoder()
    return b"".join(encoder.encode(record) + b"\n" for record in records)


def test_the_same_seed_gives_the_same_tickets():
    assert as_bytes(DEMO) == as_bytes(list(generate(400, now=NOW)))
    assert as_bytes(DEMO) != as_bytes(list(generate(400, now=NOW, seed=2)))


def test_every_generated_ticket_passes_the_strict_reader():
    with TicketFile(io.BytesIO(as_bytes(DEMO)), now=NOW) as tickets:
        items = list(tickets)
    assert len(items) == len(DEMO)
    assert all(isinstance(item, Parsed) for item in items)
    assert not tickets.notes.dropped


def test_tickets_lie_in_the_weeks_before_now_in_order():
    created = [record.created_at for record in DEMO]
    assert created == sorted(created)
    assert created[0] >= NOW - timedelta(weeks=WEEKS, days=1)
    assert all(record.updated_at <= NOW for record in DEMO)
    assert len({record.id for record in DEMO}) == len(DEMO)


def test_the_demo_shows_every_kind_of_life():
    assert {record.status for record in DEMO} >= {
        Status.NEW,
        Status.OPEN,
        Status.PENDING,
        Status.SOLVED,
        Status.CLOSED,
    }
    assert {record.language for record in DEMO} == set(LANGUAGES)
    assert {record.assignee.id for record in DEMO if record.assignee} == {
        agent.record.id for agent in AGENTS
    }
    reopened = [
        r for r in DEMO if any(e.source == "solved" and e.target == "open" for e in r.events)
    ]
    assert reopened
    assert any(rating.comment for record in DEMO for rating in record.csat)


def test_every_address_is_reserved_for_examples():
    people = [record.requester for record in DEMO] + [agent.record for agent in AGENTS]
    assert all(person.email.endswith(".example") for person in people)


def test_bank_accounts_have_right_check_digits():
    rng = Random(1)  # noqa: S311 - nothing secret
    assert all(
        iban.is_valid(make_iban(rng, language), check_country=False)
        for language in LANGUAGES
        for _ in range(20)
    )


def test_no_text_keeps_an_unfilled_placeholder():
    texts = [record.subject for record in DEMO]
    texts += [message.text for record in DEMO for message in record.messages]
    assert not [text for text in texts if "{" in text or "}" in text]


def test_every_language_has_all_phrases():
    kinds = {language: set(phrases(language)) for language in LANGUAGES}
    assert kinds["en"] == kinds["nl"] == kinds["de"]
    assert all(scripts(language) for language in LANGUAGES)

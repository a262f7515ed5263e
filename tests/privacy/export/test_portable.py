"""What somebody takes along keeps to its own schema, and another Kaizo takes it in."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from tests import factories
from tests.privacy.export import copies
from tests.privacy.rights import erasures
from tickets.models import Agent, CsatResponse, Customer, Message, Ticket

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Where is the parcel that I ordered for neighbour@street.example?"


@pytest.fixture
def opened(organisation: Organisation) -> copies.Opened:
    """What a customer with three conversations takes along."""
    first, *more = erasures.records(3)
    erasures.ingest(organisation, erasures.saying(first, WORDS), *more)
    erasures.ingest(organisation, *erasures.records(1, customer=2))
    factories.check_texts(organisation)
    subject_id = erasures.customer_of(organisation, first).subject_id
    return copies.opened(organisation, copies.make(organisation, subject_id, kind="portability"))


def test_every_file_keeps_to_its_own_schema(opened: copies.Opened) -> None:
    names = [name.removesuffix(".schema.json") for name in opened.files if ".schema." in name]
    assert "conversations" in names
    for name in names:
        schema = opened.json(f"{name}.schema.json")
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema).validate(opened.json(f"{name}.json"))


def test_lines_hold_the_person_s_own_words_and_nobody_else_s(opened: copies.Opened) -> None:
    lines = [json.loads(line) for line in opened.files["conversations.jsonl"].splitlines()]
    assert len(lines) == 3
    assert {m["author"]["type"] for line in lines for m in line["messages"]} == {"customer"}
    text = json.dumps(lines)
    assert "It is on its way" not in text
    assert "neighbour@street.example" not in text
    assert lines[0]["requester"]["email"] == "dora1@post.example"


def test_another_kaizo_takes_it_in(
    opened: copies.Opened, other_organisation: Organisation, tmp_path: Path
) -> None:
    file = tmp_path / "conversations.jsonl"
    file.write_bytes(opened.files["conversations.jsonl"])
    told = StringIO()
    call_command(
        "import_tickets", str(file), organisation=other_organisation.slug, json=True, stdout=told
    )
    counts: dict[str, Any] = json.loads(told.getvalue())
    assert (counts["tickets"]["created"], counts["set_aside"]) == (3, 0)
    with tenant_scope(other_organisation.pk):
        assert Message.objects.count() == 3
        assert CsatResponse.objects.count() == 3
        assert not Agent.objects.exists()
        subject_id = Customer.objects.get().subject_id
        there = set(Ticket.objects.values_list("external_id", flat=True))
    lines = [json.loads(line) for line in opened.files["conversations.jsonl"].splitlines()]
    assert there == {line["id"] for line in lines}

    factories.check_texts(other_organisation)
    again = copies.make(other_organisation, subject_id, kind="portability")
    onwards = copies.opened(other_organisation, again).files["conversations.jsonl"]
    for mine, theirs in zip(lines, map(json.loads, onwards.splitlines()), strict=True):
        assert theirs["id"] == mine["id"]
        assert theirs["created_at"] == mine["created_at"]
        assert [m["text"] for m in theirs["messages"]] == [m["text"] for m in mine["messages"]]
        assert theirs["csat"] == mine["csat"]

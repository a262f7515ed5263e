"""`manage.py import_tickets`: counts, exit codes, the report of lines set aside."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from tests.integrations.files import NOW, TICKET, as_line, ticket
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def run(organisation: Organisation, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Import some bytes: `run(content)` gives the exit code and the line of JSON."""

    def command(content: bytes, name: str = "tickets.jsonl", **options: str):
        path = tmp_path / name
        path.write_bytes(content)
        code = 0
        slug = options.pop("organisation", organisation.slug)
        try:
            call_command("import_tickets", str(path), organisation=slug, json=True, **options)
        except SystemExit as ended:
            code = int(ended.code)
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 1
        return code, json.loads(lines[0])

    return command


def test_tickets_and_messages_are_imported_and_counted(run: Run, organisation: Organisation):
    code, outcome = run(as_line(TICKET) + as_line(ticket(id="T-2")))

    assert code == 0
    assert outcome.pop("seconds") >= 0
    assert outcome == {
        "tickets": {"created": 2, "updated": 0, "unchanged": 0, "erased": 0},
        "messages": {"created": 4, "updated": 0, "unchanged": 0, "erased": 0},
        "set_aside": 0,
    }
    with tenant_scope(organisation.pk):
        assert (Ticket.objects.count(), Message.objects.count()) == (2, 4)


def test_a_repeated_import_changes_nothing(run: Run):
    content = gzip.compress(as_line(TICKET) + as_line(ticket(id="T-2")))
    run(content, "tickets.jsonl.gz")

    code, outcome = run(content, "tickets.jsonl.gz")

    assert code == 0
    assert outcome["tickets"] == {"created": 0, "updated": 0, "unchanged": 2, "erased": 0}
    assert outcome["messages"]["created"] == 0


def test_a_changed_ticket_is_updated(run: Run):
    run(as_line(TICKET))
    changed = ticket("messages.1.text", "It arrives today.", updated_at="2026-03-31T10:00:00Z")

    _, outcome = run(as_line(changed))

    assert outcome["tickets"]["updated"] == 1
    assert outcome["messages"] == {"created": 0, "updated": 1, "unchanged": 1, "erased": 0}


def test_a_deleted_ticket_is_erased_and_stays_away(run: Run, organisation: Organisation):
    run(as_line(TICKET))

    _, outcome = run(as_line(ticket(status="deleted", updated_at="2026-03-31T10:00:00Z")))
    _, again = run(as_line(TICKET))

    assert outcome["tickets"]["erased"] == 1
    assert again["tickets"] == {"created": 0, "updated": 0, "unchanged": 0, "erased": 1}
    with tenant_scope(organisation.pk):
        assert not Ticket.objects.exists()


def test_of_duplicates_in_a_file_the_newest_stays(run: Run, organisation: Organisation):
    newer = ticket(status="open", updated_at="2026-03-31T10:00:00Z")

    code, outcome = run(as_line(newer) + as_line(TICKET))

    assert (code, outcome["tickets"]["created"], outcome["tickets"]["unchanged"]) == (0, 1, 1)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.get().status == "open"


def test_lines_set_aside_are_listed_without_their_content(run: Run, tmp_path: Path):
    bad = ticket(id="T-2", channel="robin@customer.example")

    code, outcome = run(as_line(TICKET) + b"{oops\n" + as_line(bad))

    assert (code, outcome["set_aside"], outcome["tickets"]["created"]) == (1, 2, 1)
    report = tmp_path / "tickets.jsonl.set-aside.csv"
    rows = list(csv.reader(report.read_text().splitlines()))
    assert [row[0] for row in rows] == ["line", "2", "3"]
    assert rows[2][1].startswith("channel: must be one of email")
    assert "robin" not in report.read_text()


def test_the_report_goes_where_one_says(run: Run, tmp_path: Path):
    run(b"{oops\n" + as_line(TICKET), report=tmp_path / "elsewhere.csv")

    assert "not valid JSON" in (tmp_path / "elsewhere.csv").read_text()


def test_a_good_file_leaves_no_report(run: Run, tmp_path: Path):
    run(as_line(TICKET))

    assert [path.name for path in tmp_path.iterdir()] == ["tickets.jsonl"]


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(900), b"{oops\n", b"nothing"]
)
def test_nothing_imported_ends_with_two(run: Run, content: bytes):
    code, outcome = run(content)

    assert code == 2
    assert outcome["tickets"]["created"] == 0


def test_an_unknown_organisation_ends_with_two(run: Run):
    code, _ = run(as_line(TICKET), organisation="nobody")

    assert code == 2


def test_a_csv_file_is_imported_the_same_way(run: Run):
    from integrations.helpdesks.file.csv_rows import csv_template

    code, outcome = run(csv_template().encode(), "tickets.csv")

    assert (code, outcome["tickets"]["created"], outcome["messages"]["created"]) == (0, 1, 2)

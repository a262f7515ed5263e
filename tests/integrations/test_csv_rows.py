from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.helpdesks.file.csv_rows import COLUMNS, csv_template
from integrations.helpdesks.file.reader import FileRejectedError, Parsed, SetAside
from tests.integrations.files import read
from tickets.contracts import AuthorType, CsatVerdict

BASE = {
    "ticket_id": "T-1",
    "channel": "Email",
    "status": "open",
    "created_at": "2026-03-30T08:12:00+02:00",
    "updated_at": "2026-03-30T09:40:00+02:00",
    "requester_id": "C-77",
    "message_id": "M-1",
    "message_sent_at": "2026-03-30T08:12:00+02:00",
    "message_author_type": "customer",
    "message_public": "true",
    "message_text": "Where is it?",
}


def row(**changes: str) -> dict[str, str]:
    return BASE | changes


def as_csv(
    *rows: dict[str, str], delimiter: str = ",", columns: tuple[str, ...] = COLUMNS
) -> bytes:
    out = io.StringIO()
    names = [*columns, *sorted({name for row in rows for name in row} - set(columns))]
    writer = csv.DictWriter(out, names, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def test_rows_of_one_ticket_become_one_ticket():
    content = as_csv(
        row(tags="late| parcel ", assignee_id="A-3"),
        row(message_id="M-2", message_author_type="agent", message_public="internal"),
        row(ticket_id="T-2"),
    )
    items, _ = read(content)
    first, second = (item.record for item in items)
    assert (first.id, first.tags, first.assignee.id) == ("T-1", ("late", "parcel"), "A-3")
    assert [message.author.type for message in first.messages] == [
        AuthorType.CUSTOMER,
        AuthorType.AGENT,
    ]
    assert [message.public for message in first.messages] == [True, False]
    assert second.id == "T-2"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_from_the_header(delimiter):
    (item,), _ = read(b"\xef\xbb\xbf" + as_csv(row(), delimiter=delimiter))
    assert item.record.messages[0].text == "Where is it?"


def test_text_may_run_over_several_lines():
    text = 'First; "quoted"\r\nand, second'
    items, _ = read(as_csv(row(message_text=text), row(ticket_id="T-2", channel="x")))
    assert items[0].record.messages[0].text == text
    assert items[1].line_number == 4


def test_a_ticket_without_messages_has_none():
    bare = {key: value for key, value in BASE.items() if not key.startswith("message_")}
    (item,), _ = read(as_csv(bare))
    assert item.record.messages == ()


def test_a_rating_repeated_on_every_row_counts_once():
    rating = {"csat_score": "4", "csat_scale": "1-5", "csat_at": "2026-03-30T10:00:00Z"}
    (item,), _ = read(as_csv(row(**rating), row(message_id="M-2", **rating)))
    assert [given.verdict for given in item.record.csat] == [CsatVerdict.GOOD]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"channel": "pigeon"}, "channel: must be one of email"),
        ({"created_at": "30.03.2026"}, "created_at: is not a date and time"),
        ({"requester_id": ""}, "requester_id: is missing"),
        ({"message_sent_at": "2026-03-30T08:12:00"}, "message_sent_at in line 2: has no time zone"),
        ({"message_author_type": "x"}, "message_author_type in line 2: must be one of"),
        ({"message_public": "maybe"}, "message_public in line 2: must be true or false"),
        ({"ticket_id": ""}, "ticket_id: is missing"),
        (
            {"csat_score": "9", "csat_scale": "1-5", "csat_at": "2026-03-30T10:00:00Z"},
            "csat_score: must be a whole number from 1 to 5",
        ),
    ],
)
def test_a_reason_names_column_and_line(changes, expected):
    items, _ = read(as_csv(row(**changes), row(ticket_id="T-2")))
    assert isinstance(items[0], SetAside)
    assert items[0].reason.startswith(expected)
    assert isinstance(items[1], Parsed)


def test_rows_that_do_not_stand_together_are_set_aside():
    items, _ = read(as_csv(row(), row(ticket_id="T-2"), row(message_id="M-2")))
    assert [type(item) for item in items] == [Parsed, Parsed, SetAside]
    assert "do not stand together" in items[2].reason


def test_a_row_in_another_encoding_takes_its_ticket_out():
    content = as_csv(row(), row(message_id="M-2", message_text="Größe"), row(ticket_id="T-2"))
    items, _ = read(content.replace("ö".encode(), b"\xf6"))
    assert [type(item) for item in items] == [SetAside, Parsed]
    assert items[0].reason == "line 3: the line is not UTF-8 text"


def test_unknown_columns_are_dropped_and_counted():
    _, tickets = read(as_csv(row(birthday="2001-01-01"), row(ticket_id="T-2", birthday="")))
    assert tickets.notes.dropped == {"birthday": 1}


def test_a_row_with_too_many_cells_is_set_aside():
    content = as_csv(row()).rstrip(b"\r\n") + b",extra,cells\r\n" + as_csv(row(ticket_id="T-2"))
    items, _ = read(content)
    assert "more cells" in items[0].reason


def test_an_open_quote_does_not_swallow_the_file():
    good = as_csv(row(ticket_id="T-9"), columns=COLUMNS).split(b"\r\n", 1)[1]
    broken = as_csv(row()) + b'T-2,"' + b"never ends\n" * 20_000 + good
    items, _ = read(broken)
    assert isinstance(items[0], Parsed)
    assert any("quoted cell" in item.reason for item in items if isinstance(item, SetAside))


def test_an_overlong_line_is_set_aside():
    content = as_csv(row(message_text="x" * 5_000), row(ticket_id="T-2"))
    items, _ = read(content, line_limit=2_000)
    assert [type(item) for item in items] == [SetAside, Parsed]
    assert items[0].reason == "the line is longer than 2,000 bytes"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"ticket_id,subject\n1,x\n", "lacks the columns channel, status"),
        (as_csv(row()).replace(b"subject", b"ticket_id", 1), "twice: ticket_id"),
    ],
)
def test_a_header_that_does_not_fit_refuses_the_file(content, words):
    with pytest.raises(FileRejectedError, match=words):
        read(content)


def test_the_template_can_be_imported_as_it_is():
    (item,), tickets = read(csv_template().encode())
    assert isinstance(item, Parsed)
    assert len(item.record.messages) == 2
    assert not tickets.notes.dropped


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_stumble(content):
    try:
        items, _ = read(as_csv(row()) + content)
    except FileRejectedError:
        return
    assert items

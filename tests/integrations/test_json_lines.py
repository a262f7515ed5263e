from __future__ import annotations

import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.helpdesks.file.reader import FileRejectedError, Parsed, SetAside, TicketFile
from tests.integrations.files import NOW, TICKET, as_line, read, ticket
from tickets.contracts import Channel, CsatVerdict


def reason(content: bytes) -> str:
    (item,), _ = read(content)
    assert isinstance(item, SetAside)
    return item.reason


def test_a_ticket_is_read_with_all_its_parts():
    (item,), _ = read(as_line(TICKET))
    assert isinstance(item, Parsed)
    record = item.record
    assert (item.line_number, record.id, record.channel) == (1, "T-1", Channel.EMAIL)
    assert [message.text for message in record.messages][1] == "It arrives tomorrow before noon."
    assert record.events[0].target == "solved"
    assert record.csat[0].verdict is CsatVerdict.GOOD
    assert record.fields == {"plan": "gold"}


@pytest.mark.parametrize("pack", [lambda raw: raw, gzip.compress], ids=["plain", "gzip"])
def test_bad_lines_are_set_aside_and_the_rest_goes_on(pack):
    lines = as_line(TICKET) + b"{oops\n" + b"\n" + as_line(ticket(id="T-2"))
    items, _ = read(pack(lines))
    assert [type(item) for item in items] == [Parsed, SetAside, Parsed]
    assert [item.line_number for item in items] == [1, 2, 4]


def test_byte_order_mark_and_windows_line_ends_do_no_harm():
    content = b"\xef\xbb\xbf" + as_line(TICKET).replace(b"\n", b"\r\n") * 2
    items, _ = read(content)
    assert [type(item) for item in items] == [Parsed, Parsed]


def test_duplicate_tickets_are_passed_on_in_order():
    items, _ = read(as_line(TICKET) + as_line(ticket(subject="Newer")))
    assert [item.record.subject for item in items] == [TICKET["subject"], "Newer"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ticket(created_at="2026-03-30T08:12:00"), "created_at: has no time zone offset"),
        (
            ticket("messages.1.sent_at", "2026-03-30T08:12:00"),
            "messages[1].sent_at: has no time zone offset",
        ),
        (ticket(updated_at="yesterday"), "updated_at: is not a date and time"),
        (ticket(updated_at="2026-04-03T00:00:00Z"), "updated_at: lies in the future"),
        (
            ticket("messages.0.sent_at", "2031-01-01T00:00:00Z"),
            "messages[0].sent_at: lies in the future",
        ),
        (ticket("events.0.at", "0001-01-01T00:00:00Z"), "events[0].at: lies before 1990"),
        (ticket("csat.0.at", "9999-12-31T23:59:59-11:00"), "csat[0].at: lies in the future"),
        (
            ticket(solved_at="2026-03-29T00:00:00Z"),
            "solved_at: is earlier than created_at",
        ),
        (ticket(channel="pigeon"), "channel: must be one of email, chat,"),
        (ticket(status="Robin"), "status: must be one of new, open,"),
        (ticket("messages.0.author.type", "boss"), "messages[0].author.type: must be one of"),
        (ticket("events.0.type", "x"), "events[0].type: must be one of status, assignment"),
        (ticket(requester={"name": "Robin"}), "requester.id: is missing"),
        (ticket(requester=None), "requester: must be an object, not empty"),
        (ticket(id=7), "id: must be text, not a whole number"),
        (ticket(id=""), "id: must not be empty"),
        (ticket(id="x" * 121), "id: is too long (at most 120 characters)"),
        (ticket(messages="none"), "messages: must be a list, not text"),
        (ticket("messages.1.public", "yes"), "messages[1].public: must be true or false, not text"),
        (ticket("messages.1.id", "M-1"), "messages[1].id: stands twice in this ticket"),
        (
            ticket(messages=[TICKET["messages"][0]] * 10_001),
            "messages: is too long (at most 10,000",
        ),
        (ticket("csat.0.score", 6), "csat[0].score: must be a whole number from 1 to 5"),
        (ticket("csat.0.scale", "good_bad"), "csat[0].score: must be good or bad"),
        (ticket("csat.0.score", True), "csat[0].score: must be a whole number or text"),
    ],
)
def test_a_reason_names_the_field_in_words(value, expected):
    assert reason(as_line(value)).startswith(expected)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"id": "T-1"', "the line is cut off"),
        (b"{'id': 1}", "the line is not valid JSON"),
        (b"[1, 2]", "the line must be one JSON object"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "the line is nested too deeply"),
        (b'{"id": NaN, "subject": "\\ud83d"}', "the line is not valid JSON"),
    ],
)
def test_a_line_that_is_no_ticket_is_explained(line, expected):
    assert reason(line + b"\n").startswith(expected)


def test_a_line_in_another_encoding_is_set_aside():
    latin = json.dumps(ticket(subject="Grüße"), ensure_ascii=False).encode("latin-1") + b"\n"
    items, _ = read(latin + as_line(TICKET))
    assert [type(item) for item in items] == [SetAside, Parsed]
    assert items[0].reason == "the line is not UTF-8 text"


def test_a_reason_never_repeats_what_stood_in_the_file():
    planted = "robin.secret@customer.example"
    values = (
        ticket(channel=planted),
        ticket(created_at=planted),
        ticket(requester=planted),
        ticket("csat.0.score", planted),
        ticket("csat.0.scale", planted),
        ticket("messages.0.author.type", planted),
        ticket("messages.0.public", planted),
        ticket(**{planted: 1, "id": 3}),
    )
    items, tickets = read(b"".join(map(as_line, values)))
    assert all(isinstance(item, SetAside) for item in items)
    assert planted not in repr([item.reason for item in items])
    assert planted not in repr(tickets.notes)


def test_a_set_aside_ticket_keeps_its_id_for_the_report():
    (item,), _ = read(as_line(ticket(channel="pigeon")))
    assert item.external_id == "T-1"


def test_undeclared_fields_are_dropped_and_counted_at_every_level():
    value = ticket(via={"a": 1}, secret=1)
    value["requester"]["birthday"] = "2001-01-01"
    for message in value["messages"]:
        message["html"] = "<p>"
        message["author"]["avatar"] = {"url": "x"}
    value["csat"][0]["ip"] = "192.0.2.7"
    (item,), tickets = read(as_line(value))
    assert isinstance(item, Parsed)
    assert tickets.notes.dropped == {
        "via": 1,
        "secret": 1,
        "requester.birthday": 1,
        "messages.html": 2,
        "messages.author.avatar": 2,
        "csat.ip": 1,
    }
    assert "192.0.2.7" not in repr(item.record)


def test_names_of_dropped_fields_cannot_fill_the_report():
    value = ticket(**{f"key_{number}": 1 for number in range(500)}, **{"robin@x.example": 1})
    _, tickets = read(as_line(value))
    assert len(tickets.notes.dropped) <= 201
    assert tickets.notes.dropped.total() == 501
    assert "robin@x.example" not in tickets.notes.dropped


def test_custom_fields_with_more_than_one_value_are_dropped_and_counted():
    (item,), tickets = read(as_line(ticket(fields={"plan": "gold", "seats": 3, "list": [1]})))
    assert item.record.fields == {"plan": "gold", "seats": 3}
    assert tickets.notes.dropped == {"fields.list": 1}


def test_characters_that_cannot_be_stored_are_mended_and_the_ticket_is_kept():
    line = as_line(ticket("messages.0.text", "half \ud83d and \x00zero"))
    (item,), tickets = read(line)
    assert isinstance(item, Parsed)
    assert item.record.messages[0].text == "half \ufffd and zero"
    assert tickets.notes.mended == 1


def test_a_whole_emoji_is_left_alone():
    (item,), tickets = read(as_line(ticket(subject="\U0001f4e6 late")))
    assert item.record.subject == "\U0001f4e6 late"
    assert tickets.notes.mended == 0


def test_an_overlong_line_is_set_aside_without_being_held():
    class Counting(io.BytesIO):
        most = 0

        def read1(self, size: int = -1, /) -> bytes:
            Counting.most = max(Counting.most, size)
            return super().read1(size)

    huge = b'{"id": "' + b"x" * 60_000_000 + b'"}\n'
    source = Counting(as_line(TICKET) + huge + as_line(ticket(id="T-2")))
    with TicketFile(source, now=NOW) as tickets:
        items = list(tickets)
    assert [type(item) for item in items] == [Parsed, SetAside, Parsed]
    assert items[1].reason == "the line is longer than 10,485,760 bytes"
    assert Counting.most <= 1024 * 1024


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_gzip_file_that_is_cut_off_gives_what_it_has(kept):
    # Numbers that do not repeat, so that the packed file is long enough to be cut.
    lines = b"".join(
        as_line(ticket(id=f"T-{n}", subject=f"{n * 2_654_435_761 % 2**32:x}")) for n in range(2_000)
    )
    packed = gzip.compress(lines)
    items, _ = read(packed[: int(len(packed) * kept)])
    *good, last = items
    assert len(good) > 2_000 * kept * 0.7
    assert all(isinstance(item, Parsed) for item in good)
    assert last.reason == "the compressed file is cut off or damaged from here on"
    assert last.line_number == len(good) + 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n\n", "empty"),
        (as_line(TICKET).decode().encode("utf-16"), "UTF-16"),
        (as_line(TICKET).decode().encode("utf-16-le"), "UTF-16"),
        ("ééé\nööö\n".encode("latin-1"), "not UTF-8"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "picture"),
        (b"PK\x03\x04" + bytes(500), "workbook"),
        (bytes(range(256)) * 40, "binary"),
        (gzip.compress(b"", mtime=0), "empty"),
        (gzip.compress(as_line(TICKET), mtime=0)[:20], "cut off or damaged"),
        (b"Dear team, here are the tickets.\n", "neither"),
    ],
)
def test_a_file_that_holds_no_tickets_is_refused_in_one_sentence(content, words):
    with pytest.raises(FileRejectedError, match=words):
        read(content)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(FileRejectedError, match="cannot be opened"):
        TicketFile.open(tmp_path / "none.jsonl")


def test_progress_follows_the_packed_file(tmp_path):
    path = tmp_path / "many.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(as_line(ticket(id=str(n))) for n in range(500))))
    with TicketFile.open(path, now=NOW) as tickets:
        assert tickets.position <= tickets.size
        list(tickets)
        assert tickets.position == tickets.size == path.stat().st_size


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_make_the_reader_stumble(content, packed):
    body = as_line(TICKET) + content + b"\n" + as_line(TICKET)
    try:
        items, _ = read(gzip.compress(body) if packed else body)
    except FileRejectedError:
        return  # too many control characters to be text
    assert isinstance(items[0], Parsed)
    assert isinstance(items[-1], Parsed)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


PLACES = (
    "id", "tags", "solved_at", "assignee", "requester", "fields",
    "messages", "messages.0.author", "messages.0.sent_at", "events.0.from", "csat", "csat.0.score",
)  # fmt: skip


@given(
    st.sampled_from(PLACES),
    json_values,
)
def test_no_value_in_any_field_makes_the_reader_stumble(path, value):
    (item,), _ = read(as_line(ticket(path, value)))
    if isinstance(item, SetAside):
        assert item.reason

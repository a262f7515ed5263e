"""The contract, on every adapter that has a server here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from integrations.base import (
    Adapter,
    AuthExpired,
    HelpdeskError,
    Page,
    PermanentError,
    Problem,
    Reply,
    TemporaryError,
)
from tests.integrations.contract.desk import (
    NOW,
    START,
    Call,
    Desk,
    DeskHttp,
    Said,
    Server,
    case,
    changed,
)
from tests.integrations.contract.servers import all_servers
from tickets.contracts import AuthorType, MessageRecord, Status, TicketRecord

pytestmark = [
    pytest.mark.parametrize("server", all_servers(), ids=lambda server: server.vendor.kind)
]
MOST_PAGES = 200
SINCE = START - timedelta(days=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def opened(server: Server, *cases, **fields) -> tuple[Adapter, DeskHttp]:
    http = DeskHttp(server, Desk(list(cases), **fields))
    return server.adapter(http), http


def read(adapter: Adapter, cursor: str) -> list[Page]:
    """The pages from a cursor to the feed's present end."""
    pages: list[Page] = []
    while not pages or not pages[-1].is_last:
        assert len(pages) < MOST_PAGES, "the feed does not end"
        pages.append(adapter.page(pages[-1].cursor if pages else cursor))
    return pages


def read_all(adapter: Adapter) -> list[Page]:
    return read(adapter, adapter.first_cursor(SINCE))


def newest(pages: list[Page]) -> dict[str, TicketRecord]:
    """What ingest makes of repeated rows: the newest of each, the later among equals."""
    kept: dict[str, TicketRecord] = {}
    for record in (record for page in pages for record in page.records):
        rival = kept.get(record.id)
        if rival is None or record.updated_at >= rival.updated_at:
            kept[record.id] = record
    return kept


def only(server: Server, *said: Said, **fields) -> TicketRecord:
    """The one ticket of a helpdesk, as the feed brings it."""
    adapter, _http = opened(server, case(1, *said), **fields)
    [record] = newest(read_all(adapter)).values()
    return record


def message_of(record: TicketRecord, text: str) -> MessageRecord:
    [found] = [message for message in record.messages if text in message.text]
    return found


def needs(server: Server, trait: str) -> None:
    if trait in server.lacks:
        pytest.skip(f"{server.vendor.name} has no {trait}")


def test_it_says_who_we_are(server) -> None:
    adapter, _http = opened(server)
    account = adapter.check()
    assert account.id
    assert account.name


def test_a_stranger_is_not_taken_for_an_account(server) -> None:
    adapter, _http = opened(server, knows_us=False)
    with pytest.raises(HelpdeskError) as caught:
        adapter.check()
    assert caught.value.problem in {Problem.WRONG_CREDENTIALS, Problem.REVOKED}


def test_no_call_is_made_to_find_the_start(server) -> None:
    adapter, http = opened(server)
    assert isinstance(adapter.first_cursor(SINCE), str)
    assert http.calls == []


def test_every_ticket_arrives_over_several_pages(server) -> None:
    adapter, _http = opened(server, *(case(number) for number in range(1, 36)))
    pages = read_all(adapter)
    assert set(newest(pages)) == {str(number) for number in range(1, 36)}
    assert [page.faulty for page in pages if page.faulty] == []


def test_an_empty_helpdesk_is_read_to_its_end(server) -> None:
    adapter, _http = opened(server)
    assert newest(read_all(adapter)) == {}


def test_another_worker_goes_on_from_the_cursor(server) -> None:
    adapter, http = opened(server, *(case(number) for number in range(1, 26)))
    first = adapter.page(adapter.first_cursor(SINCE))
    rest = read(server.adapter(http), first.cursor)
    assert set(newest([first, *rest])) == {str(number) for number in range(1, 26)}


def test_tickets_of_one_second_are_not_lost_at_a_page_s_end(server) -> None:
    at = START + timedelta(minutes=5)
    adapter, _http = opened(server, *(case(n, updated_at=at) for n in range(1, 26)))
    assert len(newest(read_all(adapter))) == 25


def test_after_the_end_the_next_poll_brings_what_changed(server) -> None:
    adapter, http = opened(server, *(case(number) for number in range(1, 6)))
    end = read_all(adapter)[-1]
    http.desk.cases.append(changed(http.desk.cases[2], 60, "Still nothing."))
    found = newest(read(server.adapter(http), end.cursor))
    assert any("Still nothing." in each.text for each in found["3"].messages)


def test_repeated_and_unordered_rows_leave_the_newest(server) -> None:
    old = case(2)
    new = changed(old, 30, "And now?")
    adapter, _http = opened(server, case(1), new, old, case(3), old)
    found = newest(read_all(adapter))
    assert set(found) == {"1", "2", "3"}
    assert found["2"].updated_at == new.updated_at


def test_it_says_how_far_the_feed_has_come(server) -> None:
    adapter, _http = opened(server, *(case(number) for number in range(1, 6)))
    reached = [page.reached for page in read_all(adapter) if page.reached]
    assert reached == sorted(reached)
    assert START <= reached[-1] <= NOW


def test_calls_name_allowances_that_the_vendor_has(server) -> None:
    adapter, http = opened(server, case(1))
    adapter.check()
    read_all(adapter)
    named = {call.bucket for call in http.calls} - {""}
    assert named <= {rate.bucket for rate in adapter.vendor.rates}


FAILURES = [
    AuthExpired(Problem.REVOKED),
    TemporaryError(Problem.RATE_LIMITED, retry_at=NOW + timedelta(minutes=1)),
    TemporaryError(Problem.UNREACHABLE),
    PermanentError(Problem.REFUSED_HERE),
]


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: error.problem.value)
@pytest.mark.parametrize("at_call", [1, 2])
def test_a_failure_of_the_gate_reaches_the_engine_as_it_is(server, error, at_call) -> None:
    """Expired tokens, rate limits, outages, timeouts and half-closed connections are the gate's;
    a page that swallowed one would be stored as whole."""
    adapter, http = opened(server, case(1))
    read_all(server.adapter(http))
    if len(http.calls) < at_call:
        pytest.skip("one call brings all")
    http.calls.clear()

    def trouble(_call: Call) -> Reply | None:
        if len(http.calls) == at_call:
            raise error
        return None

    http.trouble = trouble
    with pytest.raises(HelpdeskError) as caught:
        read_all(adapter)
    assert caught.value is error


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b"3", b'"text"', b"<html>Bad gateway</html>", b"\xff\xfe"],
)
def test_an_answer_that_cannot_be_read_is_no_empty_page(server, body) -> None:
    adapter, http = opened(server, case(1))

    def broken(_call: Call) -> Reply | None:
        return Reply(200, {"content-type": "application/json"}, body)

    http.trouble = broken
    if body == b"[]" and "empty_list" in server.lacks:
        pytest.skip("an empty list is this vendor's empty page")
    with pytest.raises(HelpdeskError):
        read_all(adapter)


@pytest.mark.parametrize(
    "text",
    [
        "Danke 🙏🏽 für die 👩‍👩‍👧‍👦!",
        "שלום, איפה החבילה שלי?",
        "أين الطرد؟ \u202bRTL\u202c",
        "Zu\u0308rich — naïve “quotes” & <brackets>",
    ],
    ids=["emoji", "hebrew", "arabic", "marks"],
)
def test_texts_arrive_as_they_were_written(server, text) -> None:
    record = only(server, Said(11, START, text))
    assert text in [message.text.strip() for message in record.messages]


def test_html_becomes_text(server) -> None:
    needs(server, "html")
    html = "<p>Hello <b>there</b> &amp; thanks</p><script>alert(1)</script><style>p{}</style>"
    record = only(server, Said(11, START, "Hello there & thanks", html=html))
    message = message_of(record, "Hello")
    assert "Hello there & thanks" in message.text
    assert "<" not in message.text
    assert "alert" not in message.text


def test_a_message_of_ten_megabytes_arrives(server) -> None:
    record = only(server, Said(11, START, "long " * 2_000_000))
    assert max(len(message.text) for message in record.messages) > 9_000_000


def test_a_message_whose_author_is_gone_stays(server) -> None:
    needs(server, "gone")
    record = only(server, Said(11, START), Said(12, START, "By nobody.", "gone"))
    assert message_of(record, "By nobody.").author.name is None


def test_a_bot_is_not_an_agent(server) -> None:
    needs(server, "bot")
    record = only(server, Said(11, START), Said(12, START, "I am a bot.", "bot"))
    assert message_of(record, "I am a bot.").author.type is not AuthorType.AGENT


def test_customers_and_agents_are_told_apart(server) -> None:
    record = only(server)
    assert message_of(record, "Where is").author.type is AuthorType.CUSTOMER
    assert message_of(record, "on its way").author.type is AuthorType.AGENT


def test_a_note_is_not_public(server) -> None:
    needs(server, "private")
    record = only(server, Said(11, START), Said(12, START, "Between us.", "agent", public=False))
    assert not message_of(record, "Between us.").public
    assert message_of(record, "Where is").public


@pytest.mark.parametrize("hours", [0, 5.5, -8])
def test_moments_are_the_same_in_every_zone(server, hours) -> None:
    adapter, _http = opened(server, case(1), offset=timedelta(hours=hours))
    [record] = newest(read_all(adapter)).values()
    assert record.updated_at == case(1).updated_at
    assert record.updated_at.tzinfo is not None
    assert record.messages[0].sent_at == case(1).said[0].at


def test_a_closed_ticket_is_solved(server) -> None:
    adapter, _http = opened(server, case(1), case(2, closed=True))
    found = newest(read_all(adapter))
    assert not found["1"].status.is_solved
    assert found["2"].status.is_solved


def gone(record: TicketRecord | None) -> bool:
    return record is None or record.status is Status.DELETED


def test_a_deleted_ticket_is_gone_however_it_is_asked_for(server) -> None:
    needs(server, "deleted")
    left = case(1)
    adapter, _http = opened(server, left, case(2, deleted=True))
    assert list(adapter.present_ids(["1", "2", "3"])) == ["1"]
    assert gone(adapter.ticket("2"))
    assert gone(adapter.ticket("3"))
    assert gone(newest(read_all(adapter)).get("2"))
    one = adapter.ticket("1")
    assert one is not None
    assert one == newest(read_all(adapter))["1"]


def test_unknown_fields_are_counted(server) -> None:
    needs(server, "unknown_fields")
    adapter, _http = opened(server, case(1), case(2))
    counted: dict[str, int] = {}
    for page in read_all(adapter):
        for name, times in page.unknown_fields.items():
            counted[name] = counted.get(name, 0) + times
    assert any("shoe_size" in name for name in counted)


def failing(http: DeskHttp, times: int) -> Callable[[Call], Reply | None]:
    def trouble(_call: Call) -> Reply | None:
        if len(http.calls) <= times:
            raise TemporaryError(Problem.UNREACHABLE)
        return None

    return trouble


def test_a_page_can_be_asked_for_again_after_a_failure(server) -> None:
    adapter, http = opened(server, *(case(number) for number in range(1, 6)))
    http.trouble = failing(http, 1)
    with pytest.raises(TemporaryError):
        read_all(adapter)
    assert len(newest(read_all(adapter))) == 5

from __future__ import annotations

import json

import pytest

from integrations.base import (
    AuthExpired,
    PermanentError,
    Problem,
    Reply,
    TemporaryError,
)
from integrations.helpdesks.request_tracker.adapter import access, make_adapter
from tests.integrations.request_tracker.captured import (
    SETTINGS,
    CapturedHttp,
    at,
    captured_page,
    fixture,
    record_of,
    rows,
)
from tickets.contracts import AuthorType, CsatRecord, CsatScale, Priority, Status

PAGE = captured_page()


def test_a_ticket_arrives_with_its_people_times_and_fields():
    record = record_of(PAGE, 11)
    assert (record.status, record.priority) == (Status.SOLVED, Priority.HIGH)
    assert record.solved_at == at("2026-03-02T12:00:00")
    assert (record.requester.id, record.requester.name) == ("34", "Robin Example")
    assert record.requester.phone == "+31 6 0000 0001"
    assert record.assignee is not None
    assert (record.assignee.id, record.assignee.name) == ("28", "Sam Example")
    assert record.fields == {"Queue": "Returns", "Order number": "745", "Colours": "red, blue"}


def test_messages_are_words_in_order_and_include_those_of_a_merged_ticket():
    messages = record_of(PAGE, 11).messages
    assert [(message.author.type, message.public, message.text) for message in messages] == [
        (AuthorType.CUSTOMER, True, "Where is my parcel?\nOrder 10-4471"),
        (AuthorType.AGENT, True, "It is on its way & soon there."),
        (AuthorType.AGENT, False, "Carrier is late again"),
        (AuthorType.CUSTOMER, True, "The same parcel again"),
    ]
    assert messages[1].author.name == "ada"


def test_changes_are_the_ticket_s_own_and_nobody_is_no_agent():
    events = [
        (str(event.type), event.source, event.target, event.actor)
        for event in record_of(PAGE, 11).events
    ]
    assert events == [
        ("assignment", None, "30", "28"),
        ("status", "new", "open", "system"),
        ("assignment", "30", "28", "28"),
        ("priority", "low", "high", "28"),
        ("status", "open", "solved", "28"),
    ]


def test_a_ticket_that_was_merged_away_is_erased_under_its_own_number():
    record = record_of(PAGE, 12)
    assert (record.status, record.messages) == (Status.DELETED, ())


def test_a_rating_is_dated_by_the_change_that_brought_it():
    expected = CsatRecord(score="good", scale=CsatScale.GOOD_BAD, at=at("2026-03-03T07:00:00"))
    assert record_of(PAGE, 11).csat == (expected,)


def test_authors_are_told_apart():
    messages = record_of(PAGE, 13).messages
    assert [message.author.type for message in messages] == [
        AuthorType.AGENT,
        AuthorType.BOT,
        AuthorType.CUSTOMER,
        AuthorType.CUSTOMER,
    ]
    assert messages[2].text == "Hello 👋 مرحبا"


def test_an_anonymised_customer_has_a_number_and_no_name():
    requester = record_of(PAGE, 13).requester
    assert (requester.id, requester.name, requester.email) == ("44", None, None)


def test_an_owner_from_the_beginning_is_an_assignment():
    [event] = record_of(PAGE, 13).events
    assert (event.source, event.target, event.at) == (None, "30", at("2026-03-03T08:00:00"))


@pytest.mark.parametrize(
    ("number", "status", "solved_at"),
    [
        (13, Status.OPEN, None),
        (14, Status.SOLVED, at("2026-03-04T09:00:01")),
        (16, Status.CLOSED, None),
    ],
)
def test_statuses_of_a_queue_s_own_are_read_by_what_they_did(number, status, solved_at):
    record = record_of(PAGE, number)
    assert (record.status, record.solved_at) == (status, solved_at)


def test_a_ticket_without_requestor_is_its_creator_s():
    assert record_of(PAGE, 14).requester.id == "40"


def test_what_cannot_be_read_is_set_aside_by_its_field():
    reasons = {faulty.external_id: faulty.reason for faulty in PAGE.faulty}
    assert reasons == {
        "15": "Created: is not what belongs there",
        "17": "history: Created: is not what belongs there",
    }
    assert PAGE.unknown_fields == {}


def test_the_cursor_stands_behind_the_last_row():
    assert PAGE.is_last
    assert PAGE.reached == at("2026-03-05T10:00:04")
    assert PAGE.cursor == f"{int(at('2026-03-05T10:00:04').timestamp())}|17"


def test_fresh_rows_are_read_again_since_siblings_may_still_come():
    http = CapturedHttp()
    adapter = make_adapter(SETTINGS, http)
    late = fixture("tickets")
    late["items"] = [{**late["items"][4], "LastUpdated": "2026-03-05T11:59:59Z"}]
    late.update(count=1, total=1)
    http.answers["tickets"] = lambda params: late if "LastUpdated" in params["query"] else rows()
    cursor = adapter.page(adapter.first_cursor(at("2026-03-01T00:00:00"))).cursor
    assert cursor == f"{int(at('2026-03-05T11:58:00').timestamp())}|0"


def test_files_and_copies_of_mails_are_never_asked_for():
    http = CapturedHttp()
    captured_page(http)
    [texts, *_] = [
        json.loads(params["query"]) for name, params in http.asked if name == "attachments"
    ]
    assert {"field": "Filename", "operator": "IS", "value": "NULL"} in texts
    [events, *_] = [
        json.loads(params["query"]) for name, params in http.asked if name == "transactions"
    ]
    types = next(limit["value"] for limit in events if limit["field"] == "Type")
    assert not {"EmailRecord", "CommentEmailRecord"} & set(types)


def test_an_account_in_another_zone_is_refused_before_anything_is_read():
    http = CapturedHttp()
    whole = http.answers["tickets"]
    http.answers["tickets"] = lambda params: (
        rows() if "Created >=" in params["query"] else whole(params)
    )
    with pytest.raises(PermanentError) as caught:
        captured_page(http)
    assert caught.value.problem is Problem.CLOCK_SKEW


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"total": None}, PermanentError),
        ({"count": 3}, TemporaryError),
        ({"items": None}, TemporaryError),
    ],
)
def test_a_page_that_is_not_what_it_should_be_is_not_stored(change, error):
    http = CapturedHttp()
    whole = http.answers["tickets"]
    http.answers["tickets"] = lambda params: (
        {**whole(params), **change} if "LastUpdated" in params["query"] else whole(params)
    )
    with pytest.raises(error):
        captured_page(http)


def test_rows_older_than_asked_for_are_not_believed():
    adapter = make_adapter(SETTINGS, CapturedHttp())
    with pytest.raises(TemporaryError):
        adapter.page(adapter.first_cursor(at("2026-03-05T10:00:02")))


@pytest.mark.parametrize("cursor", ["", "2026-01-01", "after:1", "1|2|3"])
def test_a_cursor_of_another_make_is_rejected_without_a_call(cursor):
    http = CapturedHttp()
    with pytest.raises(PermanentError) as caught:
        make_adapter(SETTINGS, http).page(cursor)
    assert (caught.value.problem, http.asked) == (Problem.CURSOR_REJECTED, [])


def test_texts_that_are_too_large_together_are_asked_for_by_halves():
    http = CapturedHttp()
    whole = http.answers["attachments"]

    def narrow(params):
        ids = json.loads(params["query"])[0]["value"]
        if len(ids) > 2 or 109 in ids:
            raise PermanentError(Problem.MALFORMED)
        return whole(params)

    http.answers["attachments"] = narrow
    page = captured_page(http)
    reasons = {faulty.external_id: faulty.reason for faulty in page.faulty}
    assert reasons["11"] == "attachments: are too large"
    assert len(record_of(page, 13).messages) == 4


def test_tickets_that_are_there_are_told_from_those_that_are_gone():
    http = CapturedHttp()
    http.answers |= {
        "tickets": lambda _params: rows({"id": "11"}, total=1),
        "ticket/12": lambda _params: {"id": 11, "Status": "open"},
        "ticket/13": lambda _params: {"id": 13, "Status": "deleted"},
        "ticket/14": lambda _params: Reply(403, {}, b"{}"),
        "ticket/16": lambda _params: {"id": 16, "Status": "open"},
    }
    adapter = make_adapter(SETTINGS, http)
    assert list(adapter.present_ids(["11", "12", "13", "14", "15", "16"])) == ["11", "14", "16"]


def test_people_who_are_there_are_told_from_those_who_were_deleted_or_anonymised():
    http = CapturedHttp()
    http.users = {
        "31": {"id": 31, "Name": "carl@customer.example"},
        "32": {"id": 32, "Name": "anon_5f0b2c"},
        "33": Reply(403, {}, b"{}"),
    }
    adapter = make_adapter(SETTINGS, http)
    assert list(adapter.present_people(["31", "32", "33", "34", "x"])) == ["x", "31", "33"]


def test_an_answer_that_ignores_the_ids_is_not_believed():
    http = CapturedHttp()
    http.answers["tickets"] = lambda _params: rows({"id": "99"}, total=1)
    with pytest.raises(TemporaryError):
        list(make_adapter(SETTINGS, http).present_ids(["11"]))


def test_the_token_says_whose_it_is():
    account = make_adapter(SETTINGS, CapturedHttp()).check()
    assert (account.id, account.name) == ("32", "Kaizo")


def test_a_user_who_is_unknown_or_has_no_rights_is_no_account():
    http = CapturedHttp()
    http.users["32"]["Privileged"] = 0
    with pytest.raises(PermanentError) as caught:
        make_adapter(SETTINGS, http).check()
    assert caught.value.problem is Problem.MISSING_SCOPE
    del http.users["32"]
    with pytest.raises(AuthExpired):
        make_adapter(SETTINGS, http).check()


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("https://rt.shop.example/", "https://rt.shop.example"),
        ("https://shop.example/rt", "https://shop.example/rt"),
        ("https://rt.shop.example/REST/2.0", "https://rt.shop.example"),
    ],
)
def test_the_address_may_be_given_in_several_ways(address, base):
    found = access({**SETTINGS, "address": address})
    assert found.base_url == base
    assert found.headers == {"Authorization": f"token {SETTINGS['token']}"}


@pytest.mark.parametrize(
    "change",
    [
        {"address": "rt.shop.example"},
        {"address": "https://rt.shop.example/?a=b"},
        {"address": "https://me@rt.shop.example"},
        {"token": ""},
        {"token": "root:password"},
        {"token": "1-32-abc\r\nX: y"},
    ],
)
def test_settings_that_lead_nowhere_are_refused(change):
    with pytest.raises(ValueError, match="Enter"):
        access(SETTINGS | change)

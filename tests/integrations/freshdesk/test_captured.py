from __future__ import annotations

import json

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.base import AuthExpired, PermanentError, Problem, Reply, TemporaryError
from integrations.helpdesks.freshdesk.adapter import access
from integrations.helpdesks.freshdesk.vendor import LISTS
from tests.integrations.freshdesk.captured import (
    NEXT,
    NO_RIGHT,
    NOT_IN_PLAN,
    RATINGS,
    TICKETS,
    adapter_of,
    at,
    captured_account,
    captured_pages,
    fixture,
    record_of,
)
from tickets.contracts import AuthorType, Channel, CsatRecord, CsatScale, Priority, Status

LIST, BIN, RATED = captured_pages()


def test_a_ticket_arrives_with_its_people_times_and_fields():
    record = record_of(LIST, 20)
    assert (record.channel, record.status, record.priority) == (
        Channel.EMAIL,
        Status.CLOSED,
        Priority.HIGH,
    )
    assert record.subject == "Parcel has not arrived"
    assert record.solved_at == at("2026-03-02T12:00:00")
    assert record.requester.email == "robin@customer.example"
    assert record.tags == ("delivery", "vip")
    assert record.fields == {"cf_order_number": "745", "cf_gift": True, "cf_colours": "red, blue"}


def test_an_agent_s_team_is_their_own_and_not_the_ticket_s():
    assignee = record_of(LIST, 20).assignee
    assert assignee is not None
    assert (assignee.name, assignee.email, assignee.team) == (
        "Sam Example",
        "sam@shop.example",
        "Returns",
    )


def test_an_agent_who_has_left_keeps_a_number_and_the_ticket_s_group():
    assignee = record_of(LIST, 23).assignee
    assert assignee is not None
    assert (assignee.id, assignee.name, assignee.team) == ("79", None, "Delivery")


def test_the_first_message_is_the_ticket_s_own_description():
    first = record_of(LIST, 20).messages[0]
    assert first.text == "Where is my parcel?\nOrder 10-4471"
    assert (first.author.type, first.author.name) == (AuthorType.CUSTOMER, "Robin Example")
    assert first.sent_at == at("2026-03-02T10:00:00")


def test_an_outbound_mail_is_an_agent_s():
    assert record_of(LIST, 23).messages[0].author.type is AuthorType.AGENT


def test_notes_and_forwards_are_not_public_and_authors_are_told_apart():
    said = [
        (message.id, message.author.type, message.public)
        for message in record_of(LIST, 20).messages[1:]
    ]
    assert said == [
        ("301", AuthorType.AGENT, True),
        ("302", AuthorType.AGENT, False),
        ("303", AuthorType.AGENT, False),
        ("304", AuthorType.CUSTOMER, True),
        ("305", AuthorType.SYSTEM, True),
        ("306", AuthorType.AGENT, True),
        ("307", AuthorType.CUSTOMER, True),
    ]
    assert record_of(LIST, 21).messages[1].author.type is AuthorType.BOT


def test_the_last_reopening_solve_and_close_are_the_history():
    events = [(event.source, event.target, event.at.hour) for event in record_of(LIST, 20).events]
    assert events == [("solved", "open", 11), (None, "solved", 12), (None, "closed", 8)]


def test_an_account_s_own_status_is_open():
    assert record_of(LIST, 21).status is Status.OPEN


def test_a_rating_keeps_its_scale_time_and_words():
    assert record_of(LIST, 20).csat == (
        CsatRecord(
            score=5,
            scale=CsatScale.ONE_TO_FIVE,
            at=at("2026-03-03T07:00:00"),
            comment="Great support!",
        ),
    )


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        (103, 5),
        (102, 4),
        (101, 4),
        (100, 3),
        (-101, 2),
        (-102, 2),
        (-103, 1),
        (7, None),
        ("", None),
    ],
)
def test_the_vendor_s_numbers_become_a_scale_of_five(answer, score):
    http = captured_account()
    rating = json.loads(fixture("ratings_20"))[0]
    rating["ratings"]["default_question"] = answer
    http.give(f"{TICKETS}/20/satisfaction_ratings", json.dumps([rating]).encode())
    found = record_of(captured_pages(http)[0], 20).csat
    assert [each.score for each in found] == ([] if score is None else [score])


def test_a_broken_row_is_set_aside_by_its_field_and_harms_no_other():
    (faulty,) = LIST.faulty
    assert (faulty.external_id, faulty.reason) == ("22", "created_at: is not what belongs there")
    assert [record.id for record in LIST.records] == ["20", "21", "23"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
ROW = json.loads(fixture("tickets_page"))[0]
SAID = json.loads(fixture("conversations_20"))[0]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(ROW)), st.sampled_from(sorted(SAID)), JSON)
def test_whatever_a_field_holds_the_ticket_is_mapped_or_set_aside(of_ticket, of_message, value):
    for rows, talk in (
        ([{**ROW, of_ticket: value}], [SAID]),
        ([ROW], [{**SAID, of_message: value}]),
    ):
        http = captured_account()
        http.give(TICKETS, json.dumps(rows).encode())
        http.give(f"{TICKETS}/20/conversations", json.dumps(talk).encode())
        adapter = adapter_of(http)
        page = adapter.page(adapter.first_cursor(at("1990-01-01T00:00:00")))
        assert len(page.records) + len(page.faulty) == 1


def test_unknown_fields_are_counted_by_name():
    assert LIST.unknown_fields == {"sentiment_of_the_day": 1}


def test_deleted_tickets_are_orders_to_erase_and_hold_no_words():
    record = record_of(BIN, 18)
    assert record.status is Status.DELETED
    assert (record.subject, record.messages, record.requester.name) == ("", (), None)


def test_spam_is_not_gone_until_the_vendor_has_emptied_its_folder():
    http = captured_account()
    row = {**json.loads(fixture("tickets_page"))[0], "spam": True}
    http.give(f"{TICKETS}/20", json.dumps(row).encode())
    assert list(adapter_of(http).present_ids(["20"])) == ["20"]
    assert "spam" not in [asked.get("filter") for _path, asked, _bucket in http.asked]
    http.give(f"{TICKETS}/20", json.dumps({**row, "deleted": True}).encode())
    assert list(adapter_of(http).present_ids(["20"])) == []


def test_a_filter_that_was_ignored_erases_nothing():
    http = captured_account()
    rows = [row for row in json.loads(fixture("tickets_page")) if row["id"] != 22]
    good = json.dumps(rows).encode()
    http.replies[TICKETS] = lambda _asked: Reply(
        200,
        {},
        good,
    )
    with pytest.raises(TemporaryError, match="filter"):
        captured_pages(http)


def test_older_rows_than_asked_for_are_not_believed():
    adapter = adapter_of(captured_account())
    with pytest.raises(TemporaryError, match="filter"):
        adapter.page(adapter.first_cursor(at("2026-03-03T09:00:00")))


def test_the_lists_are_asked_for_in_their_own_allowance_by_their_clocks():
    http = captured_account()
    captured_pages(http)
    asked = [(params, bucket) for path, params, bucket in http.asked if path == TICKETS]
    assert [params.get("filter") for params, _bucket in asked] == [None, "deleted"]
    for params, bucket in asked:
        assert (params["updated_since"], params["order_by"], params["order_type"]) == (
            "2026-01-01T00:00:00Z",
            "updated_at",
            "asc",
        )
        assert bucket == LISTS


def test_the_next_page_starts_where_the_last_ended_and_links_are_not_followed():
    http = captured_account()
    http.give(TICKETS, fixture("tickets_page"), **NEXT)
    adapter = adapter_of(http)
    page = adapter.page(adapter.first_cursor(at("2026-01-01T00:00:00")))
    http.give(TICKETS, b"[]")
    adapter.page(page.cursor)
    path, params, _bucket = http.asked[-1]
    assert path == TICKETS
    assert (params["updated_since"], params["page"]) == ("2026-03-03T09:59:59Z", 1)


def test_page_numbers_are_used_among_rows_of_one_moment_only():
    http = captured_account()
    row = json.loads(fixture("tickets_page"))[1]
    http.give(TICKETS, json.dumps([row]).encode(), **NEXT)
    adapter = adapter_of(http)
    page = adapter.page(adapter.first_cursor(at("2026-03-03T09:30:00")))
    adapter.page(page.cursor)
    assert http.asked[-1][0] != TICKETS
    lists = [params for path, params, _bucket in http.asked if path == TICKETS]
    assert [(each["updated_since"], each["page"]) for each in lists] == [
        ("2026-03-03T09:30:00Z", 1),
        ("2026-03-03T09:30:00Z", 2),
    ]


def test_the_next_poll_of_an_account_at_rest_repeats_nothing():
    http = captured_account()
    http.give(TICKETS, b"[]")
    adapter_of(http).page(RATED.cursor)
    assert http.asked[0][1]["updated_since"] == "2026-03-03T10:00:01Z"
    assert "filter" not in http.asked[0][1]


def test_the_next_poll_of_a_busy_account_overlaps_by_a_minute():
    http = captured_account()
    with time_machine.travel(at("2026-03-03T10:00:20"), tick=False):
        cursor = captured_pages(http)[-1].cursor
        http.give(TICKETS, b"[]")
        http.asked.clear()
        adapter_of(http).page(cursor)
    assert http.asked[0][1]["updated_since"] == "2026-03-03T09:59:20Z"


@pytest.mark.parametrize("cursor", ["", "{}", "after:1", '{"feed": "tickets"}', "null"])
def test_a_cursor_of_another_form_is_rejected(cursor):
    with pytest.raises(PermanentError) as caught:
        adapter_of(captured_account()).page(cursor)
    assert caught.value.problem is Problem.CURSOR_REJECTED


def test_a_late_rating_has_its_ticket_read_again():
    http = captured_account()
    row = json.loads(fixture("tickets_page"))[0]
    http.give(f"{TICKETS}/20", json.dumps(row).encode())
    page = adapter_of(http).page(BIN.cursor)
    assert record_of(page, 20).csat[0].score == 5
    assert page.is_last


def test_a_rating_that_came_with_its_ticket_costs_no_second_read():
    assert RATED.records == []
    assert RATED.is_last


def test_a_plan_without_surveys_is_asked_once_and_works():
    http = captured_account()
    http.replies[RATINGS] = NOT_IN_PLAN
    pages = captured_pages(http)
    assert record_of(pages[0], 20).csat == ()
    assert not [path for path, *_ in http.asked if path.endswith("/satisfaction_ratings")][2:]


def test_a_right_to_read_ratings_that_is_missing_is_said():
    http = captured_account()
    http.replies[RATINGS] = NO_RIGHT
    with pytest.raises(PermanentError) as caught:
        captured_pages(http)
    assert caught.value.problem is Problem.MISSING_SCOPE


def test_long_conversations_are_read_to_their_end():
    http = captured_account()
    rows = json.loads(fixture("conversations_20"))
    http.replies[f"{TICKETS}/20/conversations"] = lambda asked: Reply(
        200,
        NEXT if asked["page"] == "1" else {},
        json.dumps(rows[:3] if asked["page"] == "1" else rows[3:]).encode(),
    )
    assert len(record_of(captured_pages(http)[0], 20).messages) == 8


def test_a_conversation_that_cannot_be_read_sets_its_ticket_aside():
    http = captured_account()
    http.give(f"{TICKETS}/20/conversations", b'[{"id": "three"}]')
    page = captured_pages(http)[0]
    assert "20" in [faulty.external_id for faulty in page.faulty]
    assert [record.id for record in page.records] == ["21", "23"]


def test_a_proxy_s_page_in_the_place_of_a_conversation_stops_the_run():
    http = captured_account()
    http.give(f"{TICKETS}/20/conversations", b"<html>Bad gateway</html>")
    with pytest.raises(TemporaryError):
        captured_pages(http)


def test_a_ticket_that_vanished_since_the_list_was_made_is_deleted():
    http = captured_account()
    del http.replies[f"{TICKETS}/21/conversations"]
    assert record_of(captured_pages(http)[0], 21).status is Status.DELETED


def test_a_conversation_missing_from_a_ticket_that_is_there_erases_nothing():
    http = captured_account()
    del http.replies[f"{TICKETS}/21/conversations"]
    http.give(f"{TICKETS}/21", json.dumps(json.loads(fixture("tickets_page"))[1]).encode())
    page = captured_pages(http)[0]
    assert "21" in [faulty.external_id for faulty in page.faulty]
    assert "21" not in [record.id for record in page.records]


def test_an_archived_ticket_is_not_taken_for_a_deleted_one():
    http = captured_account()
    row = json.dumps(json.loads(fixture("tickets_page"))[0]).encode()
    http.give(f"{TICKETS}/archived/20", row)
    http.give(f"{TICKETS}/archived/20/conversations", fixture("conversations_20"))
    adapter = adapter_of(http)
    assert list(adapter.present_ids(["20", "21"])) == ["20"]
    record = adapter.ticket("20")
    assert record is not None
    assert len(record.messages) == 8


def test_a_ticket_in_the_bin_answers_and_is_gone_all_the_same():
    http = captured_account()
    row = {**json.loads(fixture("tickets_page"))[0], "deleted": True}
    http.give(f"{TICKETS}/20", json.dumps(row).encode())
    adapter = adapter_of(http)
    assert list(adapter.present_ids(["20"])) == []
    assert adapter.ticket("20") is None


def test_a_lost_right_is_no_deletion():
    http = captured_account()
    http.replies[f"{TICKETS}/20"] = NO_RIGHT
    with pytest.raises(PermanentError):
        list(adapter_of(http).present_ids(["20"]))


def test_an_answer_about_another_ticket_is_not_believed():
    http = captured_account()
    http.give(f"{TICKETS}/21", json.dumps(json.loads(fixture("tickets_page"))[0]).encode())
    with pytest.raises(TemporaryError):
        list(adapter_of(http).present_ids(["21"]))


def test_it_says_who_we_are():
    account = adapter_of(captured_account()).check()
    assert (account.id, account.name) == ("71", "Sam Example")


def test_an_agent_who_sees_some_tickets_only_is_refused():
    http = captured_account()
    http.give("/api/v2/agents/me", json.dumps({"id": 71, "ticket_scope": 2}).encode())
    with pytest.raises(PermanentError) as caught:
        adapter_of(http).check()
    assert caught.value.problem is Problem.MISSING_SCOPE


def test_an_unknown_key_is_refused():
    http = captured_account()
    http.give("/api/v2/agents/me", b'{"code":"invalid_credentials"}', 401)
    with pytest.raises(AuthExpired):
        adapter_of(http).check()


def test_agents_that_we_may_not_list_stand_for_themselves():
    http = captured_account()
    http.replies["/api/v2/agents"] = NO_RIGHT
    record = record_of(captured_pages(http)[0], 20)
    assert record.assignee is not None
    assert (record.assignee.id, record.assignee.name) == ("71", None)
    assert record.messages[1].author.type is AuthorType.AGENT


@pytest.mark.parametrize("entered", ["shop", "Shop.freshdesk.com", "https://shop.freshdesk.com/"])
def test_a_sub_domain_or_its_address_leads_to_the_account(entered):
    found = access({"subdomain": entered, "api_key": "k3y"})
    assert found.base_url == "https://shop.freshdesk.com"
    assert found.headers["Authorization"] == "Basic azN5Olg="


@pytest.mark.parametrize("entered", ["", "shop.example", "a/b", "shop.freshdesk.com.evil.example"])
def test_what_is_no_sub_domain_is_refused(entered):
    with pytest.raises(ValueError, match="freshdesk"):
        access({"subdomain": entered, "api_key": "k3y"})


@pytest.mark.parametrize(
    ("plan", "rates"),
    [("", [200, 20]), ("50", [50, 20]), ("400", [400, 100]), ("700", [700, 200]), ("9", [9, 9])],
)
def test_allowances_follow_the_plan(plan, rates):
    found = access({"subdomain": "shop", "calls_per_minute": plan}).rates
    assert [rate.calls for rate in found] == rates


def test_erasing_may_be_repeated():
    http = captured_account()
    http.give(f"{TICKETS}/20", b"", 204)
    http.give(f"{TICKETS}/21", b"", 405)
    adapter = adapter_of(http)
    for number in ("20", "21", "99"):
        adapter.erase_ticket(number)
    adapter.erase_user("5001")
    assert http.sent[-1] == ("DELETE", "/api/v2/contacts/5001/hard_delete?force=true")


def test_erasing_without_the_right_is_said():
    http = captured_account()
    http.replies[f"{TICKETS}/20"] = NO_RIGHT
    with pytest.raises(PermanentError) as caught:
        adapter_of(http).erase_ticket("20")
    assert caught.value.problem is Problem.MISSING_SCOPE


@pytest.mark.parametrize("number", ["", "20/../21", "²", "1 OR 1"])
def test_ids_that_are_no_numbers_reach_no_address(number):
    http = captured_account()
    with pytest.raises(PermanentError):
        adapter_of(http).erase_ticket(number)
    assert http.sent == []

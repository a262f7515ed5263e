from __future__ import annotations

import json

import pytest

from integrations.base import AuthExpired, PermanentError, Problem, TemporaryError
from integrations.helpdesks.zammad.adapter import access, make_adapter
from tests.integrations.zammad.captured import (
    SINCE,
    ZammadHttp,
    at,
    captured_page,
    record_of,
)
from tickets.contracts import AuthorType, Channel, Priority, Status

PAGE = captured_page()


def test_a_ticket_arrives_with_its_people_times_and_tags():
    record = record_of(PAGE, 9)
    assert (record.channel, record.status, record.priority) == (
        Channel.EMAIL,
        Status.SOLVED,
        Priority.HIGH,
    )
    assert record.subject == "Parcel has not arrived"
    assert (record.requester.name, record.requester.phone) == ("Robin Example", "+49 30 901820")
    assert record.assignee is not None
    assert (record.assignee.email, record.assignee.team) == ("sam@shop.example", "Returns")
    assert record.tags == ("delivery", "vip")


def test_a_ticket_that_was_opened_again_is_solved_by_its_last_close():
    assert record_of(PAGE, 9).solved_at == at("2026-03-02T12:00:00")


def test_messages_stand_in_order_without_markup():
    messages = record_of(PAGE, 9).messages
    assert [message.id for message in messages] == ["21", "22", "23", "24", "25"]
    assert messages[0].text == "Where is my parcel?\nOrder 10-4471 & more"


def test_only_what_reaches_the_customer_is_public():
    messages = record_of(PAGE, 9).messages
    assert [message.public for message in messages] == [True, True, False, True, False]


def test_mails_of_the_helpdesk_itself_are_nobody_s():
    automatic = record_of(PAGE, 9).messages[1].author
    assert (automatic.type, automatic.id) == (AuthorType.SYSTEM, None)


def test_what_an_agent_wrote_down_for_a_caller_is_the_caller_s():
    record = record_of(PAGE, 10)
    assert record.channel is Channel.PHONE
    assert record.messages[0].author.type is AuthorType.CUSTOMER
    assert record.messages[0].author.id == record.requester.id == "11"


def test_people_whom_the_history_lacks_are_looked_up_once():
    http = ZammadHttp()
    page = captured_page(http)
    assert record_of(page, 10).requester.email == "kim@customer.example"
    assert [name for _method, name, _payload in http.asked].count("users/11") == 1


def test_states_go_by_their_type_and_nobody_owns_what_the_helpdesk_owns():
    record = record_of(PAGE, 10)
    assert record.status is Status.PENDING
    assert record.assignee is None


def test_a_merged_ticket_is_closed_and_nobody_s_solve():
    record = record_of(PAGE, 11)
    assert (record.status, record.solved_at) == (Status.CLOSED, None)
    assert record.is_merged


def test_changes_become_events():
    events = [
        (str(event.type), event.source, event.target, event.actor)
        for event in record_of(PAGE, 9).events
    ]
    assert events == [
        ("assignment", None, "5", "system"),
        ("status", "new", "open", "5"),
        ("priority", "normal", "high", "5"),
        ("status", "open", "solved", "5"),
        ("status", "solved", "open", "customer"),
        ("status", "open", "solved", "5"),
    ]


def test_a_row_that_cannot_be_read_is_set_aside_by_the_field_s_name():
    [faulty] = PAGE.faulty
    assert faulty.external_id == "12"
    assert "state_id" in faulty.reason
    assert "?" not in faulty.reason


def test_fields_of_the_customer_s_own_are_counted():
    assert PAGE.unknown_fields == {"order_number": 1}


def test_a_ticket_with_a_broken_history_is_set_aside_alone():
    http = ZammadHttp()
    http.give("ticket_history/9", b'{"history": [{"created_at": "yesterday"}]}')
    page = captured_page(http)
    assert {faulty.external_id for faulty in page.faulty} == {"9", "12"}
    assert {record.id for record in page.records} == {"10", "11"}


def test_a_ticket_deleted_while_its_page_was_read_is_erased():
    http = ZammadHttp()
    http.give("ticket_articles/by_ticket/9", b"{}", 404)
    record = record_of(captured_page(http), 9)
    assert (record.status, record.subject, record.messages) == (Status.DELETED, "", ())


def test_one_missing_part_erases_nothing_while_the_ticket_is_there():
    http = ZammadHttp()
    http.give("ticket_history/9", b"{}", 404)
    http.give("tickets/9", b"{}")
    page = captured_page(http)
    reasons = {faulty.external_id: faulty.reason for faulty in page.faulty}
    assert reasons["9"] == "parts: cannot be found"
    assert "9" not in {record.id for record in page.records}


def test_a_proxy_s_page_among_the_parts_stops_the_run():
    http = ZammadHttp()
    http.give("ticket_history/9", b"<html>Bad gateway</html>")
    with pytest.raises(TemporaryError):
        captured_page(http)


def test_an_unknown_state_sets_the_ticket_aside():
    http = ZammadHttp()
    http.give("ticket_states", b"[]")
    reasons = {faulty.external_id: faulty.reason for faulty in captured_page(http).faulty}
    assert reasons["9"] == "state_id: is not one we know"


@pytest.mark.parametrize("order", [(1, 0), (0, 1)])
def test_a_server_that_ignores_the_filter_or_the_order_is_not_believed(order):
    http = ZammadHttp()
    rows = json.loads(http.replies["tickets/search"].body)[:2]
    rows[0]["updated_at"] = "2025-03-02T12:00:00Z"
    http.give("tickets/search", json.dumps([rows[each] for each in order]).encode())
    with pytest.raises(PermanentError):
        captured_page(http)


def test_the_next_poll_goes_back_a_little_and_reads_nothing_twice():
    http = ZammadHttp()
    adapter = make_adapter({}, http)
    first = adapter.page(adapter.first_cursor(SINCE))
    http.give("tickets/search", b"[]")
    end = adapter.page(first.cursor)
    assert end.is_last
    assert adapter.page(end.cursor).cursor == end.cursor
    rows = [
        row for row in json.loads(ZammadHttp().replies["tickets/search"].body) if row["id"] == 11
    ]
    http.give("tickets/search", json.dumps(rows).encode())
    again = adapter.page(end.cursor)
    assert (again.records, again.is_last) == ([], False)
    rows[0]["updated_at"] = "2026-03-02T13:00:00.001Z"
    http.give("tickets/search", json.dumps(rows).encode())
    assert [record.id for record in adapter.page(end.cursor).records] == ["11"]


def test_a_start_between_two_milliseconds_is_no_reason_to_doubt_the_filter():
    http = ZammadHttp()
    adapter = make_adapter({}, http)
    start = at("2026-03-02T12:00:00.250400")
    assert {record.id for record in adapter.page(adapter.first_cursor(start)).records} == {
        "9",
        "10",
        "11",
    }
    [asked] = [payload for _method, name, payload in http.asked if name == "tickets/search"]
    assert asked["condition[ticket.updated_at][value]"] == "2026-03-02T12:00:00.249Z"


def test_a_cursor_of_somebody_else_is_refused():
    with pytest.raises(PermanentError) as caught:
        make_adapter({}, ZammadHttp()).page("after:12")
    assert caught.value.problem is Problem.CURSOR_REJECTED


def test_words_tell_a_lost_token_from_a_missing_right():
    http = ZammadHttp()
    http.give("tickets/search", b'{"error": "Authentication required"}', 403)
    with pytest.raises(AuthExpired):
        captured_page(http)
    http.give("tickets/search", b'{"error": "Not authorized"}', 403)
    with pytest.raises(PermanentError) as caught:
        captured_page(http)
    assert caught.value.problem is Problem.MISSING_SCOPE


def test_a_ticket_that_we_may_no_longer_read_is_not_gone():
    http = ZammadHttp()
    http.give("tickets/1", b"{}")
    http.give("tickets/2", b'{"error": "Not authorized"}', 403)
    assert list(make_adapter({}, http).present_ids(["1", "2", "3"])) == ["1", "2"]


def test_erasing_deletes_the_ticket_and_orders_the_person_s_deletion():
    http = ZammadHttp()
    http.give("tickets/9", b"")
    http.give("data_privacy_tasks", b'{"id": 1}', 201)
    adapter = make_adapter({}, http)
    adapter.erase_ticket("9")
    adapter.erase_ticket("404")
    adapter.erase_user("11")
    adapter.erase_user("404")
    sent = [(method, name) for method, name, _payload in http.asked if method != "GET"]
    assert sent == [
        ("DELETE", "tickets/9"),
        ("DELETE", "tickets/404"),
        ("POST", "data_privacy_tasks"),
    ]


def test_an_id_that_is_no_number_never_reaches_an_address():
    http = ZammadHttp()
    with pytest.raises(PermanentError):
        make_adapter({}, http).ticket("../users/1")
    assert http.asked == []


def test_the_address_and_the_token_lead_to_the_account():
    found = access({"address": "https://help.shop.example/desk/", "token": "abc"})
    assert found.base_url == "https://help.shop.example/desk"
    assert found.headers == {"Authorization": "Token token=abc"}


@pytest.mark.parametrize(
    "settings",
    [
        {"address": "help.shop.example", "token": "abc"},
        {"address": "https://a:b@help.shop.example", "token": "abc"},
        {"address": "https://help.shop.example/?x=1", "token": "abc"},
        {"address": "https://help.shop.example", "token": ""},
        {"address": "https://help.shop.example", "token": "a\nb"},
    ],
)
def test_settings_that_lead_nowhere_are_refused(settings):
    with pytest.raises(ValueError, match="Enter"):
        access(settings)

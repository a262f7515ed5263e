from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from integrations.base import AuthExpired, PermanentError, Problem, Reply, TemporaryError
from integrations.helpdesks.chatwoot.adapter import access
from tests.integrations.chatwoot.captured import (
    SINCE,
    ChatwootHttp,
    adapter_of,
    at,
    captured_page,
    fixture,
    ok,
    record_of,
)
from tickets.contracts import AuthorType, Channel, CsatRecord, CsatScale, Priority, Status

PAGE = captured_page()


def test_a_conversation_arrives_with_its_people_times_and_labels():
    record = record_of(PAGE, 12)
    assert (record.channel, record.status, record.priority) == (
        Channel.EMAIL,
        Status.SOLVED,
        Priority.NORMAL,
    )
    assert record.subject == "Parcel has not arrived"
    assert record.requester.email == "robin@customer.example"
    assert record.assignee is not None
    assert (record.assignee.name, record.assignee.team) == ("Sam Example", "Returns")
    assert record.tags == ("delivery", "vip")
    assert record.fields == {"order": "10-4471", "gift": True}
    assert record.updated_at == at("2026-03-02T10:00:00.250")


def test_who_said_what_and_to_whom():
    said = [
        (message.id, message.author.type, message.public)
        for message in record_of(PAGE, 12).messages
    ]
    assert said == [
        ("501", AuthorType.CUSTOMER, True),
        ("502", AuthorType.SYSTEM, True),
        ("503", AuthorType.BOT, True),
        ("504", AuthorType.AGENT, False),
        ("505", AuthorType.AGENT, True),
        ("506", AuthorType.AGENT, True),
        ("508", AuthorType.SYSTEM, True),
    ]


def test_a_deleted_message_has_no_words():
    texts = {message.id: message.text for message in record_of(PAGE, 12).messages}
    assert texts["501"] == "Where is my parcel?\n\nOrder 10-4471"
    assert texts["506"] == ""


def test_resolving_is_dated_by_its_line_of_activity():
    assert record_of(PAGE, 12).solved_at == at("2026-03-02T09:50:00")


def test_the_answer_to_a_survey_is_a_rating():
    assert record_of(PAGE, 12).csat == (
        CsatRecord(
            score=4, scale=CsatScale.ONE_TO_FIVE, at=at("2026-03-02T09:50:01"), comment="Quick!"
        ),
    )


def test_times_may_be_text():
    record = record_of(PAGE, 13)
    assert record.created_at == at("2026-03-02T09:00:05")
    assert (record.channel, record.status) == (Channel.MESSAGING, Status.HOLD)


def test_rows_that_cannot_be_read_are_set_aside_by_the_field_s_name():
    reasons = {faulty.external_id: faulty.reason for faulty in PAGE.faulty}
    assert set(reasons) == {"14", "15"}
    assert reasons["15"] == "meta.sender: is missing"
    assert "yesterday" not in reasons["14"]
    assert PAGE.unknown_fields == {"shoe_size": 1}


def test_a_user_that_is_a_program_is_a_bot():
    adapter = adapter_of(ChatwootHttp(), bot_ids="7")
    record = record_of(adapter.page(adapter.first_cursor(SINCE)), 12)
    types = {message.id: message.author.type for message in record.messages}
    assert types["505"] is AuthorType.BOT


def test_all_statuses_are_asked_for():
    http = ChatwootHttp()
    captured_page(http)
    [asked] = [payload for _method, name, payload in http.asked if name == "conversations"]
    assert (asked["status"], asked["assignee_type"]) == ("all", "all")


def test_messages_are_read_up_to_the_newest_and_no_further():
    http = ChatwootHttp()
    whole = json.loads(fixture("messages_12"))["payload"]
    first, rest = whole[:3], whole[3:]
    http.replies["conversations/12/messages?after=0"] = ok(json.dumps({"payload": first}).encode())
    http.replies["conversations/12/messages?after=503"] = ok(json.dumps({"payload": rest}).encode())
    assert record_of(captured_page(http), 12) == record_of(PAGE, 12)
    names = [name for _method, name, _payload in http.asked]
    assert "conversations/12/messages?after=508" not in names


def test_the_walk_ends_where_the_one_before_began():
    http = ChatwootHttp()
    adapter = adapter_of(http)
    page = adapter.page(adapter.first_cursor(at("2026-03-02T09:20:00")))
    assert page.is_last
    assert {record.id for record in page.records} == {"12", "13"}
    assert page.reached == at("2026-03-02T10:00:00")
    again = adapter.page(page.cursor)
    assert (again.records, again.is_last) == ([], True)


def many(numbers: range, total: int) -> Reply:
    row = json.loads(fixture("conversations"))["data"]["payload"][1]
    rows = [
        {**row, "id": number, "messages": [], "last_activity_at": 1772449200 - number}
        for number in numbers
    ]
    data = {"meta": {"all_count": total}, "payload": rows}
    return ok(json.dumps({"data": data}).encode())


def test_deletions_during_a_walk_make_it_step_back():
    """The first page's deletions pull rows of the second into the first, unread."""
    http = ChatwootHttp()
    for number in range(1, 41):
        http.replies[f"conversations/{number}/messages?after=0"] = ok(b'{"payload": []}')
    adapter = adapter_of(http)
    http.replies["conversations"] = many(range(1, 26), 40)
    first = adapter.page(adapter.first_cursor(SINCE))
    http.replies["conversations"] = many(range(29, 41), 37)
    second = adapter.page(first.cursor)
    assert not second.is_last
    asked: list[int] = []

    def answer(payload: Any) -> Reply:
        asked.append(payload["page"])
        return many(range(4, 29), 37) if payload["page"] == 1 else many(range(0), 37)

    http.replies["conversations"] = answer
    third = adapter.page(second.cursor)
    assert adapter.page(third.cursor).is_last
    assert asked == [1, 2]


def test_an_answered_survey_brings_its_conversation_again():
    http = ChatwootHttp()
    adapter = adapter_of(http)
    row = json.loads(fixture("conversations"))["data"]["payload"][0]
    with time_machine.travel(at("2026-03-02T12:00:00"), tick=False) as now:
        page = adapter.page(adapter.first_cursor(at("2026-03-02T09:55:00")))
        assert "csat_survey_responses" not in {name for _method, name, _payload in http.asked}
        now.shift(timedelta(minutes=1))
        http.replies["conversations/12"] = ok(json.dumps(row).encode())
        http.replies["conversations"] = many(range(0), 4)
        http.replies["csat_survey_responses"] = lambda asked: ok(
            fixture("csat_survey_responses") if asked["page"] == 1 else b"[]"
        )
        again = adapter.page(page.cursor)
    assert [record.id for record in again.records] == ["12"]
    [since] = {payload["since"] for _method, name, payload in http.asked if name.startswith("csat")}
    assert since == at("2026-03-02T11:58:00").timestamp()


def test_an_order_that_was_not_asked_for_is_not_believed():
    http = ChatwootHttp()
    page = json.loads(fixture("conversations"))
    page["data"]["payload"].reverse()
    http.replies["conversations"] = ok(json.dumps(page).encode())
    with pytest.raises(PermanentError):
        captured_page(http)


def test_a_conversation_deleted_while_its_page_was_read_is_erased():
    http = ChatwootHttp()
    del http.replies["conversations/13/messages?after=0"]
    record = record_of(captured_page(http), 13)
    assert (record.status, record.messages) == (Status.DELETED, ())


def test_missing_messages_erase_nothing_while_the_conversation_is_there():
    http = ChatwootHttp()
    del http.replies["conversations/13/messages?after=0"]
    row = json.loads(fixture("conversations"))["data"]["payload"][1]
    http.replies["conversations/13"] = ok(json.dumps(row).encode())
    page = captured_page(http)
    reasons = {faulty.external_id: faulty.reason for faulty in page.faulty}
    assert reasons["13"] == "messages: cannot be found"
    assert {record.id for record in page.records} == {"12"}


def test_a_proxy_s_page_among_the_messages_stops_the_run():
    http = ChatwootHttp()
    http.replies["conversations/13/messages?after=0"] = ok(b"<html>Bad gateway</html>")
    with pytest.raises(TemporaryError):
        captured_page(http)


def test_broken_messages_set_their_conversation_aside_alone():
    http = ChatwootHttp()
    http.replies["conversations/13/messages?after=0"] = ok(b'{"payload": [{"id": "x"}]}')
    page = captured_page(http)
    assert "13" in {faulty.external_id for faulty in page.faulty}
    assert {record.id for record in page.records} == {"12"}


def test_the_account_has_to_be_the_administrator_s():
    assert adapter_of(ChatwootHttp()).check().role == "administrator"
    for account, problem in (("2", Problem.MISSING_SCOPE), ("3", Problem.WRONG_ADDRESS)):
        with pytest.raises(PermanentError) as caught:
            adapter_of(ChatwootHttp(), account_id=account).check()
        assert caught.value.problem is problem
    http = ChatwootHttp()
    http.replies["/api/v1/profile"] = Reply(401, {}, b"{}")
    with pytest.raises(AuthExpired):
        adapter_of(http).check()


def test_a_conversation_that_we_may_no_longer_read_is_not_gone():
    http = ChatwootHttp()
    http.replies["conversations/1"] = ok(b"{}")
    http.replies["conversations/2"] = Reply(403, {}, b"{}")
    assert list(adapter_of(http).present_ids(["1", "2", "3"])) == ["1", "2"]


def test_erasing_deletes_the_conversation_and_the_contact():
    http = ChatwootHttp()
    adapter = adapter_of(http)
    adapter.erase_ticket("12")
    adapter.erase_user("101")
    sent = [(method, name) for method, name, _payload in http.asked]
    assert sent == [("DELETE", "conversations/12"), ("DELETE", "contacts/101")]


def test_cursors_and_ids_of_somebody_else_are_refused():
    http = ChatwootHttp()
    with pytest.raises(PermanentError) as caught:
        adapter_of(http).page("after:12")
    assert caught.value.problem is Problem.CURSOR_REJECTED
    with pytest.raises(PermanentError):
        adapter_of(http).ticket("../contacts/1")
    assert http.asked == []


GOOD = {"address": "https://chat.shop.example/", "account_id": " 1 ", "token": "abc"}


def test_the_address_and_the_token_lead_to_the_account():
    found = access(GOOD)
    assert found.base_url == "https://chat.shop.example"
    assert found.headers == {"api_access_token": "abc"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "chat.shop.example"},
        {"address": "https://chat.shop.example/app/accounts/1"},
        {"address": "https://a:b@chat.shop.example"},
        {"account_id": "shop"},
        {"token": ""},
        {"token": "a\nb"},
    ],
)
def test_settings_that_lead_nowhere_are_refused(wrong):
    with pytest.raises(ValueError, match="Enter"):
        access({**GOOD, **wrong})

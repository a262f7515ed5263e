from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.base import AuthExpired, PermanentError, Problem, Reply, TemporaryError
from integrations.helpdesks.intercom.adapter import access
from tests.integrations.intercom.captured import (
    DELETED,
    NO_RIGHT,
    ROBIN,
    SEARCH,
    adapter_of,
    at,
    captured_account,
    captured_pages,
    changed,
    fixture,
    record_of,
)
from tickets.contracts import AuthorType, Channel, CsatRecord, CsatScale, Priority, Status

LIST, GONE = captured_pages()


def test_a_conversation_arrives_with_its_people_times_and_fields():
    record = record_of(LIST, 471)
    assert (record.channel, record.status, record.priority) == (
        Channel.EMAIL,
        Status.SOLVED,
        Priority.HIGH,
    )
    assert record.subject == "Parcel has not arrived"
    assert record.created_at == at("2026-03-02T10:00:00")
    assert record.solved_at == at("2026-03-02T12:00:00")
    assert record.tags == ("delivery", "vip")
    assert record.fields == {"Order number": "745", "Gift": True}
    who = record.requester
    assert (who.id, who.name, who.email, who.phone, who.language) == (
        ROBIN,
        "Robin Example",
        "robin@customer.example",
        "+49 30 0000000",
        "de",
    )


def test_a_teammate_s_team_is_their_own_and_not_the_conversation_s():
    assignee = record_of(LIST, 471).assignee
    assert assignee is not None
    assert (assignee.name, assignee.email, assignee.team) == (
        "Sam Example",
        "sam@shop.example",
        "Returns",
    )


def test_messages_are_the_source_and_the_parts_in_which_something_was_said():
    said = [
        (message.id, message.author.type, message.public)
        for message in record_of(LIST, 471).messages
    ]
    assert said == [
        ("source-4710", AuthorType.CUSTOMER, True),
        ("4712", AuthorType.BOT, True),
        ("4713", AuthorType.AGENT, False),
        ("4714", AuthorType.AGENT, True),
        ("4715", AuthorType.AGENT, False),
        ("4717", AuthorType.CUSTOMER, True),
        ("4718", AuthorType.BOT, True),
        ("4719", AuthorType.AGENT, True),
    ]


def test_a_redacted_message_keeps_its_place_and_no_words():
    assert record_of(LIST, 471).messages[5].text == ""


def test_markup_that_came_all_the_same_is_taken_off():
    assert record_of(LIST, 471).messages[4].text == "Carrier is late again"


def test_what_a_campaign_sent_is_no_teammate_s_reply():
    record = record_of(LIST, 472)
    assert [message.author.type for message in record.messages] == [AuthorType.SYSTEM]
    assert (record.status, record.channel) == (Status.PENDING, Channel.MESSAGING)


def test_changes_of_state_and_teammate_become_events():
    events = [
        (str(event.type), event.source, event.target, event.actor)
        for event in record_of(LIST, 471).events
    ]
    assert events == [
        ("assignment", None, "71", "72"),
        ("status", "open", "pending", "71"),
        ("status", "pending", "open", "customer"),
        ("status", "open", "solved", "71"),
    ]


def test_a_rating_keeps_its_time_and_remark_and_an_open_question_is_none():
    assert record_of(LIST, 471).csat == (
        CsatRecord(
            score=5,
            scale=CsatScale.ONE_TO_FIVE,
            at=at("2026-03-03T07:00:00"),
            comment="Great support!",
        ),
    )
    assert record_of(LIST, 472).csat == ()


def test_a_contact_who_is_gone_stays_an_id():
    who = record_of(LIST, 472).requester
    assert (who.id, who.name, who.email) == ("64f0a1b2c3d4e5f601020399", None, None)


def test_a_broken_conversation_is_set_aside_by_its_field_and_harms_no_other():
    (faulty,) = LIST.faulty
    assert (faulty.external_id, faulty.reason) == ("473", "created_at: is not what belongs there")
    assert [record.id for record in LIST.records] == ["471", "472"]


def test_a_conversation_that_is_not_given_whole_says_from_when_on_it_is():
    http = captured_account()
    parts = json.loads(fixture("conversation_471"))["conversation_parts"]
    body = changed("conversation_471", conversation_parts={**parts, "total_count": 501})
    http.give("/conversations/471", body)
    page = captured_pages(http)[0]
    oldest = min(part["created_at"] for part in parts["conversation_parts"])
    given = {record.id: record.complete_since for record in page.records}
    assert given == {"471": datetime.fromtimestamp(oldest, UTC), "472": None}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
ROW = json.loads(fixture("conversation_471"))
PART = ROW["conversation_parts"]["conversation_parts"][3]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(ROW.keys() - {"id"})),
    st.sampled_from(sorted(ROW["source"])),
    st.sampled_from(sorted(PART)),
    JSON,
)
def test_whatever_a_field_holds_it_is_mapped_or_set_aside(of_row, of_source, of_part, value):
    for values in (
        {of_row: value},
        {"source": {**ROW["source"], of_source: value}},
        {
            "conversation_parts": {
                "total_count": 1,
                "conversation_parts": [{**PART, of_part: value}],
            }
        },
    ):
        http = captured_account()
        http.give("/conversations/471", changed("conversation_471", **values))
        page = captured_pages(http)[0]
        found = [record.id for record in page.records]
        found += [faulty.external_id for faulty in page.faulty]
        assert sorted(found) == ["471", "472", "473"]


def test_unknown_fields_are_counted_by_name():
    assert LIST.unknown_fields == {"sentiment_of_the_day": 1}


def test_deleted_conversations_are_orders_to_erase_and_old_ones_are_left_out():
    (record,) = GONE.records
    assert (record.id, record.status, record.messages) == ("470", Status.DELETED, ())


def test_a_list_of_deleted_ones_that_did_not_grow_is_asked_once():
    http = captured_account()
    body = json.loads(fixture("deleted_page"))
    body |= {"total_count": 120, "pages": {"total_pages": 2}}
    http.give(DELETED, json.dumps(body).encode())
    adapter = adapter_of(http)
    pages = captured_pages(http)
    assert [asked[2]["page"] for asked in http.asked if asked[1] == DELETED] == [1, 2]
    http.asked.clear()
    http.give(SEARCH, changed("search_page", conversations=[]))
    poll = adapter.page(adapter.page(pages[-1].cursor).cursor)
    assert poll.is_last
    assert poll.records == []
    assert [asked[2]["page"] for asked in http.asked if asked[1] == DELETED] == [1]


def test_a_sibling_of_the_last_deleted_one_is_found_when_the_list_has_grown():
    http = captured_account()
    cursor = captured_pages(http)[-1].cursor
    body = json.loads(fixture("deleted_page"))
    body["conversations"].insert(0, {"id": "469", "deleted_at": 1772440000})
    http.give(DELETED, json.dumps({**body, "total_count": 3}).encode())
    http.give(SEARCH, changed("search_page", conversations=[]))
    adapter = adapter_of(http)
    poll = adapter.page(adapter.page(cursor).cursor)
    assert "469" in [record.id for record in poll.records]


def test_a_workspace_without_a_list_of_deleted_ones_goes_on():
    http = captured_account()
    del http.replies[DELETED]
    assert captured_pages(http)[-1].is_last


def test_the_search_is_sorted_by_its_clock_and_asks_for_a_second_less():
    http = captured_account()
    captured_pages(http)
    method, path, payload = http.asked[0]
    assert (method, path) == ("POST", SEARCH)
    assert payload["sort"] == {"field": "updated_at", "order": "ascending"}
    (asked,) = payload["query"]["value"]
    start = int(at("2026-01-01T00:00:00").timestamp())
    assert (asked["operator"], asked["value"]) == (">", start - 1)
    assert ("GET", "/conversations/471", "display_as=plaintext") in http.asked


def test_the_next_page_starts_at_the_last_row_s_second():
    http = captured_account()
    http.give(SEARCH, changed("search_page", pages={"next": {"starting_after": "xyz"}}))
    adapter = adapter_of(http)
    page = adapter.page(adapter.first_cursor(at("2026-01-01T00:00:00")))
    http.give(SEARCH, changed("search_page", conversations=[]))
    adapter.page(page.cursor)
    payload = http.asked[-1][2]
    assert payload["query"]["value"][0]["value"] == 1772530300 - 1
    assert "starting_after" not in payload["pagination"]


@pytest.mark.parametrize(
    ("now", "after"), [("2026-03-03T12:00:00", 1772530300), ("2026-03-03T09:31:50", 1772530249)]
)
def test_the_next_poll_repeats_the_last_minute_and_nothing_older(now, after):
    http = captured_account()
    with time_machine.travel(at(now), tick=False):
        cursor = captured_pages(http)[-1].cursor
        http.give(SEARCH, changed("search_page", conversations=[]))
        adapter_of(http).page(cursor)
    assert http.asked[-1][2]["query"]["value"][0]["value"] == after


def test_the_vendor_s_position_is_used_within_one_second_only():
    http = captured_account()
    rows = [{"id": "472", "updated_at": 1772530200}]
    body = changed("search_page", conversations=rows, pages={"next": {"starting_after": "xyz"}})
    http.give(SEARCH, body)
    adapter = adapter_of(http)
    page = adapter.page(adapter.first_cursor(at("2026-03-03T09:30:00")))
    with pytest.raises(TemporaryError, match="position"):
        adapter.page(page.cursor)
    searches = [asked[2] for asked in http.asked if asked[1] == SEARCH]
    assert searches[-1]["pagination"]["starting_after"] == "xyz"


def test_a_position_that_is_refused_is_said():
    http = captured_account()
    http.give(SEARCH, b'{"type":"error.list"}', 400)
    cursor = '{"since": 1772530200, "deleted_since": 0, "after": "xyz"}'
    with pytest.raises(PermanentError) as caught:
        adapter_of(http).page(cursor)
    assert caught.value.problem is Problem.CURSOR_REJECTED


@pytest.mark.parametrize("cursor", ["", "{}", "after:1", '{"since": -1, "deleted_since": 0}'])
def test_a_cursor_of_another_form_is_rejected(cursor):
    with pytest.raises(PermanentError) as caught:
        adapter_of(captured_account()).page(cursor)
    assert caught.value.problem is Problem.CURSOR_REJECTED


def test_older_rows_than_asked_for_are_not_believed():
    adapter = adapter_of(captured_account())
    with pytest.raises(TemporaryError, match="time"):
        adapter.page(adapter.first_cursor(at("2026-03-04T00:00:00")))


def test_an_id_that_is_no_number_reaches_no_address():
    http = captured_account()
    rows = [{"id": "../admins", "updated_at": 1772530200}]
    http.give(SEARCH, changed("search_page", conversations=rows))
    page = captured_pages(http)[0]
    assert [faulty.external_id for faulty in page.faulty] == ["../admins"]
    assert [asked[1] for asked in http.asked] == [SEARCH, DELETED]


def test_a_conversation_that_vanished_since_the_search_is_deleted():
    http = captured_account()
    del http.replies["/conversations/472"]
    assert record_of(captured_pages(http)[0], 472).status is Status.DELETED


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", fixture("conversation_471")])
def test_an_answer_that_is_not_the_conversation_stops_the_run(body):
    http = captured_account()
    http.give("/conversations/472", body)
    with pytest.raises(TemporaryError):
        captured_pages(http)


def test_only_what_answers_404_is_gone():
    http = captured_account()
    adapter = adapter_of(http)
    assert list(adapter.present_ids(["471", "472", "9"])) == ["471", "472"]
    assert adapter.ticket("9") is None
    http.replies["/conversations/471"] = NO_RIGHT
    with pytest.raises(PermanentError):
        list(adapter.present_ids(["471"]))


def test_only_a_contact_who_answers_404_is_gone():
    http = captured_account()
    there, hidden, gone = "6" * 24, "7" * 24, "8" * 24
    http.give(f"/contacts/{there}", b'{"id": "x"}')
    http.replies[f"/contacts/{hidden}"] = NO_RIGHT
    asked = ["of-471", there, hidden, gone]
    assert list(adapter_of(http).present_people(asked)) == ["of-471", there, hidden]


def test_teammates_that_we_may_not_list_stand_for_themselves():
    http = captured_account()
    http.replies["/admins"] = http.replies["/teams"] = NO_RIGHT
    assignee = record_of(captured_pages(http)[0], 471).assignee
    assert assignee is not None
    assert (assignee.id, assignee.name, assignee.team) == ("71", None, None)


def test_it_says_whose_workspace_it_is():
    account = adapter_of(captured_account()).check()
    assert (account.id, account.name, account.role) == ("71", "Shop Example", "admin")


def test_a_token_that_may_not_read_conversations_is_refused():
    http = captured_account()
    http.replies[SEARCH] = NO_RIGHT
    with pytest.raises(PermanentError) as caught:
        adapter_of(http).check()
    assert caught.value.problem is Problem.MISSING_SCOPE


@pytest.mark.parametrize("body", [b'{"type": "admin", "id": null}', b"{}"])
def test_nobody_is_not_taken_for_an_account(body):
    http = captured_account()
    http.give("/me", body)
    with pytest.raises(AuthExpired):
        adapter_of(http).check()


@pytest.mark.parametrize(
    ("region", "host"),
    [("", "api.intercom.io"), ("EU", "api.eu.intercom.io"), (" au ", "api.au.intercom.io")],
)
def test_the_region_leads_to_its_host_with_a_pinned_version(region, host):
    found = access({"region": region, "access_token": "t0ken", "calls_per_minute": "1000"})
    assert found.base_url == f"https://{host}"
    assert found.headers["Authorization"] == "Bearer t0ken"
    assert found.headers["Intercom-Version"] == "2.16"
    assert [(rate.calls, rate.seconds) for rate in found.rates] == [(166, 10.0)]


def test_a_region_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="region"):
        access({"region": "evil.example/"})


def test_redacting_and_erasing_name_what_they_mean_and_may_be_repeated():
    http = captured_account()
    adapter = adapter_of(http)
    adapter.redact("471", "4714", "way")
    adapter.redact("471", "source-4710", "Order")
    adapter.erase_ticket("471")
    adapter.erase_user(ROBIN)
    assert http.asked == [
        (
            "POST",
            "/conversations/redact",
            {
                "type": "conversation_part",
                "conversation_id": "471",
                "conversation_part_id": "4714",
            },
        ),
        (
            "POST",
            "/conversations/redact",
            {"type": "source", "conversation_id": "471", "source_id": "4710"},
        ),
        ("DELETE", "/conversations/471", None),
        ("DELETE", f"/contacts/{ROBIN}", None),
    ]


@pytest.mark.parametrize("contact", ["", "../admins", "a b", "²/"])
def test_odd_ids_of_contacts_reach_no_address(contact):
    http = captured_account()
    with pytest.raises(PermanentError):
        adapter_of(http).erase_user(contact)
    assert http.asked == []


def test_erasing_without_the_right_is_said():
    http = captured_account()
    http.replies["/conversations/471"] = Reply(403, {}, b"{}")
    with pytest.raises(PermanentError) as caught:
        adapter_of(http).erase_ticket("471")
    assert caught.value.problem is Problem.MISSING_SCOPE

from __future__ import annotations

import json

import pytest

from integrations.base import AuthExpired, PermanentError, Problem, Reply, TemporaryError
from integrations.helpdesks.zendesk.adapter import make_adapter
from integrations.helpdesks.zendesk.vendor import INCREMENTAL
from tests.integrations.zendesk.captured import (
    EXPORT,
    CapturedHttp,
    at,
    captured_account,
    captured_page,
    fixture,
    record_of,
)
from tickets.contracts import AuthorType, Channel, CsatRecord, CsatScale, Priority, Status

PAGE = captured_page()


def test_a_ticket_arrives_with_its_people_times_and_fields():
    record = record_of(PAGE, 35436)
    assert (record.channel, record.status, record.priority) == (
        Channel.EMAIL,
        Status.CLOSED,
        Priority.HIGH,
    )
    assert record.subject == "Parcel has not arrived"
    assert record.solved_at == at("2026-03-02T12:00:00")
    assert record.requester.email == "robin@customer.example"
    assert record.assignee is not None
    assert (record.assignee.name, record.assignee.team) == ("Sam Example", "Returns")
    assert record.tags == ("delivery", "vip")
    assert record.fields == {"Order number": "745", "Gift": "yes, gift"}


def test_a_suspended_customer_is_still_a_person():
    assert record_of(PAGE, 35436).requester.name == "Robin Example"


def test_messages_lose_their_markup_and_keep_their_words():
    first, *_ = record_of(PAGE, 35436).messages
    assert first.text == "Where is my parcel?\nOrder 10-4471"
    assert first.author.type is AuthorType.CUSTOMER
    assert first.public


def test_a_comment_that_was_made_private_is_private():
    messages = record_of(PAGE, 35436).messages
    assert [message.public for message in messages] == [True, True, False]
    assert messages[2].text == "Carrier is late again"


def test_changes_of_status_assignee_and_priority_become_events():
    events = [
        (str(event.type), event.source, event.target, event.actor)
        for event in record_of(PAGE, 35436).events
    ]
    assert events == [
        ("assignment", None, "235324", "trigger"),
        ("status", "new", "pending", "235323"),
        ("assignment", "235324", "235323", "235323"),
        ("priority", "normal", "high", "235323"),
        ("status", "pending", "solved", "235323"),
        ("status", "solved", "closed", "automation"),
    ]


def test_a_rating_is_dated_by_the_audit_that_brought_it():
    assert record_of(PAGE, 35436).csat == (
        CsatRecord(
            score="good",
            scale=CsatScale.GOOD_BAD,
            at=at("2026-03-03T07:00:00"),
            comment="Great support!",
        ),
    )


@pytest.mark.parametrize("number", [35437, 35438])
def test_an_offered_rating_is_no_rating(number):
    assert record_of(PAGE, number).csat == ()


def test_authors_are_told_apart():
    messages = record_of(PAGE, 35437).messages
    assert [(message.author.type, message.public) for message in messages] == [
        (AuthorType.CUSTOMER, True),
        (AuthorType.BOT, True),
        (AuthorType.BOT, True),
        (AuthorType.AGENT, False),
        (AuthorType.CUSTOMER, True),
    ]
    assert messages[0].text == "Hello 👋 مرحبا"


def test_a_change_to_an_unknown_status_is_left_out():
    assert [event.target for event in record_of(PAGE, 35437).events] == ["open"]


def test_a_merged_ticket_credits_nobody_with_a_solve_or_a_reply():
    record = record_of(PAGE, 35438)
    assert record.status is Status.CLOSED
    assert record.is_merged
    assert record.solved_at is None
    assert record.events == ()
    assert [message.author.type for message in record.messages] == [
        AuthorType.CUSTOMER,
        AuthorType.SYSTEM,
    ]


@pytest.mark.parametrize("number", [35439, 35440])
def test_deleted_and_scrubbed_tickets_are_orders_to_erase_and_hold_no_words(number):
    record = record_of(PAGE, number)
    assert record.status is Status.DELETED
    assert (record.subject, record.messages, record.requester.name) == ("", (), None)


def test_a_scrubbed_ticket_is_dated_by_the_feed_and_not_by_its_old_update():
    assert record_of(PAGE, 35440).updated_at > at("2026-03-01T00:00:00")


def test_a_broken_row_is_set_aside_by_its_field_and_harms_no_other():
    (faulty,) = PAGE.faulty
    assert (faulty.external_id, faulty.reason) == ("35441", "created_at: is not what belongs there")
    assert len(PAGE.records) == 5


def test_unknown_fields_are_counted_by_name():
    assert PAGE.unknown_fields == {"sentiment_of_the_day": 1}


def test_the_cursor_is_kept_at_the_end_of_the_stream():
    assert PAGE.is_last
    assert PAGE.cursor == "after:MTc3MjYxMTQwMC4wfHwzNTQ0MXw="
    assert PAGE.reached == at("2026-03-05T10:00:00")


def test_the_next_page_is_asked_for_by_cursor_in_the_bucket_of_the_export():
    http = captured_account()
    adapter = make_adapter({"page_size": "250"}, http)
    adapter.page(PAGE.cursor)
    path, params, bucket = http.asked[0]
    assert (path, bucket) == (EXPORT, INCREMENTAL)
    assert params["cursor"] == "MTc3MjYxMTQwMC4wfHwzNTQ0MXw="
    assert params["per_page"] == 250
    assert "start_time" not in params


def test_nothing_is_asked_about_deleted_tickets():
    http = captured_account()
    captured_page(http)
    assert not [path for path, *_ in http.asked if "35439" in path or "35440" in path]


def test_long_histories_are_read_to_their_end():
    http = captured_account()
    first, rest = json.loads(fixture("audits_35437")), json.loads(fixture("audits_35437"))
    first["audits"], rest["audits"] = first["audits"][:1], rest["audits"][1:]
    first["meta"] = {"has_more": True, "after_cursor": "two"}
    http.replies["/api/v2/tickets/35437/audits.json"] = lambda params: Reply(
        200, {}, json.dumps(rest if params.get("page[after]") == "two" else first).encode()
    )
    assert len(record_of(captured_page(http), 35437).messages) == 5


def test_a_ticket_whose_audits_and_self_are_gone_is_deleted():
    http = captured_account()
    del http.replies["/api/v2/tickets/35437/audits.json"]
    assert record_of(captured_page(http), 35437).status is Status.DELETED


def test_missing_audits_of_a_ticket_that_is_there_erase_nothing():
    http = captured_account()
    del http.replies["/api/v2/tickets/35437/audits.json"]
    row = json.loads(fixture("export_page"))["tickets"][1]
    http.give("/api/v2/tickets/35437.json", json.dumps({"ticket": row}).encode())
    page = captured_page(http)
    assert "35437" in [faulty.external_id for faulty in page.faulty]
    assert "35437" not in [record.id for record in page.records]


def test_audits_that_cannot_be_read_set_their_ticket_aside():
    http = captured_account()
    http.give("/api/v2/tickets/35437/audits.json", b'{"audits": [{"created_at": 7}]}')
    page = captured_page(http)
    reasons = {faulty.external_id: faulty.reason for faulty in page.faulty}
    assert reasons["35437"].startswith("audits: ")


def test_the_vendors_200_for_a_stranger_is_no_success():
    http = CapturedHttp()
    http.give("/api/v2/users/me.json", fixture("me_anonymous"))
    with pytest.raises(AuthExpired) as caught:
        make_adapter({}, http).check()
    assert caught.value.problem is Problem.WRONG_CREDENTIALS


@pytest.mark.parametrize(
    ("status", "error", "problem"),
    [
        (403, PermanentError, Problem.MISSING_SCOPE),
        (404, PermanentError, Problem.WRONG_ADDRESS),
        (422, PermanentError, Problem.CURSOR_REJECTED),
        (400, PermanentError, Problem.CURSOR_REJECTED),
    ],
)
def test_refusals_of_the_export_say_what_is_wrong(status, error, problem):
    http = CapturedHttp()
    http.give(EXPORT, b"{}", status)
    with pytest.raises(error) as caught:
        make_adapter({}, http).page("after:abc")
    assert caught.value.problem is problem


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Maintenance</html>",
        b'{"tickets": null, "end_of_stream": true}',
        b'{"error": {"title": "Sorry"}}',
        b'{"tickets": [], "end_of_stream": false}',
        b'{"tickets": [], "after_cursor": "x", "end_of_stream": tru',
    ],
)
def test_a_page_that_is_none_is_asked_for_again(body):
    http = CapturedHttp()
    http.give(EXPORT, body)
    with pytest.raises(TemporaryError) as caught:
        make_adapter({}, http).page("after:abc")
    assert caught.value.problem is Problem.MALFORMED


def test_a_cursor_of_another_make_is_rejected_without_a_call():
    http = captured_account()
    with pytest.raises(PermanentError) as caught:
        make_adapter({}, http).page("2026-01-01")
    assert caught.value.problem is Problem.CURSOR_REJECTED
    assert http.asked == []


def test_an_answer_that_ignores_the_ids_is_not_believed():
    http = CapturedHttp()
    rows = json.loads(fixture("export_page"))["tickets"][:2]
    http.give("/api/v2/tickets/show_many.json", json.dumps({"tickets": rows}).encode())
    adapter = make_adapter({}, http)
    assert list(adapter.present_ids(["35436", "35437", "99"])) == ["35436", "35437"]
    with pytest.raises(TemporaryError):
        list(adapter.present_ids(["35436"]))

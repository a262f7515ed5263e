"""The connector against the sandbox, over the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.base import (
    AuthExpired,
    PermanentError,
    Problem,
    TemporaryError,
)
from integrations.demo.generator import generate
from integrations.helpdesks.sandbox.adapter import access, make_adapter
from integrations.helpdesks.sandbox.people import AGENT_BY_ID, BOT_ID, number_of
from integrations.helpdesks.sandbox.server import Sandbox
from integrations.helpdesks.texts import tidy
from integrations.helpdesks.zendesk.adapter import ZendeskAdapter
from tests.integrations.sandbox.client import LoopbackHttp
from tickets.contracts import AuthorType, CsatVerdict, Status, TicketRecord

NOW = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
TICKETS = 60


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(tickets=TICKETS, now=NOW) as running:
        yield running


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[LoopbackHttp]:
    gate = LoopbackHttp(sandbox.url)
    yield gate
    gate.close()


@pytest.fixture
def adapter(http: LoopbackHttp) -> ZendeskAdapter:
    return make_adapter({"page_size": "25"}, http)


def read_all(adapter: ZendeskAdapter, cursor: str | None = None) -> tuple[dict[str, Any], str]:
    """The newest record of every ticket, and the cursor at the end."""
    position = cursor or adapter.first_cursor(LONG_AGO)
    found: dict[str, TicketRecord] = {}
    for _ in range(100):
        page = adapter.page(position)
        assert page.faulty == []
        assert page.unknown_fields == {}
        found |= {record.id: record for record in page.records}
        position = page.cursor
        if page.is_last:
            return found, position
    raise AssertionError("The feed does not end.")


def test_everything_that_was_generated_arrives_word_for_word(adapter):
    found, _ = read_all(adapter)
    generated = list(generate(TICKETS, now=NOW))
    assert found.keys() == {record.id.removeprefix("demo-") for record in generated}
    for source in generated:
        assert_same(found[source.id.removeprefix("demo-")], source)


def assert_same(record: TicketRecord, source: TicketRecord) -> None:
    assert (record.subject, record.channel, record.status, record.tags, record.solved_at) == (
        source.subject,
        source.channel,
        source.status,
        source.tags,
        source.solved_at,
    )
    assert record.priority == source.priority
    assert (record.created_at, record.updated_at) == (source.created_at, source.updated_at)
    assert (record.requester.name, record.requester.email) == (
        source.requester.name,
        source.requester.email,
    )
    assert [(m.text, m.author.type, m.public, m.sent_at) for m in record.messages] == [
        (tidy(m.text), m.author.type, m.public, m.sent_at) for m in source.messages
    ]
    assert [(str(e.type), e.at) for e in record.events] == [
        (str(e.type), e.at) for e in sorted(source.events, key=lambda event: event.at)
    ]
    assert [(r.verdict, r.at, r.comment) for r in record.csat] == [
        (r.verdict, r.at, r.comment) for r in source.csat[-1:]
    ]
    assert record.assignee is None or source.assignee is not None
    if record.assignee and source.assignee:
        number = number_of(source.assignee.id)
        colleague = AGENT_BY_ID[number]
        assert record.assignee.id == str(number)
        assert (record.assignee.name, record.assignee.team) == (colleague.name, colleague.team)
        assert colleague.team == source.assignee.team


def test_the_same_seed_and_moment_make_the_same_account(sandbox):
    with Sandbox(tickets=TICKETS, now=NOW) as twin:
        assert twin.store.order == sandbox.store.order
        assert [entry.row for entry in twin.store.entries.values()] == [
            entry.row for entry in sandbox.store.entries.values()
        ]


def test_one_call_a_ticket_and_one_a_page(adapter, http):
    found, _ = read_all(adapter)
    calls = http.control("state")["calls"]
    assert calls["GET /api/v2/tickets/#/audits"] == len(found)
    assert calls["GET /api/v2/incremental/tickets/cursor"] == 3


def test_a_poll_after_the_end_brings_only_what_changed(adapter, http):
    found, cursor = read_all(adapter)
    nothing, cursor = read_all(adapter, cursor)
    assert nothing == {}
    (new_id,) = http.control("create")["ids"]
    old_id = int(next(iter(found)))
    http.control("reply", ticket_id=old_id, text="On <its> way & soon", agent=9_003)
    changed, _ = read_all(adapter, cursor)
    assert changed.keys() == {str(new_id), str(old_id)}
    assert changed[str(new_id)].status is Status.NEW
    last = changed[str(old_id)].messages[-1]
    assert (last.text, last.author.type, last.author.id) == (
        "On <its> way & soon",
        AuthorType.AGENT,
        "9003",
    )


def test_work_on_a_ticket_arrives_as_events_and_a_rating(adapter, http):
    _, cursor = read_all(adapter)
    (ticket_id,) = http.control("create")["ids"]
    http.control("assign", ticket_id=ticket_id, agent=9_002)
    http.control("status", ticket_id=ticket_id, status="solved", agent=9_002)
    http.control("rate", ticket_id=ticket_id, score="bad", comment="Too slow")
    (record,) = read_all(adapter, cursor)[0].values()
    assert [(str(e.type), e.target, e.actor) for e in record.events] == [
        ("assignment", "9002", "trigger"),
        ("status", "solved", "9002"),
    ]
    assert record.solved_at is not None
    assert record.csat[0].verdict is CsatVerdict.BAD
    assert record.csat[0].comment == "Too slow"


@pytest.mark.parametrize("ending", ["delete", "scrub"])
def test_deleted_and_scrubbed_tickets_come_as_orders_to_erase(adapter, http, ending):
    found, cursor = read_all(adapter)
    ticket_id = next(iter(found))
    http.control(ending, ticket_id=int(ticket_id))
    (record,) = read_all(adapter, cursor)[0].values()
    assert (record.id, record.status, record.messages) == (ticket_id, Status.DELETED, ())


def test_a_silent_deletion_shows_in_the_search_for_present_ids(adapter, http):
    found, cursor = read_all(adapter)
    ids = list(found)
    http.control("vanish", ticket_id=int(ids[3]))
    assert read_all(adapter, cursor)[0] == {}
    assert set(ids) - set(adapter.present_ids(ids)) == {ids[3]}
    assert adapter.ticket(ids[3]) is None


def test_one_ticket_can_be_read_again(adapter):
    found, _ = read_all(adapter)
    for ticket_id in list(found)[:5]:
        assert adapter.ticket(ticket_id) == found[ticket_id]


def test_a_redaction_arrives_though_the_ticket_keeps_its_date(adapter, http):
    found, cursor = read_all(adapter)
    before = next(record for record in found.values() if len(record.messages) > 1)
    message = before.messages[0]
    word = message.text.split()[0]
    adapter.redact(before.id, message.id, word)
    after = read_all(adapter, cursor)[0][before.id]
    assert after.messages[0].text.startswith("▇" * len(word))
    assert after.updated_at == before.updated_at


def test_a_redaction_of_what_is_not_there_is_refused(adapter):
    found, _ = read_all(adapter)
    record = next(iter(found.values()))
    with pytest.raises(PermanentError):
        adapter.redact(record.id, record.messages[0].id, "words that nobody wrote")


def test_a_ticket_is_erased_at_the_source_and_erasing_again_is_no_fault(adapter, sandbox):
    found, _ = read_all(adapter)
    waits: list[float] = []
    adapter.wait = waits.append
    ticket_id = next(iter(found))
    adapter.erase_ticket(ticket_id)
    assert waits
    assert sandbox.store.stored(int(ticket_id)) is None
    adapter.erase_ticket(ticket_id)
    assert adapter.ticket(ticket_id) is None


def test_erasing_waits_for_a_job_only_so_long(adapter, sandbox):
    found, _ = read_all(adapter)
    ticket_id = next(iter(found))

    def never_done(_: float) -> None:
        sandbox.api.jobs[f"job{ticket_id}"] = 5

    adapter.wait = never_done
    with pytest.raises(TemporaryError) as caught:
        adapter.erase_ticket(ticket_id)
    assert caught.value.retry_at is not None


def test_an_erased_customer_has_no_name_any_more(adapter, http):
    found, cursor = read_all(adapter)
    record = next(iter(found.values()))
    adapter.erase_user(record.requester.id)
    http.control("reply", ticket_id=int(record.id), author="agent")
    again = read_all(make_adapter({}, http), cursor)[0][record.id]
    assert again.requester.id == record.requester.id
    assert (again.requester.name, again.requester.email) == (None, None)
    assert again.messages[0].author.name is None


def test_a_suspended_customer_keeps_their_name(adapter, http):
    found, cursor = read_all(adapter)
    record = next(iter(found.values()))
    http.control("suspend_user", user_id=int(record.requester.id))
    http.control("reply", ticket_id=int(record.id), author="agent")
    again = read_all(make_adapter({}, http), cursor)[0][record.id]
    assert again.requester == record.requester


def test_a_merge_credits_nobody(adapter, http):
    found, cursor = read_all(adapter)
    source, target = list(found)[:2]
    http.control("merge", source=int(source), target=int(target))
    merged = read_all(adapter, cursor)[0]
    assert "closed_by_merge" in merged[source].tags
    assert merged[source].solved_at is None
    assert (merged[source].is_merged, merged[target].is_merged) == (True, False)
    assert merged[source].events == found[source].events
    assert merged[target].messages[-1].author.type is AuthorType.SYSTEM


def test_bots_are_bots(adapter, http):
    found, cursor = read_all(adapter)
    ticket_id = next(iter(found))
    http.control("reply", ticket_id=int(ticket_id), author="bot", text="Beep")
    author = read_all(adapter, cursor)[0][ticket_id].messages[-1].author
    assert (author.type, author.id) == (AuthorType.BOT, str(BOT_ID))


def test_the_latest_seconds_are_held_back_and_lost_by_nobody():
    moment = NOW
    with Sandbox(tickets=5, now=NOW, lag=60, clock=lambda: moment) as sandbox:
        http = LoopbackHttp(sandbox.url)
        adapter = make_adapter({}, http)
        _, cursor = read_all(adapter)
        http.control("create")
        nothing, cursor = read_all(adapter, cursor)
        moment += timedelta(seconds=90)
        later, _ = read_all(adapter, cursor)
        http.close()
    assert (len(nothing), len(later)) == (0, 1)


# Who we are


@pytest.mark.parametrize(
    "address",
    ["", "https://127.0.0.1:8099", "http://helpdesk.example", "http://127.0.0.1:8099/elsewhere"],
)
def test_the_sandbox_is_on_this_machine_or_nowhere(address):
    with pytest.raises(ValueError, match="this machine"):
        access({"address": address})


def test_a_sandbox_is_paced_only_when_a_plan_is_given(sandbox):
    settings = {"address": sandbox.url, "access_token": "t"}
    assert access(settings).rates == ()
    assert access(settings).headers == {"Authorization": "Bearer t"}
    assert [rate.calls for rate in access({**settings, "calls_per_minute": "700"}).rates] == [
        700,
        10,
    ]


def test_the_check_says_who_we_are(adapter):
    account = adapter.check()
    assert (account.id, account.role) == ("9000", "admin")


def test_a_stranger_is_told_apart_from_an_admin(sandbox):
    http = LoopbackHttp(sandbox.url, token="wrong")
    with pytest.raises(AuthExpired) as caught:
        make_adapter({}, http).check()
    http.close()
    assert caught.value.problem is Problem.WRONG_CREDENTIALS


def test_a_revoked_token_ends_the_sync(adapter, http):
    cursor = adapter.page(adapter.first_cursor(LONG_AGO)).cursor
    http.control("revoke")
    with pytest.raises(AuthExpired):
        adapter.page(cursor)


def test_a_cursor_that_is_not_taken_any_more_is_said_to_be(adapter):
    with pytest.raises(PermanentError) as caught:
        adapter.page("after:bm90IG91cnM=")
    assert caught.value.problem is Problem.CURSOR_REJECTED


def test_a_backfill_from_just_now_is_not_refused(sandbox, http):
    adapter = make_adapter({}, http)
    page = adapter.page(adapter.first_cursor(datetime.now(UTC)))
    assert page.is_last


# Faults: a page comes whole or not at all


@pytest.mark.parametrize("path", ["/incremental/", "/audits"])
@pytest.mark.parametrize("kind", ["500", "503", "half_close", "429", "empty", "malformed"])
def test_after_a_fault_the_same_page_comes_whole(adapter, http, kind, path):
    start = adapter.first_cursor(LONG_AGO)
    expected = adapter.page(start)
    http.control("fail", kind=kind, path=path)
    if (kind in {"empty", "malformed"}) and path == "/audits":  # asked for again at once
        assert adapter.page(start) == expected
        return
    with pytest.raises(TemporaryError):
        adapter.page(start)
    assert adapter.page(start) == expected


def audits_of_the_first(sandbox: Sandbox) -> str:
    return f"/tickets/{sandbox.store.order[0][1]}/audits"


def test_audits_that_are_nobodys_json_twice_stop_the_run(adapter, http, sandbox):
    http.control("fail", kind="empty", path=audits_of_the_first(sandbox), times=2)
    with pytest.raises(TemporaryError) as caught:
        adapter.page(adapter.first_cursor(LONG_AGO))
    assert caught.value.problem is Problem.MALFORMED


def test_audits_that_stay_broken_set_their_ticket_aside(adapter, http, sandbox):
    http.control("fail", kind="malformed", path=audits_of_the_first(sandbox), times=2)
    page = adapter.page(adapter.first_cursor(LONG_AGO))
    assert len(page.faulty) == 1
    assert len(page.records) == 24


def test_a_time_out_is_temporary(sandbox):
    http = LoopbackHttp(sandbox.url, timeout=0.2)
    http.control("fail", kind="timeout", seconds=20)
    with pytest.raises(TemporaryError) as caught:
        make_adapter({}, http).check()
    http.close()
    assert caught.value.problem is Problem.UNREACHABLE


def test_a_spent_allowance_is_refused_with_the_time_to_wait():
    ticks = 1_000.0
    with Sandbox(tickets=5, now=NOW, ticker=lambda: ticks) as sandbox:
        http = LoopbackHttp(sandbox.url)
        http.control("limit", calls=700, incremental_calls=2, seconds=60)
        adapter = make_adapter({}, http)
        cursor = adapter.page(adapter.first_cursor(LONG_AGO)).cursor
        adapter.page(cursor)
        with pytest.raises(TemporaryError) as caught:
            adapter.page(cursor)
        assert caught.value.problem is Problem.RATE_LIMITED
        assert caught.value.retry_at is not None
        ticks += 30
        with pytest.raises(TemporaryError):
            adapter.page(cursor)
        assert (http.control("state")["refused"], http.control("state")["too_early"]) == (2, 1)
        ticks += 31
        adapter.page(cursor)
        http.close()

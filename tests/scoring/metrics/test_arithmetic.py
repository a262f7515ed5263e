from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from scoring.metrics.arithmetic import SUMS, facts_of, without_kept
from scoring.metrics.hours import OFFICE_HOURS, BusinessCalendar
from tests.scoring.metrics.timelines import (
    ALWAYS_OPEN,
    ANA,
    BEN,
    CLEO,
    DAY,
    agent,
    assign,
    at,
    bad,
    bot,
    customer,
    good,
    note,
    reopen,
    solve,
    status,
    timeline,
)
from tickets.contracts import Status


def totals(ticket, calendar=ALWAYS_OPEN):
    """Sums over all days and agents, without noughts."""
    return total_of(facts_of(ticket, calendar))


def credited(ticket, name):
    """Who was credited how much of one sum."""
    credit = Counter()
    for fact in facts_of(ticket, ALWAYS_OPEN):
        credit[fact.agent_id] += getattr(fact, name)
    return {agent_id: value for agent_id, value in credit.items() if value}


def minutes(ticket, name, calendar=ALWAYS_OPEN):
    """`[count, minutes]` of a timing, or None until both of its events have happened."""
    plural = {"first_reply": "first_replies", "next_reply": "next_replies"}
    sums = totals(ticket, calendar)
    count = sums.get(plural.get(name, f"{name}s"), 0)
    return [count, sums.get(f"{name}_seconds", 0) / 60] if count else None


FIRST_REPLY = {
    "the first public message of an agent": ([customer(0), agent(12), agent(20)], [1, 12]),
    "nobody has replied yet": ([customer(0)], None),
    "a bot is no reply": ([customer(0), bot(1), agent(30)], [1, 30]),
    "a note is no reply": ([customer(0), note(1), agent(30)], [1, 30]),
    "a bot solved it and no human ever came": ([customer(0), bot(1), solve(2, None)], None),
    "a bot solved it, days later it was reopened and answered": (
        [customer(0), bot(1), solve(2, None), reopen(5 * DAY), agent(5 * DAY + 10)],
        [1, 10],
    ),
    "each open episode has its own": (
        [customer(0), agent(10), solve(11), customer(100), reopen(100), agent(130)],
        [2, 40],
    ),
    "reply and solve in the same second": ([customer(0), agent(10), solve(10)], [1, 10]),
    "after the solve is too late": ([customer(0), solve(10), agent(20)], None),
    "the ticket an agent opened waits for the second reply": (
        [agent(0), customer(5), agent(25)],
        [1, 25],
    ),
    "an agent's opening alone is no reply": ([agent(0), customer(5)], None),
    "a message from before the ticket": ([customer(-9), agent(-5)], [1, 0]),
    "an agent we do not know is a human all the same": ([customer(0), agent(7, None)], [1, 7]),
}


@pytest.mark.parametrize(("acts", "expected"), FIRST_REPLY.values(), ids=FIRST_REPLY.keys())
def test_first_reply(acts, expected):
    assert minutes(timeline(*acts), "first_reply") == expected


NEXT_REPLY = {
    "the first reply is none": ([customer(0), agent(5)], None),
    "counted from the oldest unanswered message": (
        [customer(0), agent(5), customer(10), customer(18), agent(30)],
        [1, 20],
    ),
    "several": (
        [customer(0), agent(5), customer(10), agent(13), customer(20), agent(24)],
        [2, 7],
    ),
    "a second message of the agent answers nobody": ([customer(0), agent(5), agent(9)], None),
    "bots and notes answer nobody": (
        [customer(0), agent(5), customer(10), bot(11), note(12), agent(40)],
        [1, 30],
    ),
    "a private message of the customer waits for nobody": (
        [customer(0), agent(5), customer(10, public=False), agent(40)],
        None,
    ),
    "a reply on a solved ticket": ([customer(0), bot(1), solve(2, None), agent(9)], [1, 9]),
    "the first reply of a reopened ticket is none": (
        [customer(0), agent(5), solve(6), customer(50), reopen(50), agent(60)],
        None,
    ),
}


@pytest.mark.parametrize(("acts", "expected"), NEXT_REPLY.values(), ids=NEXT_REPLY.keys())
def test_next_reply(acts, expected):
    assert minutes(timeline(*acts), "next_reply") == expected


WAIT = {
    "unsolved is null": ([customer(0), status(10, "open", "pending")], None),
    "pending is the customer's time": (
        [
            status(10, "open", "pending"),
            status(70, "pending", "open"),
            status(90, "open", "solved"),
        ],
        [1, 30],
    ),
    "on hold is ours": (
        [status(0, "new", "open"), status(5, "open", "hold"), status(50, "hold", "solved")],
        [1, 50],
    ),
    "solved time is left out when it was reopened": (
        [solve(10), reopen(100), solve(130)],
        [1, 40],
    ),
}


@pytest.mark.parametrize(("acts", "expected"), WAIT.values(), ids=WAIT.keys())
def test_requester_wait(acts, expected):
    assert minutes(timeline(*acts), "requester_wait") == expected


def test_requester_wait_is_unknown_without_any_status_change():
    ticket = timeline(customer(0), status=Status.SOLVED, solved_at=at(60))
    assert minutes(ticket, "requester_wait") is None
    assert minutes(ticket, "resolution") == [1, 60]


def test_full_resolution_runs_to_the_most_recent_solve():
    assert minutes(timeline(solve(10), reopen(100), solve(130)), "resolution") == [1, 130]


def test_a_reopened_ticket_has_no_resolution_until_it_is_solved_again():
    sums = totals(timeline(customer(0), agent(5), solve(10), reopen(100)))
    assert sums.get("resolutions", 0) == sums.get("solved", 0) == 0
    assert sums["reopens"] == 1


def test_closing_a_solved_ticket_is_no_second_solve():
    ticket = timeline(solve(10), status(DAY, "solved", "closed"))
    assert totals(ticket)["solved"] == 1
    assert minutes(ticket, "resolution") == [1, 10]


def test_a_ticket_closed_at_once_is_solved_at_its_closing():
    assert minutes(timeline(status(30, "open", "closed", ANA)), "resolution") == [1, 30]


def test_a_solve_without_any_date_counts_but_has_no_duration():
    sums = totals(timeline(customer(0), agent(5), status=Status.CLOSED))
    assert sums["solved"] == 1
    assert "resolutions" not in sums
    assert "backlog_change" not in sums


def test_a_reopening_that_only_the_status_tells_of_is_inferred():
    sums = totals(timeline(customer(0), agent(5), solve(10), customer(90), status=Status.OPEN))
    assert (sums["reopens"], sums["backlog_change"]) == (1, 1)
    assert "solved" not in sums


def test_changes_of_one_second_are_put_into_their_own_order():
    flow = [status(5, "new", "open"), solve(9), reopen(9), solve(9, BEN)]
    assert totals(timeline(*flow, status=Status.SOLVED))["reopens"] == 1


def test_a_deleted_ticket_counts_nowhere():
    assert facts_of(timeline(customer(0), agent(5), status=Status.DELETED), ALWAYS_OPEN) == []


def test_a_merged_ticket_counts_nowhere():
    acts = (customer(0), agent(5, ANA), solve(9, ANA), good(12))
    assert totals(timeline(*acts))["solved"] == 1
    assert facts_of(timeline(*acts, is_merged=True), ALWAYS_OPEN) == []


def test_nothing_is_timed_from_a_beginning_that_may_be_missing():
    acts = (customer(0), agent(600, ANA), customer(700), agent(720, ANA), solve(800, ANA))
    cut = totals(timeline(*acts, complete_since=at(600)))
    assert "first_replies" not in cut
    assert (cut["next_replies"], cut["next_reply_seconds"]) == (1, 20 * 60)
    assert (cut["public_replies"], cut["solved"]) == (2, 1)
    short = timeline(customer(0), agent(5, ANA), solve(9), complete_since=at(1))
    assert "one_touch" not in totals(short)
    assert "requester_waits" not in cut


CREDIT = {
    "who solves is credited, not the assignee": (
        timeline(customer(0), agent(5, ANA), solve(9, BEN), assignee_id=CLEO),
        "solved",
        {BEN: 1},
    ),
    "an automation's solve falls to the assignee": (
        timeline(customer(0), solve(9, None), assignee_id=CLEO),
        "solved",
        {CLEO: 1},
    ),
    "an automation's solve falls to the assignee of that moment": (
        timeline(assign(1, None, ANA), solve(9, None), assign(20, ANA, BEN), assignee_id=BEN),
        "solved",
        {ANA: 1},
    ),
    "nobody solved it": (timeline(solve(9, None)), "solved", {None: 1}),
    "the solve after a reopening counts, and only that": (
        timeline(solve(9, ANA), reopen(20), solve(30, BEN)),
        "solved",
        {BEN: 1},
    ),
    "a silent assignee gets no credit for replies": (
        timeline(customer(0), agent(5, BEN), assignee_id=ANA),
        "first_replies",
        {BEN: 1},
    ),
    "each writer gets the own replies": (
        timeline(customer(0), agent(5, ANA), agent(6, BEN), agent(7, BEN), note(8, CLEO)),
        "public_replies",
        {ANA: 1, BEN: 2},
    ),
    "a reopening falls to whose solve was undone": (
        timeline(solve(9, ANA), reopen(20, BEN), solve(30, BEN)),
        "reopens",
        {ANA: 1},
    ),
    "a reassignment falls to who reassigned": (
        timeline(assign(1, None, ANA), assign(2, ANA, BEN, ANA), assign(3, BEN, BEN, ANA)),
        "reassignments",
        {ANA: 1},
    ),
    "an automation's reassignment falls to nobody": (
        timeline(assign(2, ANA, BEN)),
        "reassignments",
        {None: 1},
    ),
    "opening and backlog are nobody's": (timeline(agent(0)), "opened", {None: 1}),
    "a rating falls to the main contributor, not to the last assignee": (
        timeline(agent(1, ANA), agent(2, ANA), agent(3, BEN), good(9), assignee_id=BEN),
        "csat_good",
        {ANA: 1},
    ),
    "a tied rating falls to the assignee": (
        timeline(agent(1, ANA), agent(2, BEN), good(9), assignee_id=ANA),
        "csat_good",
        {ANA: 1},
    ),
    "a tie without the assignee falls to who wrote last": (
        timeline(agent(1, ANA), agent(2, BEN), good(9), assignee_id=CLEO),
        "csat_good",
        {BEN: 1},
    ),
    "what is written after the rating does not count": (
        timeline(agent(1, ANA), good(9), agent(10, BEN), agent(11, BEN)),
        "csat_good",
        {ANA: 1},
    ),
    "a rating without any reply falls to the assignee": (
        timeline(customer(0), bad(9), assignee_id=CLEO),
        "csat_bad",
        {CLEO: 1},
    ),
}


@pytest.mark.parametrize(("ticket", "name", "expected"), CREDIT.values(), ids=CREDIT.keys())
def test_credit_goes_to_the_author_of_each_act(ticket, name, expected):
    assert credited(ticket, name) == expected


def test_only_the_last_rating_counts():
    sums = totals(timeline(agent(1), bad(50), good(9)))
    assert sums["csat_bad"] == 1
    assert "csat_good" not in sums


def test_a_rated_solve_is_marked_for_the_response_rate():
    assert totals(timeline(agent(1), solve(2), good(9)))["rated_solves"] == 1
    assert "rated_solves" not in totals(timeline(agent(1), solve(2)))


@pytest.mark.parametrize(
    ("acts", "one_touch"),
    [
        pytest.param([customer(0), agent(5), solve(6)], True, id="one reply"),
        pytest.param([customer(0), solve(6)], False, id="no reply at all"),
        pytest.param([customer(0), agent(5), agent(6, BEN), solve(7)], False, id="two agents"),
        pytest.param([customer(0), bot(1), note(2), agent(5), solve(6)], True, id="bots and notes"),
        pytest.param([customer(0), agent(5)], False, id="unsolved"),
    ],
)
def test_one_touch_is_exactly_one_reply_of_a_human(acts, one_touch):
    assert totals(timeline(*acts)).get("one_touch", 0) == one_touch


def test_acts_fall_on_the_organisations_local_day():
    auckland = BusinessCalendar(time_zone="Pacific/Auckland")  # 23:00 at minute 0
    facts = facts_of(timeline(customer(0), agent(90), solve(90)), auckland)
    assert [(fact.day, fact.agent_id) for fact in facts] == [
        (date(2026, 11, 16), None),
        (date(2026, 11, 17), None),
        (date(2026, 11, 17), ANA),
    ]
    assert [fact.backlog_change for fact in facts] == [1, -1, 0]


def test_business_time_is_kept_beside_calendar_time():
    office = BusinessCalendar(time_zone="UTC", week=OFFICE_HOURS)
    ticket = timeline(customer(0), agent(DAY), solve(DAY), created_at=at(0))
    sums = totals(ticket, office)
    assert sums["first_reply_seconds"] == sums["resolution_seconds"] == 24 * 3600
    assert sums["first_reply_business_seconds"] == sums["resolution_business_seconds"] == 8 * 3600
    assert sums["requester_wait_business_seconds"] == 8 * 3600


def test_a_ticket_from_the_far_future_has_facts_all_the_same():
    ticket = timeline(created_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    assert totals(ticket) == {"opened": 1, "backlog_change": 1}


def kept_of(ticket, agent_id):
    """What an agent did, as it is kept once they are erased."""
    found = [fact for fact in facts_of(ticket, ALWAYS_OPEN) if fact.agent_id == agent_id]
    for fact in found:
        fact.agent_id = None
    return found


def test_what_an_erased_agent_did_is_counted_apart_and_not_twice():
    before = timeline(customer(9), agent(10, ANA), solve(11, ANA), assignee_id=BEN)
    after = timeline(customer(9), agent(10, None), solve(11, None), assignee_id=BEN)
    apart = kept_of(before, ANA)
    rest = without_kept(facts_of(after, ALWAYS_OPEN), apart)
    assert Counter(total_of([*rest, *apart])) == Counter(totals(before))
    assert [fact for fact in rest if fact.agent_id == BEN] == []


def test_without_anything_kept_the_facts_stay_as_they_are():
    facts = facts_of(timeline(customer(9), agent(10, ANA)), ALWAYS_OPEN)
    assert without_kept(facts, []) == facts


def total_of(facts):
    found = {name: sum(getattr(fact, name) for fact in facts) for name in SUMS}
    return {name: value for name, value in found.items() if value}

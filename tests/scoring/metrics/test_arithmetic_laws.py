from __future__ import annotations

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from scoring.metrics.arithmetic import SUMS, facts_of
from scoring.metrics.hours import OFFICE_HOURS, BusinessCalendar
from tests.scoring.metrics.timelines import ALWAYS_OPEN, BASE
from tickets.contracts import (
    AuthorType,
    Change,
    Channel,
    CsatVerdict,
    EventType,
    Rating,
    Status,
    Timeline,
    Utterance,
)

OFFICE = BusinessCalendar(time_zone="Europe/Berlin", week=OFFICE_HOURS)
TIMINGS = {
    "first_reply": "first_replies",
    "next_reply": "next_replies",
    "resolution": "resolutions",
    "requester_wait": "requester_waits",
}

# Half-hours around the creation, so that ties and acts before the ticket are common.
moments = st.integers(-20, 400).map(lambda half: BASE + timedelta(minutes=30 * half))
agents = st.sampled_from([None, 1, 2, 3])
statuses = st.sampled_from(Status)
utterances = st.builds(Utterance, moments, st.sampled_from(AuthorType), st.booleans(), agents)
changes = st.builds(
    Change, moments, st.sampled_from(EventType), statuses, statuses, agents, agents, agents
)
ratings = st.builds(Rating, moments, st.sampled_from(CsatVerdict))
timelines = st.builds(
    Timeline,
    ticket_id=st.just(7),
    channel=st.just(Channel.CHAT),
    status=st.sampled_from([s for s in Status if s is not Status.DELETED]),
    created_at=st.just(BASE),
    solved_at=st.none() | moments,
    assignee_id=agents,
    utterances=st.lists(utterances, max_size=8).map(tuple),
    changes=st.lists(changes, max_size=8).map(tuple),
    ratings=st.lists(ratings, max_size=3).map(tuple),
)


def sums_of(timeline, calendar=OFFICE):
    facts = facts_of(timeline, calendar)
    return {name: sum(getattr(fact, name) for fact in facts) for name in SUMS}


@given(timelines, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(timeline, random):
    def shuffled(acts):
        return tuple(random.sample(acts, len(acts)))

    again = msgspec.structs.replace(
        timeline,
        utterances=shuffled(timeline.utterances),
        changes=shuffled(timeline.changes),
        ratings=shuffled(timeline.ratings),
    )
    assert facts_of(again, OFFICE) == facts_of(timeline, OFFICE)


@given(timelines)
def test_nothing_but_the_backlog_is_ever_negative(timeline):
    for fact in facts_of(timeline, OFFICE):
        assert all(getattr(fact, name) >= 0 for name in SUMS if name != "backlog_change")


@given(timelines)
def test_business_time_never_exceeds_calendar_time(timeline):
    for fact in facts_of(timeline, OFFICE):
        for name in TIMINGS:
            business = getattr(fact, f"{name}_business_seconds")
            assert business <= getattr(fact, f"{name}_seconds")


@given(timelines)
def test_without_opening_hours_both_clocks_agree(timeline):
    sums = sums_of(timeline, ALWAYS_OPEN)
    for name in TIMINGS:
        assert sums[f"{name}_seconds"] == sums[f"{name}_business_seconds"]


@given(timelines)
def test_a_timing_without_a_count_has_no_duration(timeline):
    sums = sums_of(timeline)
    for name, count in TIMINGS.items():
        assert sums[count] or not sums[f"{name}_seconds"]


@given(timelines)
def test_the_backlog_ends_where_the_ticket_does(timeline):
    sums = sums_of(timeline)
    is_solved = timeline.status in {Status.SOLVED, Status.CLOSED}
    assert sums["backlog_change"] == (0 if is_solved else 1)
    assert sums["solved"] == int(is_solved)
    assert sums["opened"] == 1


@given(timelines)
def test_counts_stay_within_what_happened(timeline):
    sums = sums_of(timeline)
    said = [u for u in timeline.utterances if u.public and u.author is AuthorType.AGENT]
    assert sums["public_replies"] == len(said)
    assert sums["first_replies"] + sums["next_replies"] <= len(said)
    assert sums["first_replies"] <= 1 + sums["reopens"]
    assert sums["requester_waits"] <= sums["resolutions"] <= sums["solved"]
    assert sums["one_touch"] <= sums["solved"] >= sums["rated_solves"]
    assert sums["csat_good"] + sums["csat_bad"] == bool(timeline.ratings)


@given(timelines)
def test_the_requester_never_waits_longer_than_the_resolution_takes(timeline):
    sums = sums_of(timeline)
    assert sums["requester_wait_seconds"] <= sums["resolution_seconds"]


@given(timelines)
def test_a_day_and_agent_has_one_fact_and_it_says_something(timeline):
    facts = facts_of(timeline, OFFICE)
    assert len({(fact.day, fact.agent_id) for fact in facts}) == len(facts)
    assert all(any(getattr(fact, name) for name in SUMS) or fact.agent_id is None for fact in facts)

"""Assignments and their cycles: what is picked, once, from what, for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from kaizo.accounts.models import Membership, Notice, NoticeKind, Organisation, Team
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.quality.assignments import picks, running, services
from scoring.quality.assignments.filters import Filters
from scoring.quality.assignments.selectors import next_pick
from scoring.quality.models import Assignment, AssignmentCycle, Pick, Review, Scorecard
from scoring.quality.reviews.services import start_review
from scoring.quality.scorecards.rubrics import Conditions
from tests.factories import MONDAY
from tests.scoring.quality.assignments.world import agent_ids, assign, conversation, fill
from tests.scoring.quality.factories import published_scorecard, small_rubric
from tickets.contracts import Channel, CsatRecord, CsatScale, EventRecord, EventType
from tickets.models import Agent, Ticket

pytestmark = pytest.mark.django_db

# The Monday on which the first cycle starts, at noon in Amsterdam.
START = datetime(2026, 11, 9, 11, tzinfo=UTC)
Member = Callable[[Role], Membership]


def start(assignment: Assignment, *, at: datetime = START, seed: int = 7) -> AssignmentCycle:
    cycle = running.start_cycle(assignment=assignment, now=at, seed=seed)
    assert cycle is not None
    return cycle


def picked(cycle: AssignmentCycle, **fields: object) -> list[Pick]:
    with tenant_scope(cycle.organisation_id):
        return list(Pick.objects.filter(cycle=cycle, **fields).select_related("ticket", "reviewer"))


def tickets_of(found: list[Pick]) -> set[str]:
    return {pick.ticket.external_id for pick in found if pick.ticket}


@pytest.fixture
def full(organisation: Organisation) -> Organisation:
    """Four agents with six conversations each, solved in the week before the first cycle."""
    fill(
        organisation,
        [
            conversation(10 * agent + n, agent, at=MONDAY + timedelta(days=n % 5))
            for agent in range(1, 5)
            for n in range(6)
        ],
    )
    return organisation


def test_a_cycle_freezes_its_picks_and_starts_once(full: Organisation) -> None:
    assignment = assign(full)
    first = start(assignment)
    assert len(picked(first)) == 8
    fill(full, [conversation(99, 1)])
    assert start(assignment, at=START + timedelta(days=3), seed=8).pk == first.pk
    assert len(picked(first)) == 8
    assert (first.starts_on, first.ends_on) == (date(2026, 11, 9), date(2026, 11, 16))
    assert first.due_on == date(2026, 11, 15)
    assert first.candidates == 24


def test_the_same_seed_picks_the_same(full: Organisation) -> None:
    scorecard = published_scorecard(full).scorecard
    once, again, other = (
        {
            (pick.ticket_id, pick.reviewee_id)
            for pick in picked(start(assign(full, scorecard=scorecard), seed=seed))
        }
        for seed in (5, 5, 6)
    )
    assert once == again
    assert once != other


def test_a_conversation_is_not_picked_again_by_the_next_cycle(full: Organisation) -> None:
    assignment = assign(full, filters=Filters(days=30))
    first = start(assignment)
    second = start(assignment, at=START + timedelta(days=7))
    assert second.number == 2
    assert not tickets_of(picked(first)) & tickets_of(picked(second))


def test_what_is_reviewed_already_is_not_picked(full: Organisation, member: Member) -> None:
    version = published_scorecard(full)
    reviewer = member(Role.REVIEWER)
    with tenant_scope(full.pk):
        ticket = Ticket.objects.get(external_id="t10")
        start_review(actor=reviewer, ticket=ticket, version=version)
    cycle = start(assign(full, scorecard=version.scorecard, goal=6))
    assert "t10" not in tickets_of(picked(cycle))
    assert cycle.candidates == 23


def test_only_conversations_whose_work_is_the_reviewees_are_picked(
    organisation: Organisation,
) -> None:
    """Assigned, but answered by somebody else: neither counts for the silent assignee."""
    own, foreign = conversation(1, 1, replies=3), conversation(2, 2)
    fill(organisation, [own, conversation(3, 2, assignee=own.assignee), foreign])
    first = agent_ids(organisation)[:1]
    with tenant_scope(organisation.pk):
        assert Agent.objects.filter(pk__in=first, assigned_tickets__external_id="t3").exists()
    cycle = start(assign(organisation, agents=first, goal=5))
    assert tickets_of(picked(cycle)) == {"t1"}


def test_a_scorecard_of_some_teams_picks_the_work_of_those(full: Organisation) -> None:
    """Agents 1 and 3 are in Berlin, 2 and 4 in Utrecht."""
    with tenant_scope(full.pk):
        team = Team.objects.get(name="Utrecht")
    rubric = small_rubric(conditions=Conditions(teams=(team.pk,)))
    card = published_scorecard(full, rubric=rubric).scorecard
    found = picked(start(assign(full, scorecard=card, goal=6)))
    assert tickets_of(found) == {f"t{10 * agent + n}" for agent in (2, 4) for n in range(6)}


def test_a_cycle_looks_back_from_its_first_day_in_its_zone(organisation: Organisation) -> None:
    edge = datetime(2026, 11, 8, 23, tzinfo=UTC)  # midnight in Amsterdam
    fill(
        organisation,
        [
            conversation(1, at=MONDAY, solved_at=edge - timedelta(minutes=1)),
            conversation(2, at=MONDAY, solved_at=edge),
            conversation(3, at=MONDAY - timedelta(days=9), solved_at=edge - timedelta(days=7)),
            conversation(4, at=MONDAY - timedelta(days=9), solved_at=edge - timedelta(days=7.1)),
        ],
    )
    assert tickets_of(picked(start(assign(organisation, goal=9)))) == {"t1", "t3"}


BAD = (CsatRecord(score=1, scale=CsatScale.ONE_TO_FIVE, at=MONDAY + timedelta(hours=3)),)
REOPENED = tuple(
    EventRecord(
        type=EventType.STATUS, at=MONDAY + timedelta(hours=hour), source=old, target=new, actor="a1"
    )
    for hour, old, new in ((2, "open", "solved"), (20, "solved", "open"), (30, "open", "solved"))
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {"t1", "t2", "t3", "t4"}),
        (Filters(channels=("chat",)), {"t2"}),
        (Filters(channels=("chat", "phone")), {"t2", "t3"}),
        (Filters(tags=("refund",)), {"t3"}),
        (Filters(languages=("nl",)), {"t4"}),
        (Filters(priorities=("high",)), {"t1"}),
        (Filters(statuses=("open",)), set()),
        (Filters(rating="bad"), {"t2"}),
        (Filters(rating="none"), {"t1"}),
        (Filters(rating="rated"), {"t2", "t3", "t4"}),
        (Filters(replies_min=3), {"t4"}),
        (Filters(replies_max=2), {"t1", "t2", "t3"}),
        (Filters(is_reopened=True), {"t3"}),
        (Filters(hours_min=20), {"t3"}),
        (Filters(hours_max=3, replies_min=2), {"t4"}),
        (Filters(wait_hours_max=0), {"t1", "t2", "t4"}),
        (Filters(wait_hours_min=1), {"t3"}),
    ],
)
def test_filters_narrow_what_is_picked_from(
    organisation: Organisation, filters: Filters, expected: set[str]
) -> None:
    fill(
        organisation,
        [
            conversation(1, csat=(), priority="high"),
            conversation(2, channel=Channel.CHAT, csat=BAD),
            conversation(
                3,
                channel=Channel.PHONE,
                tags=("refund",),
                events=REOPENED,
                solved_at=MONDAY + timedelta(hours=30),
            ),
            conversation(4, replies=4, language="nl-BE"),
        ],
    )
    assert Filters.from_json(filters.as_json()) == filters
    cycle = start(assign(organisation, goal=9, filters=filters))
    assert tickets_of(picked(cycle)) == expected


def test_a_team_is_reviewed_as_it_stands_when_the_cycle_starts(full: Organisation) -> None:
    with tenant_scope(full.pk):
        team = Team.objects.get(name="Utrecht")
    cycle = start(assign(full, teams=[team]))
    with tenant_scope(full.pk):
        even = set(Agent.objects.filter(team_memberships__team=team).values_list("pk", flat=True))
    assert {pick.reviewee_id for pick in picked(cycle)} == even
    assert len(even) == 2


def test_three_reviewers_share_a_week_of_twelve_agents(
    organisation: Organisation, member: Member
) -> None:
    fill(
        organisation,
        [
            conversation(100 * agent + n, agent, at=MONDAY + timedelta(hours=n))
            for agent in range(1, 13)
            for n in range(10)
        ],
    )
    reviewers = [member(Role.REVIEWER) for _ in range(3)]
    found = picked(start(assign(organisation, reviewers=reviewers)))
    assert Counter(Counter(pick.reviewee_id for pick in found).values()) == {2: 12}
    assert set(Counter(pick.reviewer_id for pick in found).values()) == {8}
    assert set(Counter((p.reviewee_id, p.reviewer_id) for p in found).values()) == {1}
    assert len(tickets_of(found)) == 24
    assert {pick.why for pick in found} == {Pick.Why.RANDOM}


def test_a_goal_per_reviewer_is_shared_out_over_the_reviewees(
    full: Organisation, member: Member
) -> None:
    reviewers = [member(Role.REVIEWER), member(Role.REVIEWER)]
    found = picked(
        start(assign(full, reviewers=reviewers, goal=5, goal_of=Assignment.Goal.PER_REVIEWER))
    )
    assert set(Counter(pick.reviewer_id for pick in found).values()) == {5}
    assert sorted(Counter(pick.reviewee_id for pick in found).values()) == [2, 2, 3, 3]


def test_whoever_may_open_nothing_leaves_the_others_their_own_goal(
    full: Organisation, member: Member
) -> None:
    """The lead leads no team; the agent who reviews may not judge their own six conversations."""
    reviewers = [member(Role.TEAM_LEAD), member(Role.REVIEWER), *link(full, member, 1).values()]
    terms = {"goal_of": Assignment.Goal.PER_REVIEWER, "reviewers": reviewers}
    found = picked(start(assign(full, goal=4, **terms)))
    assert Counter(pick.reviewer_id for pick in found) == {reviewers[1].pk: 4, reviewers[2].pk: 4}
    own = {"agents": agent_ids(full)[:1], "reviewers": reviewers[1:]}
    alone = picked(start(assign(full, goal=4, goal_of=Assignment.Goal.PER_REVIEWER, **own)))
    assert Counter(pick.reviewer_id for pick in alone) == {reviewers[1].pk: 4}


def test_the_next_cycle_turns_to_whoever_judged_somebody_least(
    organisation: Organisation, member: Member
) -> None:
    fill(organisation, [conversation(n, 1, at=MONDAY + timedelta(hours=n)) for n in range(6)])
    reviewers = [member(Role.REVIEWER) for _ in range(3)]
    assignment = assign(organisation, reviewers=reviewers, goal=1, filters=Filters(days=60))
    weeks = [start(assignment, at=START + timedelta(days=7 * week)) for week in range(3)]
    assert {pick.reviewer for week in weeks for pick in picked(week)} == set(reviewers)


def link(organisation: Organisation, member: Member, count: int) -> dict[int, Membership]:
    """The first agents are members: by agent."""
    people = {}
    with tenant_scope(organisation.pk):
        for agent in Agent.objects.order_by("pk")[:count]:
            people[agent.pk] = member(Role.AGENT)
            Agent.objects.filter(pk=agent.pk).update(membership=people[agent.pk])
    return people


def test_nobody_reviews_their_own_work(full: Organisation, member: Member) -> None:
    people = link(full, member, 1)
    both = [*people.values(), member(Role.REVIEWER)]
    found = picked(start(assign(full, reviewers=both)))
    own = [pick for pick in found if pick.reviewee_id in people]
    assert own
    assert {pick.reviewer_id for pick in own} == {both[1].pk}
    assert set(Counter(pick.reviewer_id for pick in found).values()) == {4}


def test_peers_review_each_other_and_selves_themselves(full: Organisation, member: Member) -> None:
    people = link(full, member, 3)
    peers = picked(start(assign(full, who=Assignment.Who.PEERS)))
    assert {pick.reviewer for pick in peers} == set(people.values())
    assert all(people.get(pick.reviewee_id or 0) != pick.reviewer for pick in peers)
    selves = picked(start(assign(full, who=Assignment.Who.SELVES)))
    assert len(selves) == 6
    assert all(people[pick.reviewee_id or 0] == pick.reviewer for pick in selves)


def test_a_lead_reviews_only_what_they_may_open(full: Organisation, member: Member) -> None:
    lead, reviewer = member(Role.TEAM_LEAD), member(Role.REVIEWER)
    found = picked(start(assign(full, reviewers=[lead, reviewer])))
    assert {pick.reviewer_id for pick in found} == {reviewer.pk}


@pytest.mark.parametrize(
    ("method", "why"),
    [
        (Assignment.Method.STRATIFIED, {Pick.Why.STRATUM}),
        (Assignment.Method.LOW_CSAT, {Pick.Why.LOW_CSAT}),
        (Assignment.Method.OUTLIERS, {Pick.Why.LONG}),
    ],
)
def test_each_pick_says_why(
    organisation: Organisation, method: Assignment.Method, why: set[str]
) -> None:
    fill(organisation, [conversation(n, csat=BAD if n == 5 else ()) for n in range(8)])
    fill(organisation, [conversation(9, replies=8, csat=())])
    found = picked(start(assign(organisation, method=method)))
    assert {pick.why for pick in found} == why
    if method == Assignment.Method.OUTLIERS:
        assert [(pick.ticket.external_id, pick.why_measure) for pick in found if pick.ticket] == [
            ("t9", 8.0)
        ]


def test_a_replacement_is_the_next_of_the_same_draw(full: Organisation, member: Member) -> None:
    scorecard = published_scorecard(full).scorecard
    reviewer = member(Role.REVIEWER)
    two = start(assign(full, scorecard=scorecard, reviewers=[reviewer]))
    three = start(assign(full, scorecard=scorecard, reviewers=[reviewer], goal=3))
    agent = agent_ids(full)[0]
    old = picked(two, reviewee=agent)[0]
    new = picks.replace_pick(pick=old, reason=Pick.Reason.TOO_SHORT, actor=reviewer)
    assert new.why == Pick.Why.REPLACEMENT
    assert new.reviewer_id == reviewer.pk
    drawn = {pick.ticket_id for pick in picked(two, reviewee=agent)}
    assert drawn == {pick.ticket_id for pick in picked(three, reviewee=agent)}
    gone = picked(two, state=Pick.State.REPLACED)
    assert [(pick.pk, pick.reason, pick.replaced_by_id) for pick in gone] == [
        (old.pk, Pick.Reason.TOO_SHORT, new.pk)
    ]
    with pytest.raises(Conflict):
        picks.replace_pick(pick=old, reason=Pick.Reason.TOO_SHORT, actor=reviewer)


def test_when_nothing_is_left_to_draw_a_pick_can_only_be_removed(
    organisation: Organisation, member: Member
) -> None:
    fill(organisation, [conversation(1), conversation(2)])
    reviewer = member(Role.REVIEWER)
    cycle = start(assign(organisation, reviewers=[reviewer]))
    one = picked(cycle)[0]
    with pytest.raises(DomainError, match="no other conversation"):
        picks.replace_pick(pick=one, reason=Pick.Reason.DUPLICATE, actor=reviewer)
    picks.remove_pick(pick=one, reason=Pick.Reason.DUPLICATE, actor=reviewer)
    assert len(picked(cycle, state=Pick.State.OPEN)) == 1
    assert len(picked(cycle, state=Pick.State.REMOVED)) == 1


def test_a_pick_goes_to_another_reviewer_but_never_to_the_reviewee(
    full: Organisation, member: Member
) -> None:
    people = link(full, member, 1)
    own, (agent_id, agent) = member(Role.REVIEWER), next(iter(people.items()))
    cycle = start(assign(full, reviewers=[own, agent]))
    theirs = picked(cycle, reviewee=agent_id)[0]
    with pytest.raises(DomainError, match="may not review"):
        picks.reassign_pick(pick=theirs, reviewer=agent, actor=own)
    other = picked(cycle, reviewer=own).pop()
    target = agent if other.reviewee_id != agent_id else own
    picks.reassign_pick(pick=other, reviewer=target, actor=own)
    assert picked(cycle, pk=other.pk)[0].reviewer_id == target.pk


def test_paused_and_ended_assignments_start_nothing(full: Organisation) -> None:
    assignment = assign(full)
    services.set_state(assignment=assignment, state=Assignment.State.PAUSED, actor=None)
    assert running.start_cycle(assignment=assignment, now=START) is None
    services.set_state(assignment=assignment, state=Assignment.State.ACTIVE, actor=None)
    assert running.start_cycle(assignment=assignment, now=START) is not None
    services.set_state(assignment=assignment, state=Assignment.State.ENDED, actor=None)
    with pytest.raises(DomainError, match="ended"):
        services.set_state(assignment=assignment, state=Assignment.State.ACTIVE, actor=None)


def test_the_schedule_starts_what_is_due_and_ends_what_is_over(full: Organisation) -> None:
    weekly = assign(full)
    once = assign(full, name="Once", cycle=Assignment.Cycle.ONCE)
    later = assign(full, name="Later", starts_on=date(2026, 12, 1))
    with tenant_scope(full.pk):
        assert running.start_due_cycles(now=START - timedelta(days=3)) == 0
        for _again in range(2):
            assert running.start_due_cycles(now=START) == 2
        assert running.start_due_cycles(now=START + timedelta(days=7)) == 1
        counts = Counter(AssignmentCycle.objects.values_list("assignment_id", flat=True))
        states = dict(Assignment.objects.values_list("pk", "state"))
    assert counts == {weekly.pk: 2, once.pk: 1}
    assert states == {weekly.pk: "active", once.pk: "ended", later.pk: "active"}


def test_reviewers_are_reminded_once_a_day_before(full: Organisation, member: Member) -> None:
    reviewer, idle = member(Role.REVIEWER), member(Role.REVIEWER)
    cycle = start(assign(full, reviewers=[reviewer]))
    with tenant_scope(full.pk):
        assert running.remind_due(now=START + timedelta(days=4)) == 0
        assert running.remind_due(now=START + timedelta(days=5)) == 1
        assert running.remind_due(now=START + timedelta(days=6)) == 0
        notice = Notice.objects.get(kind=NoticeKind.DUE_SOON)
    assert notice.recipient_id == reviewer.pk != idle.pk
    assert (notice.object_label, notice.object_id) == ("scoring.assignmentcycle", cycle.pk)


def test_an_erased_conversation_leaves_the_list(full: Organisation, member: Member) -> None:
    reviewer = member(Role.REVIEWER)
    cycle = start(assign(full, reviewers=[reviewer]))
    with tenant_scope(full.pk):
        Pick.objects.filter(cycle=cycle, position=1).update(ticket=None)
        assert running.tidy_picks() == 1
        assert running.tidy_picks() == 0
        gone = Pick.objects.get(cycle=cycle, position=1)
        first = next_pick(reviewer)
    assert (gone.state, gone.reason) == (Pick.State.REMOVED, Pick.Reason.GONE)
    assert first is not None
    assert first.position == 2


def test_a_pick_is_reviewed_as_what_it_was_drawn_for(full: Organisation, member: Member) -> None:
    reviewer = member(Role.REVIEWER)
    start(assign(full, reviewers=[reviewer]))
    with tenant_scope(full.pk):
        pick = next_pick(reviewer)
        assert pick is not None
        review = start_review(actor=reviewer, ticket=pick.ticket, pick=pick)
        assert review.reviewee_id == pick.reviewee_id
        assert review.sample == Review.Sample.RANDOM
        assert Scorecard.objects.get(pk=review.version.scorecard_id)
        following = next_pick(reviewer, after=pick)
    assert following is not None
    assert following.pk != pick.pk


def test_somebody_must_take_part(full: Organisation, member: Member) -> None:
    with pytest.raises(DomainError, match="agent or team"):
        assign(full, reviewers=[member(Role.REVIEWER)], agents=[])

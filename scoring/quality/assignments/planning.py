"""What a cycle would pick, before anything is stored: the same for a preview and for the start."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from kaizo.accounts.models import Membership
from scoring.quality.assignments.candidates import Search, find_candidates, hidden_from
from scoring.quality.assignments.cycles import LOOK_BACK_DAYS, Cycle, Period, midnight
from scoring.quality.assignments.distributing import distribute
from scoring.quality.assignments.filters import Filters
from scoring.quality.assignments.sampling import (
    Candidate,
    Draw,
    Method,
    draw,
    ranking,
    share_out,
)
from scoring.quality.models import Assignment, Review, ScorecardVersion
from tickets.access import left_out
from tickets.models import Agent, TeamMembership

KINDS = {
    Assignment.Who.REVIEWERS: Review.Kind.QUALITY,
    Assignment.Who.PEERS: Review.Kind.PEER,
    Assignment.Who.SELVES: Review.Kind.SELF,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an assignment asks for. `reviewers` are members who review when `who` says so; the
    agents of `teams` on a cycle's first day are reviewees besides `agents`. `taken`: conversations
    that earlier cycles of the assignment picked; `judged`: in how many of them a (reviewee,
    reviewer) pair came together."""

    version: ScorecardVersion
    cycle: Cycle
    zone: ZoneInfo
    who: str
    method: Method
    goal: int
    goal_of: str
    filters: Filters
    reviewers: tuple[Membership, ...] = ()
    agents: frozenset[int] = frozenset()
    teams: frozenset[int] = frozenset()
    taken: frozenset[int] = frozenset()
    judged: Mapping[tuple[int, int], int] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return KINDS[Assignment.Who(self.who)]

    @property
    def look_back(self) -> timedelta:
        return timedelta(days=self.filters.days or LOOK_BACK_DAYS[self.cycle])


@dataclass(frozen=True, slots=True)
class Staff:
    """Who may review and whose work is reviewed. `own`: the helpdesk identities of members."""

    who: str
    reviewees: frozenset[int]
    reviewers: tuple[Membership, ...]
    own: Mapping[int, frozenset[int]]
    hidden: frozenset[tuple[int, int]] = frozenset()

    def may_review(self, reviewer_id: int, candidate: Candidate) -> bool:
        """Nobody reviews their own work but where everybody does, or what they may not open."""
        is_own = candidate.reviewee_id in self.own.get(reviewer_id, ())
        if (reviewer_id, candidate.ticket_id) in self.hidden:
            return False
        return is_own == (self.who == Assignment.Who.SELVES)


@dataclass(frozen=True, slots=True)
class Planned:
    draw: Draw
    reviewer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Picks in the order of work, and what there was to pick from."""

    staff: Staff
    candidates: list[Candidate]
    picks: list[Planned]
    goals: dict[int, int]
    nobody: int = 0  # drawn, but nobody may review them
    channels: Counter[str] = field(default_factory=Counter)

    @property
    def conversations(self) -> int:
        return len({candidate.ticket_id for candidate in self.candidates})

    @property
    def by_reviewer(self) -> dict[int, int]:
        counts = Counter(pick.reviewer_id for pick in self.picks)
        return {member.pk: counts[member.pk] for member in self.staff.reviewers}

    @property
    def by_reviewee(self) -> dict[int, int]:
        counts = Counter(pick.draw.candidate.reviewee_id for pick in self.picks)
        return {agent: counts[agent] for agent in sorted(self.staff.reviewees)}

    @property
    def short(self) -> dict[int, int]:
        """By reviewee, how many picks are missing from the goal."""
        found = self.by_reviewee
        return {key: goal - found[key] for key, goal in self.goals.items() if found[key] < goal}


def plan(order: Order, period: Period, seed: int) -> Plan:
    """What the cycle picks, by whom it is reviewed; reads only, in a handful of queries."""
    staff = staff_of(order, period.starts_on)
    found = candidates_of(order, period, staff)
    staff = with_hidden(staff, {candidate.ticket_id for candidate in found})
    goals = goals_of(order, staff, found, seed)
    draws = draw(found, method=order.method, goals=goals, seed=seed)
    chosen = distribute(
        [pick.candidate.reviewee_id for pick in draws],
        [member.pk for member in staff.reviewers],
        allowed=lambda reviewer, at: staff.may_review(reviewer, draws[at].candidate),
        seed=seed,
        before=order.judged,
    )
    picks = [
        Planned(each, reviewer)
        for each, reviewer in zip(draws, chosen, strict=True)
        if reviewer is not None
    ]
    nobody = len(draws) - len(picks)
    if order.goal_of == Assignment.Goal.PER_REVIEWER and order.method != Method.LOW_CSAT:
        picks = _up_to(order.goal, picks)
    return Plan(
        staff=staff,
        candidates=found,
        picks=picks,
        goals={} if order.method == Method.LOW_CSAT else goals,
        nobody=nobody,
        channels=Counter(pick.draw.candidate.channel for pick in picks),
    )


def _up_to(goal: int, picks: list[Planned]) -> list[Planned]:
    """The first picks of each reviewer. Somebody has more than their goal when what was drawn for
    another is not theirs to review."""
    had: Counter[int] = Counter()
    kept = []
    for pick in picks:
        had[pick.reviewer_id] += 1
        if had[pick.reviewer_id] <= goal:
            kept.append(pick)
    return kept


def staff_of(order: Order, day: date) -> Staff:
    """Reviewees as the teams stood on that day; among peers and selves those who are members."""
    reviewees = (order.agents | _in_teams(order.teams, day)) - _not_judged()
    rows = Agent.objects.filter(membership__is_active=True).values_list("membership_id", "pk")
    own: dict[int, set[int]] = defaultdict(set)
    for member_id, agent_id in rows:
        own[member_id].add(agent_id)
    reviewers = order.reviewers
    if order.who != Assignment.Who.REVIEWERS:
        ids = [key for key, agents in own.items() if agents & reviewees]
        reviewers = tuple(Membership.objects.filter(pk__in=ids, is_active=True).order_by("pk"))
    if order.who == Assignment.Who.SELVES:
        mine = (own[member.pk] for member in reviewers)
        reviewees = reviewees & frozenset[int]().union(*mine)
    identities = {key: frozenset(agents) for key, agents in own.items()}
    return Staff(order.who, reviewees, reviewers, identities)


def _not_judged() -> frozenset[int]:
    return frozenset(left_out().values_list("pk", flat=True))


def _in_teams(teams: frozenset[int], day: date) -> frozenset[int]:
    members = TeamMembership.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day), team__in=teams, valid_from__lte=day
    )
    return frozenset(members.values_list("agent_id", flat=True)) if teams else frozenset()


def with_hidden(staff: Staff, ticket_ids: set[int]) -> Staff:
    """With what reviewers may not open. Peers and selves open what they are asked to review."""
    if staff.who != Assignment.Who.REVIEWERS:
        return staff
    hidden = frozenset(hidden_from(staff.reviewers, ticket_ids))
    return Staff(staff.who, staff.reviewees, staff.reviewers, staff.own, hidden)


def candidates_of(order: Order, period: Period, staff: Staff) -> list[Candidate]:
    until = midnight(period.starts_on, order.zone)
    since = midnight(period.starts_on - order.look_back, order.zone)
    found = find_candidates(
        Search(
            version=order.version,
            reviewees=staff.reviewees,
            filters=order.filters,
            since=since,
            until=until,
            kind=order.kind,
        )
    )
    return [candidate for candidate in found if candidate.ticket_id not in order.taken]


def goals_of(
    order: Order, staff: Staff, found: list[Candidate], seed: int
) -> dict[int, int]:  # fmt: skip
    """How many reviews each reviewee is to get. A goal per reviewer, or as many conversations as
    they may review, is shared out over reviewees as evenly as their conversations allow."""
    if order.goal_of == Assignment.Goal.PER_REVIEWEE or order.who == Assignment.Who.SELVES:
        return dict.fromkeys(sorted(staff.reviewees), order.goal)
    ranked = ranking(found, method=order.method, goals={}, seed=seed)
    available = {key: len(ranked.get(key, ())) for key in sorted(staff.reviewees)}
    total = sum(
        min(order.goal, sum(staff.may_review(member.pk, each) for each in found))
        for member in staff.reviewers
    )
    return share_out(total, available, seed)

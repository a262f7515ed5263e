"""Starting cycles: freezing picks, ending what is over, reminding of what is due."""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from kaizo.accounts.models import Membership
from kaizo.accounts.notices import NoticeKind, notify
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from scoring.quality.assignments.cycles import Calendar, Cycle, Period, local_day
from scoring.quality.assignments.events import Event, record
from scoring.quality.assignments.filters import Filters
from scoring.quality.assignments.planning import Order, Plan, plan
from scoring.quality.assignments.sampling import Method
from scoring.quality.assignments.services import set_state
from scoring.quality.models import (
    Assignment,
    AssignmentCycle,
    AssignmentReviewee,
    AssignmentReviewer,
    Pick,
    Scorecard,
    ScorecardVersion,
)
from scoring.quality.scorecards.selectors import version_in_force
from tickets.access import not_left_out

_SEED_BITS = 62
_REMIND_BEFORE = timedelta(days=1)
_REMINDED_FOR = timedelta(days=14)


def calendar_of(assignment: Assignment) -> Calendar:
    return Calendar(Cycle(assignment.cycle), assignment.starts_on, assignment.ends_on)


def order_of(assignment: Assignment, version: ScorecardVersion) -> Order:
    """What the assignment asks for as it stands now. Five queries."""
    reviewees = list(
        AssignmentReviewee.objects.filter(assignment=assignment).values_list("agent_id", "team_id")
    )
    reviewers = Membership.objects.filter(
        pk__in=AssignmentReviewer.objects.filter(assignment=assignment).values("membership"),
        is_active=True,
    )
    taken, judged = picked_before(assignment)
    return Order(
        version=version,
        cycle=Cycle(assignment.cycle),
        zone=ZoneInfo(assignment.time_zone),
        who=assignment.who,
        method=Method(assignment.method),
        goal=assignment.goal,
        goal_of=assignment.goal_of,
        filters=Filters.from_json(assignment.filters),
        reviewers=tuple(reviewers.order_by("pk")),
        agents=frozenset(agent for agent, _team in reviewees if agent),
        teams=frozenset(team for _agent, team in reviewees if team),
        taken=taken,
        judged=judged,
    )


def picked_before(assignment: Assignment) -> tuple[frozenset[int], dict[tuple[int, int], int]]:
    """The conversations that its cycles picked, and how often each (reviewee, reviewer) pair came
    together in them; that without what was replaced or removed. Two queries."""
    picked = Pick.objects.filter(cycle__assignment=assignment).order_by()
    tickets = picked.filter(ticket__isnull=False).values_list("ticket_id", flat=True)
    pairs = picked.filter(
        state__in=[Pick.State.OPEN, Pick.State.DONE],
        reviewee__isnull=False,
        reviewer__isnull=False,
    )
    return frozenset(tickets), Counter(pairs.values_list("reviewee_id", "reviewer_id"))


def running_cycles(assignment: Assignment, day: date) -> QuerySet[AssignmentCycle]:
    """The cycle that has started and is not over on that day of the assignment's, if any."""
    found: QuerySet[AssignmentCycle] = AssignmentCycle.objects.filter(
        assignment=assignment, starts_on__lte=day, ends_on__gt=day
    )
    return found


def start_cycle(
    *, assignment: Assignment, now: datetime | None = None, seed: int | None = None
) -> AssignmentCycle | None:
    """Freeze the picks of the cycle that `now` lies in. Idempotent: a cycle that runs is returned
    as it is. None while the assignment is paused, has no cycle now, or has a scorecard that is not
    in force. `seed`: drawn when none is given."""
    moment = now or clock.now()
    with tenant_scope(assignment.organisation_id):
        held = Assignment.objects.select_for_update().get(pk=assignment.pk)
        today = local_day(moment, ZoneInfo(held.time_zone))
        running = running_cycles(held, today).first()
        period = calendar_of(held).period_on(today)
        if running or period is None or held.state != Assignment.State.ACTIVE:
            return running
        version = _version(held.scorecard_id)
        if version is None:
            return None
        number = secrets.randbits(_SEED_BITS) if seed is None else seed
        return _freeze(held, period, plan(order_of(held, version), period, number), number)


def _version(scorecard_id: int) -> ScorecardVersion | None:
    scorecard = Scorecard.objects.filter(archived_at__isnull=True, pk=scorecard_id).first()
    return version_in_force(scorecard) if scorecard else None


def _freeze(assignment: Assignment, period: Period, found: Plan, seed: int) -> AssignmentCycle:
    last = AssignmentCycle.objects.filter(assignment=assignment).order_by("-number").first()
    cycle: AssignmentCycle = AssignmentCycle.objects.create(
        organisation_id=assignment.organisation_id,
        assignment=assignment,
        number=last.number + 1 if last else 1,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        due_on=period.due_on(assignment.due_days),
        seed=seed,
        candidates=found.conversations,
    )
    Pick.objects.bulk_create(
        Pick(
            organisation_id=assignment.organisation_id,
            cycle=cycle,
            ticket_id=pick.draw.candidate.ticket_id,
            reviewee_id=pick.draw.candidate.reviewee_id,
            reviewer_id=pick.reviewer_id,
            position=position,
            why=pick.draw.why.value,
            why_measure=pick.draw.times,
            why_stratum=pick.draw.stratum,
        )
        for position, pick in enumerate(found.picks, start=1)
    )
    record(
        Event.CYCLE_STARTED,
        actor=None,
        target=cycle,
        picks=len(found.picks),
        candidates=found.conversations,
    )
    return cycle


def start_due_cycles(*, now: datetime | None = None) -> int:
    """Start what is due in the organisation in scope and end what is over; returns how many cycles
    are running. Idempotent. Each assignment in a savepoint of its own."""
    moment = now or clock.now()
    running = 0
    for assignment in Assignment.objects.filter(state=Assignment.State.ACTIVE).order_by("pk"):
        today = local_day(moment, ZoneInfo(assignment.time_zone))
        with transaction.atomic():
            calendar = calendar_of(assignment)
            is_over = calendar.period_on(today) is None and calendar.next_start(today) is None
            if is_over:
                set_state(assignment=assignment, state=Assignment.State.ENDED, actor=None)
            elif start_cycle(assignment=assignment, now=moment):
                running += 1
    return running


def tidy_picks() -> int:
    """Conversations that were erased are taken off the lists; returns how many. Idempotent."""
    gone = Pick.objects.filter(state=Pick.State.OPEN, ticket__isnull=True)
    return int(
        gone.update(
            state=Pick.State.REMOVED, reason=Pick.Reason.GONE, review=None, closed_at=clock.now()
        )
    )


def remind_due(*, now: datetime | None = None) -> int:
    """Tell reviewers with open picks that their cycle is due tomorrow, or is overdue; nobody twice
    about the same cycle. Returns how many were told."""
    moment = now or clock.now()
    cycles = AssignmentCycle.objects.filter(
        Exists(Pick.objects.filter(cycle=OuterRef("pk"), state=Pick.State.OPEN)),
        due_on__lte=(moment + 2 * _REMIND_BEFORE).date(),
        due_on__gte=(moment - _REMINDED_FOR).date(),
    )
    told = 0
    for cycle in cycles.select_related("assignment", "organisation").order_by("pk"):
        zone = ZoneInfo(cycle.assignment.time_zone)
        if cycle.due_on - _REMIND_BEFORE <= local_day(moment, zone):
            told += _remind(cycle)
    return told


def _remind(cycle: AssignmentCycle) -> int:
    picks = Pick.objects.filter(cycle=cycle, state=Pick.State.OPEN, ticket__isnull=False)
    open_ = not_left_out(picks, agent="reviewee")
    reviewers = open_.filter(reviewer__isnull=False).values_list("reviewer_id", flat=True)
    return notify(
        organisation=cycle.organisation,
        recipients=set(reviewers),
        kind=NoticeKind.DUE_SOON,
        about=("scoring.assignmentcycle", cycle.pk),
        once=True,
    )

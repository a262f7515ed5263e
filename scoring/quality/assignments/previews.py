"""What an assignment would pick in the cycle that starts next, before it is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from kaizo.accounts.models import Membership
from kaizo.core import clock
from kaizo.core.tenancy import current_organisation_id
from scoring.quality.assignments.cycles import Calendar, Cycle, Period, local_day
from scoring.quality.assignments.forms import AssignmentForm
from scoring.quality.assignments.planning import Order, Plan, plan
from scoring.quality.assignments.running import picked_before, running_cycles
from scoring.quality.assignments.sampling import Method
from scoring.quality.assignments.words import found_in
from scoring.quality.models import Assignment, Scorecard
from scoring.quality.scorecards.selectors import version_in_force
from tickets.people import agent_names

# How many there are does not depend on the seed, and the real one is drawn when a cycle starts.
_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`reviewers` and `reviewees`: picks by name. `short`: reviewees who get fewer than the goal,
    and by how many. `nobody`: conversations that none of the reviewers may review. `is_due`: the
    cycle starts as soon as the assignment is stored."""

    period: Period
    is_due: bool
    sentence: str
    reviewers: list[tuple[str, int]]
    reviewees: list[tuple[str, int]]
    short: list[tuple[str, int]]
    nobody: int


def preview(form: AssignmentForm, assignment: Assignment | None = None) -> Preview | None:
    """Of a valid form, and the assignment that it changes, whose running cycle stays as it is;
    None when its scorecard is not in force or no cycle is left."""
    terms, people = form.terms(), form.people()
    scorecard = Scorecard.objects.filter(pk=terms.scorecard_id).first()
    version = version_in_force(scorecard) if scorecard else None
    today = local_day(clock.now(), ZoneInfo(terms.time_zone))
    calendar = Calendar(Cycle(terms.cycle), terms.starts_on, terms.ends_on)
    period = _next_to_start(calendar, today, assignment)
    if version is None or period is None:
        return None
    members = tuple(Membership.objects.filter(pk__in=people.reviewers).order_by("pk"))
    order = Order(
        version=version,
        cycle=Cycle(terms.cycle),
        zone=ZoneInfo(terms.time_zone),
        who=terms.who,
        method=Method(terms.method),
        goal=terms.goal,
        goal_of=terms.goal_of,
        filters=terms.filters,
        reviewers=members,
        agents=frozenset(people.agents),
        teams=frozenset(people.teams),
    )
    if assignment is not None:
        taken, judged = picked_before(assignment)
        order = replace(order, taken=taken, judged=judged)
    return _shown(plan(order, period, _SEED), period, is_due=period.starts_on <= today)


def _next_to_start(calendar: Calendar, today: date, assignment: Assignment | None) -> Period | None:
    if assignment is None or not running_cycles(assignment, today).exists():
        return calendar.current_or_next(today)
    next_day = calendar.next_start(today)
    return calendar.period_on(next_day) if next_day else None


def _shown(found: Plan, period: Period, *, is_due: bool) -> Preview:
    agents = agent_names(current_organisation_id(), sorted(found.staff.reviewees))
    ids = [member.pk for member in found.staff.reviewers]
    people = dict(Membership.objects.filter(pk__in=ids).values_list("pk", "user__name"))
    return Preview(
        period=period,
        is_due=is_due,
        sentence=found_in(found),
        reviewers=_named(found.by_reviewer, people),
        reviewees=_named(found.by_reviewee, agents),
        short=_named(found.short, agents),
        nobody=found.nobody,
    )


def _named(counts: dict[int, int], names: dict[int, str]) -> list[tuple[str, int]]:
    return sorted(
        ((names.get(key, ""), n) for key, n in counts.items()), key=lambda row: row[0].casefold()
    )

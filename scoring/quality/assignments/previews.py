"""What an assignment that is not stored yet would pick in its first cycle."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import current_organisation_id
from scoring.quality.assignments.cycles import Calendar, Cycle, Period
from scoring.quality.assignments.forms import AssignmentForm
from scoring.quality.assignments.planning import Order, Plan, plan
from scoring.quality.assignments.sampling import Method
from scoring.quality.assignments.words import found_in
from scoring.quality.models import Scorecard
from scoring.quality.scorecards.selectors import version_in_force
from tickets.people import agent_names

# How many there are does not depend on the seed, and the real one is drawn when a cycle starts.
_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`reviewers` and `reviewees`: picks by name. `short`: reviewees who get fewer than the goal,
    and by how many. `nobody`: conversations that none of the reviewers may review."""

    period: Period
    sentence: str
    reviewers: list[tuple[str, int]]
    reviewees: list[tuple[str, int]]
    short: list[tuple[str, int]]
    nobody: int


def preview(form: AssignmentForm) -> Preview | None:
    """Of a valid form; None when its scorecard is not in force or it has no cycle."""
    terms, people = form.terms(), form.people()
    scorecard = Scorecard.objects.filter(pk=terms.scorecard_id).first()
    version = version_in_force(scorecard) if scorecard else None
    calendar = Calendar(Cycle(terms.cycle), terms.starts_on, terms.ends_on)
    period = calendar.period(1)
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
    return _shown(plan(order, period, _SEED), period)


def _shown(found: Plan, period: Period) -> Preview:
    agents = agent_names(current_organisation_id(), sorted(found.staff.reviewees))
    ids = [member.pk for member in found.staff.reviewers]
    people = dict(Membership.objects.filter(pk__in=ids).values_list("pk", "user__name"))
    return Preview(
        period=period,
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

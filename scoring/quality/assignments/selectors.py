"""What the pages about assignments show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import current_organisation_id
from scoring.quality.assignments.access import (
    counted_picks,
    visible_assignments,
    visible_picks,
)
from scoring.quality.assignments.words import goal_of, why_of
from scoring.quality.models import Assignment, AssignmentCycle, Pick
from tickets.access import not_left_out
from tickets.conversations import Heading, headings
from tickets.people import NamedAgent, named_agents

_OPEN, _DONE = Pick.State.OPEN, Pick.State.DONE
_REPLACED, _REMOVED = Pick.State.REPLACED, Pick.State.REMOVED


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a cycle, or somebody in it, is. What was replaced or removed is not to be done."""

    done: int = 0
    open: int = 0
    replaced: int = 0
    removed: int = 0

    @property
    def total(self) -> int:
        return self.done + self.open

    @property
    def replaced_share(self) -> float | None:
        """Percent of all that was ever drawn; None when nothing was."""
        drawn = self.total + self.replaced + self.removed
        return 100 * (self.replaced + self.removed) / drawn if drawn else None

    @classmethod
    def of(cls, states: Counter[str]) -> Progress:
        return cls(states[_DONE], states[_OPEN], states[_REPLACED], states[_REMOVED])


@dataclass(frozen=True, slots=True)
class RunningRow:
    """An assignment and what the reader may see of its cycles in a period. `due_on`: the last."""

    id: int
    name: str
    due_on: date
    progress: Progress


def progress_between(actor: Membership, first: date, last: date) -> list[RunningRow]:
    """How far each assignment that the actor may see is with the cycles that began between two
    days or still ran then, by name. Three queries at most."""
    rows = (
        counted_picks(actor)
        .filter(cycle__starts_on__lte=last, cycle__ends_on__gt=first)
        .order_by()
        .values("cycle__assignment_id", "cycle__assignment__name", "state")
        .annotate(n=Count("pk"), due_on=Max("cycle__due_on"))
    )
    states: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    due: dict[tuple[str, int], date] = {}
    for row in rows:
        key = row["cycle__assignment__name"], row["cycle__assignment_id"]
        states[key][row["state"]] = row["n"]
        due[key] = max(due.get(key, row["due_on"]), row["due_on"])
    return [
        RunningRow(key, name, due[name, key], Progress.of(states[name, key]))
        for name, key in sorted(states)
    ]


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """A line of the list: the assignment and its latest cycle, if it has had one."""

    assignment: Assignment
    goal: str
    cycle: AssignmentCycle | None
    progress: Progress
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class PickRow:
    """`title` is redacted; None when the conversation is gone. `people` are whom it shows."""

    pick: Pick
    title: str | None
    external_id: str
    reviewee: str
    reviewer: str
    why: str
    people: frozenset[UUID]

    @property
    def is_open(self) -> bool:
        return self.pick.state == _OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleDetail:
    cycle: AssignmentCycle
    picks: list[PickRow]
    progress: Progress
    by_reviewer: dict[str, Progress] = field(default_factory=dict)
    by_reviewee: dict[str, Progress] = field(default_factory=dict)


def assignment_list(actor: Membership) -> list[AssignmentRow]:
    """The active first, then by name; three queries."""
    order = {state: rank for rank, state in enumerate(Assignment.State.values)}
    found = sorted(
        visible_assignments(actor), key=lambda a: (order[a.state], a.name.casefold(), a.pk)
    )
    latest = {
        cycle.assignment_id: cycle
        for cycle in AssignmentCycle.objects.filter(assignment__in=[a.pk for a in found])
        .order_by("assignment_id", "-number")
        .distinct("assignment_id")
    }
    progress = _progress_of(cycle.pk for cycle in latest.values())
    today = timezone.localdate()
    rows = []
    for assignment in found:
        cycle = latest.get(assignment.pk)
        done = progress[cycle.pk] if cycle else Progress()
        overdue = bool(cycle and done.open and cycle.due_on < today)
        rows.append(AssignmentRow(assignment, goal_of(assignment), cycle, done, overdue))
    return rows


def _progress_of(cycle_ids: Iterable[int]) -> dict[int, Progress]:
    states: dict[int, Counter[str]] = defaultdict(Counter)
    counted = Pick.objects.filter(cycle__in=list(cycle_ids)).order_by()
    for cycle_id, state, n in counted.values_list("cycle_id", "state").annotate(n=Count("pk")):
        states[cycle_id][state] = n
    return defaultdict(Progress, {key: Progress.of(found) for key, found in states.items()})


def cycles_of(assignment: Assignment) -> list[AssignmentCycle]:
    """The latest first."""
    return list(AssignmentCycle.objects.filter(assignment=assignment).order_by("-number"))


def cycle_detail(actor: Membership, cycle: AssignmentCycle) -> CycleDetail:
    """The cycle's picks as far as the actor may see them, open ones first. Work of agents who are
    left out is part of the progress alone."""
    shown = visible_picks(actor, cycle.assignment).filter(pk=OuterRef("pk"))
    picks = list(
        counted_picks(actor, cycle.assignment)
        .filter(cycle=cycle)
        .annotate(is_shown=Exists(shown))
        .select_related("reviewer__user", "ticket", "replaced_by", "closed_by__user")
    )
    found = pick_rows([pick for pick in picks if pick.is_shown])
    rows = sorted(found, key=lambda row: (not row.is_open, row.pick.position))
    return CycleDetail(
        cycle=cycle,
        picks=rows,
        progress=Progress.of(Counter(pick.state for pick in picks)),
        by_reviewer=_grouped(
            (pick.reviewer.user.name if pick.reviewer else "", pick.state) for pick in picks
        ),
        by_reviewee=_grouped((row.reviewee, row.pick.state) for row in rows),
    )


def _grouped(states_of: Iterable[tuple[str, str]]) -> dict[str, Progress]:
    states: dict[str, Counter[str]] = defaultdict(Counter)
    for name, state in states_of:
        states[name][state] += 1
    return {name: Progress.of(states[name]) for name in sorted(states, key=str.casefold) if name}


def pick_rows(picks: list[Pick]) -> list[PickRow]:
    """With names and redacted titles; `picks` come with `ticket` and `reviewer__user`."""
    organisation_id = current_organisation_id()
    shown = headings(organisation_id, [p.ticket_id for p in picks if p.ticket_id]) if picks else {}
    agents = {pick.reviewee_id for pick in picks if pick.reviewee_id}
    named = named_agents(organisation_id, agents) if agents else {}
    return [
        _pick_row(pick, shown.get(pick.ticket_id or 0), named.get(pick.reviewee_id or 0))
        for pick in picks
    ]


def _pick_row(pick: Pick, heading: Heading | None, reviewee: NamedAgent | None) -> PickRow:
    return PickRow(
        pick=pick,
        title=heading.title if heading else None,
        external_id=pick.ticket.external_id if pick.ticket else "",
        reviewee=reviewee.name if reviewee else "",
        reviewer=pick.reviewer.user.name if pick.reviewer else "",
        why=why_of(pick),
        people=frozenset(shown.subject_id for shown in (heading, reviewee) if shown),
    )


def open_picks(actor: Membership, *, cycle: AssignmentCycle | None = None) -> QuerySet[Pick]:
    """What the actor has to review, what is due first at the top. Nothing of an agent who is left
    out, be it their own: it is not judged."""
    found = Pick.objects.filter(reviewer=actor, state=_OPEN, ticket__restricted=False)
    picks = not_left_out(found, agent="reviewee").select_related(
        "cycle__assignment__scorecard", "reviewer__user", "ticket", "review"
    )
    if cycle is not None:
        picks = picks.filter(cycle=cycle)
    return picks.order_by("cycle__due_on", "cycle_id", "position")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What somebody has to review in one cycle."""

    cycle: AssignmentCycle
    picks: list[PickRow]
    progress: Progress
    is_overdue: bool
    days_left: int


def to_review(actor: Membership, *, cycle: AssignmentCycle | None = None) -> list[Lot]:
    """By cycle, what is due first at the top."""
    rows: dict[int, list[PickRow]] = defaultdict(list)
    for row in pick_rows(list(open_picks(actor, cycle=cycle))):
        rows[row.pick.cycle_id].append(row)
    states: dict[int, Counter[str]] = defaultdict(Counter)
    mine = Pick.objects.filter(reviewer=actor, cycle__in=list(rows)).order_by()
    for cycle_id, state, n in mine.values_list("cycle_id", "state").annotate(n=Count("pk")):
        states[cycle_id][state] = n
    today = timezone.localdate()
    return [_lot(found, Progress.of(states[key]), today) for key, found in rows.items()]


def _lot(rows: list[PickRow], progress: Progress, today: date) -> Lot:
    cycle = rows[0].pick.cycle
    left = (cycle.due_on - today).days
    return Lot(cycle=cycle, picks=rows, progress=progress, is_overdue=left < 0, days_left=left)


def next_pick(actor: Membership, *, after: Pick | None = None) -> Pick | None:
    """What to review next: in the same cycle as `after` if there is anything left."""
    if after is not None:
        same = open_picks(actor).filter(cycle=after.cycle_id).exclude(pk=after.pk).first()
        if same is not None:
            return same
    return open_picks(actor).filter(~Q(pk=after.pk) if after else Q()).first()

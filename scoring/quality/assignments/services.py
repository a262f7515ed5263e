"""Standing orders for reviews. What is changed holds for cycles to come: a cycle that runs keeps
its picks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership, Organisation
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import tenant_scope
from scoring.quality.assignments.events import Event, record
from scoring.quality.assignments.filters import Filters
from scoring.quality.models import (
    Assignment,
    AssignmentReviewee,
    AssignmentReviewer,
    Scorecard,
)
from tickets.access import not_left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything that can be said about an assignment, but who takes part."""

    name: str
    scorecard_id: int
    cycle: str
    starts_on: date
    ends_on: date | None = None
    time_zone: str
    who: str = Assignment.Who.REVIEWERS
    method: str = Assignment.Method.RANDOM
    goal: int = 2
    goal_of: str = Assignment.Goal.PER_REVIEWEE
    filters: Filters = field(default_factory=Filters)
    due_days: int | None = None
    is_blind: bool = False
    may_replace: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Ids: members who review, agents and teams who are reviewed."""

    reviewers: Collection[int] = ()
    agents: Collection[int] = ()
    teams: Collection[int] = ()


def create_assignment(
    *, organisation: Organisation, terms: Terms, people: People, actor: Membership | None
) -> Assignment:
    """Its first cycle starts with its first day. Raises DomainError when nobody takes part."""
    _check(terms, people)
    with tenant_scope(organisation.pk):
        assignment: Assignment = Assignment.objects.create(
            organisation=organisation, created_by=actor, **_columns(terms)
        )
        _set_people(assignment, people)
        record(Event.CREATED, actor=actor, target=assignment)
    return assignment


def edit_assignment(
    *, assignment: Assignment, terms: Terms, people: People, actor: Membership
) -> None:
    """Holds from the next cycle on. Raises DomainError when nobody takes part or it has ended."""
    _check(terms, people)
    with tenant_scope(assignment.organisation_id):
        held = _held(assignment)
        if held.state == Assignment.State.ENDED:
            raise DomainError(_("An assignment that has ended cannot be changed."))
        columns = _columns(terms)
        for name, value in columns.items():
            setattr(held, name, value)
        held.save(update_fields=list(columns))
        _set_people(held, people)
        record(Event.CHANGED, actor=actor, target=held)


def set_state(*, assignment: Assignment, state: str, actor: Membership | None) -> None:
    """Pause, go on or end. Open picks stay to be done. Idempotent; what has ended stays ended."""
    with tenant_scope(assignment.organisation_id):
        held = _held(assignment)
        if held.state == state:
            return
        if held.state == Assignment.State.ENDED:
            raise DomainError(_("An assignment that has ended cannot be taken up again."))
        held.state = state
        held.save(update_fields=["state"])
        record(Event.STATE_CHANGED, actor=actor, target=held, state=state)


def _held(assignment: Assignment) -> Assignment:
    """The row as it is now, locked."""
    held: Assignment = Assignment.objects.select_for_update().get(pk=assignment.pk)
    return held


def _check(terms: Terms, people: People) -> None:
    if not people.agents and not people.teams:
        raise DomainError(_("Choose at least one agent or team to be reviewed."))
    if terms.who == Assignment.Who.REVIEWERS and not people.reviewers:
        raise DomainError(_("Choose at least one reviewer."))
    if terms.ends_on is not None and terms.ends_on < terms.starts_on:
        raise DomainError(_("The last day lies before the first one."))


def _columns(terms: Terms) -> dict[str, object]:
    """What is stored, by column. A scorecard of another organisation is not found."""
    scorecard = Scorecard.objects.get(pk=terms.scorecard_id)
    columns = {name: value for name, value in asdict(terms).items() if name != "scorecard_id"}
    return {**columns, "scorecard": scorecard, "filters": terms.filters.as_json()}


def _set_people(assignment: Assignment, people: People) -> None:
    """Exactly these take part from now on; and agents who did and are left out for a time, whom
    nobody could have chosen again."""
    organisation_id = assignment.organisation_id
    AssignmentReviewer.objects.filter(assignment=assignment).delete()
    reviewees = AssignmentReviewee.objects.filter(assignment=assignment)
    not_left_out(reviewees, agent="agent").delete()
    staying = set(reviewees.values_list("agent_id", flat=True))
    reviewers = people.reviewers if assignment.who == Assignment.Who.REVIEWERS else ()
    AssignmentReviewer.objects.bulk_create(
        AssignmentReviewer(
            organisation_id=organisation_id, assignment=assignment, membership_id=key
        )
        for key in sorted(set(reviewers))
    )
    rows = [{"agent_id": key} for key in sorted(set(people.agents) - staying)]
    rows += [{"team_id": key} for key in sorted(set(people.teams))]
    AssignmentReviewee.objects.bulk_create(
        AssignmentReviewee(organisation_id=organisation_id, assignment=assignment, **row)
        for row in rows
    )

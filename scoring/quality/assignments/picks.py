"""What becomes of a pick: reviewed, replaced, removed, given to somebody else. Nothing is deleted,
so that replacing can be counted."""

from __future__ import annotations

from django.db.models import Max
from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.tenancy import tenant_scope
from scoring.quality.assignments.cycles import Period
from scoring.quality.assignments.events import Event, record
from scoring.quality.assignments.planning import (
    Order,
    Staff,
    candidates_of,
    staff_of,
    with_hidden,
)
from scoring.quality.assignments.running import order_of
from scoring.quality.assignments.sampling import Draw, Method, ranking
from scoring.quality.models import Assignment, AssignmentCycle, Pick, Review
from scoring.quality.scorecards.selectors import version_in_force


def replace_pick(*, pick: Pick, reason: str, actor: Membership) -> Pick:
    """Take another conversation of the same reviewee: the next one that the cycle's own draw would
    have picked, for the same reviewer. Returns the new pick.

    Raises Conflict when the pick is not open any more, DomainError when nothing is left to draw.
    """
    with tenant_scope(pick.organisation_id):
        cycle, held = _held(pick)
        found = _next_draw(cycle, held)
        if found is None:
            raise DomainError(
                _("There is no other conversation that fits. Remove it from the list instead.")
            )
        new = _add(cycle, held, found)
        _close(held, Pick.State.REPLACED, reason, actor, replaced_by=new)
        record(Event.PICK_REPLACED, actor=actor, target=held, reason=reason)
        return new


def remove_pick(*, pick: Pick, reason: str, actor: Membership) -> None:
    """Take it off the list. Raises Conflict when the pick is not open any more."""
    with tenant_scope(pick.organisation_id):
        _cycle, held = _held(pick)
        _close(held, Pick.State.REMOVED, reason, actor)
        record(Event.PICK_REMOVED, actor=actor, target=held, reason=reason)


def reassign_pick(*, pick: Pick, reviewer: Membership, actor: Membership) -> None:
    """Give it to another reviewer. A draft that was begun stays its author's.

    Raises Conflict when the pick is not open any more, DomainError when the reviewer may not judge
    the conversation: their own work, or one they may not open.
    """
    with tenant_scope(pick.organisation_id):
        cycle, held = _held(pick)
        if reviewer.pk not in possible_reviewers(cycle, held):
            raise DomainError(_("This person may not review this conversation."))
        if held.reviewer_id == reviewer.pk:
            return
        held.reviewer, held.review = reviewer, None
        held.save(update_fields=["reviewer", "review"])
        record(Event.PICK_REASSIGNED, actor=actor, target=held, affected=reviewer)


def possible_reviewers(cycle: AssignmentCycle, pick: Pick) -> set[int]:
    """Ids of the assignment's reviewers who may review the pick."""
    if pick.ticket_id is None or pick.reviewee_id is None:
        return set()
    staff = with_hidden(staff_of(_order(cycle), cycle.starts_on), {pick.ticket_id})
    return {member.pk for member in staff.reviewers if _may_review(staff, member.pk, pick)}


def _may_review(staff: Staff, reviewer_id: int, pick: Pick) -> bool:
    is_own = pick.reviewee_id in staff.own.get(reviewer_id, ())
    hidden = (reviewer_id, pick.ticket_id) in staff.hidden
    return not hidden and is_own == (staff.who == Assignment.Who.SELVES)


def _held(pick: Pick) -> tuple[AssignmentCycle, Pick]:
    """The open pick as it is now, and its cycle, locked: two who replace at once draw apart."""
    cycle: AssignmentCycle = (
        AssignmentCycle.objects.select_for_update(of=("self",))
        .select_related("assignment__scorecard")
        .get(pk=pick.cycle_id)
    )
    held: Pick = Pick.objects.select_for_update().get(pk=pick.pk)
    if held.state != Pick.State.OPEN:
        raise Conflict(_("This pick is not on the list any more."))
    if Review.objects.filter(pk=held.review_id, state=Review.State.SUBMITTED).exists():
        raise Conflict(_("This conversation has been reviewed meanwhile."))
    return cycle, held


def _order(cycle: AssignmentCycle) -> Order:
    version = version_in_force(cycle.assignment.scorecard)
    if version is None:
        raise DomainError(_("The scorecard is not in force any more."))
    return order_of(cycle.assignment, version)


def _next_draw(cycle: AssignmentCycle, pick: Pick) -> Draw | None:
    """From the conversations of the cycle's own time, without any it has ever picked; a stratum
    is replaced from within as long as there is something left in it."""
    order = _order(cycle)
    period = Period(cycle.number, cycle.starts_on, cycle.ends_on)
    staff = staff_of(order, cycle.starts_on)
    found = candidates_of(order, period, staff)
    if order.method != Method.OUTLIERS:  # which are measured against everybody's
        found = [candidate for candidate in found if candidate.reviewee_id == pick.reviewee_id]
    staff = with_hidden(staff, {candidate.ticket_id for candidate in found})
    goals = {pick.reviewee_id or 0: order.goal}
    ranked = ranking(found, method=order.method, goals=goals, seed=cycle.seed)
    mine = [
        each
        for each in ranked.get(pick.reviewee_id or 0, [])
        if pick.reviewer_id and staff.may_review(pick.reviewer_id, each.candidate)
    ]
    same = [each for each in mine if each.stratum == pick.why_stratum]
    return next(iter(same or mine), None)


def _add(cycle: AssignmentCycle, old: Pick, found: Draw) -> Pick:
    last = Pick.objects.filter(cycle=cycle).aggregate(n=Max("position"))["n"]
    new: Pick = Pick.objects.create(
        organisation_id=cycle.organisation_id,
        cycle=cycle,
        ticket_id=found.candidate.ticket_id,
        reviewee_id=found.candidate.reviewee_id,
        reviewer_id=old.reviewer_id,
        position=last + 1,
        why=Pick.Why.REPLACEMENT,
        why_measure=found.times,
        why_stratum=found.stratum,
    )
    return new


def _close(
    pick: Pick, state: str, reason: str, actor: Membership, replaced_by: Pick | None = None
) -> None:
    pick.state, pick.reason, pick.replaced_by = state, Pick.Reason(reason), replaced_by
    pick.closed_by, pick.closed_at = actor, clock.now()
    pick.save(update_fields=["state", "reason", "replaced_by", "closed_by", "closed_at"])

"""From an approved plan to a checked result.

Order: ledger and suppression list, the fence (state "erasing"), recipients' lists, rows and stores,
keys, recipients, check. Any of it may be interrupted and is taken up again by the next run.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, connection
from django.db.models import Q

from kaizo.core import clock
from kaizo.core.logs import get_logger
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.audit import record_event, register_actions
from privacy.models import SubjectState
from privacy.registry import registry
from privacy.rights import notices, states, verifier
from privacy.rights.certificate import write_certificate
from privacy.rights.erasing import Changes, StepName, erase_rows, kept_in
from privacy.rights.graph import Unplannable
from privacy.rights.holds import Kept
from privacy.rights.ledger import mark_known, write_entry, write_steps
from privacy.rights.models import Plan, PlanStep, RequestStatus
from privacy.rights.people import Person, identifiers_of, load_person, set_state
from privacy.rights.plans import is_current, replan
from privacy.rights.requests import move, subject_ids_of, tell_erased
from privacy.vault.keys import destroy_keys
from privacy.vault.models import LedgerAction
from privacy.vault.suppression import suppress

log = get_logger(__name__)
LEASE = timedelta(minutes=10)
BUDGET = 120.0  # seconds of one run; the next one goes on
_State = PlanStep.State
_AT_WORK = (RequestStatus.APPROVED, RequestStatus.RUNNING)

register_actions(
    {
        "privacy.erasure.started": {},
        "privacy.subject.erased": {},
        "privacy.erasure.checked": {"blocked": int, "waiting": bool},
    }
)
_ADD = """
UPDATE privacy_rights_planstep AS step
   SET changed = step.changed + new.changed, state = 'running',
       started_at = coalesce(step.started_at, now())
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS new (action, label, role, changed)
 WHERE step.organisation_id = %s AND step.plan_id = %s
   AND step.action = new.action AND step.label = new.label AND step.role = new.role
"""  # noqa: E501 - one line per clause


def run_erasure(*, organisation_id: int, plan_id: int, seconds: float = BUDGET) -> bool:
    """Carry an approved plan out as far as it goes; True when there is nothing more to do now.

    Safe to call at any time and again: a second worker gets nothing, a plan that is not approved is
    left alone, and one whose data has moved before it began is planned anew. Outside any scope.
    """
    plan = _claim(organisation_id, plan_id)
    if plan is None:
        return True
    try:
        return _run(plan, seconds)
    except (IntegrityError, Unplannable) as error:
        log.warning("erasure_refused", plan=str(plan.public_id), error=type(error).__name__)
        with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
            if plan.request.status == states.Status.RUNNING:
                move(plan.request, states.Status.BLOCKED, reason="refused_by_database")
        return True
    finally:
        _release(plan)


def _run(plan: Plan, seconds: float) -> bool:
    if plan.started_at is None and not _start(plan):
        return True
    person = _person(plan)
    if not erase_rows(person, _PlanProgress(plan), seconds=seconds):
        return False
    kept = kept_of(person)
    if not any(kept.values()):
        _destroy_keys(plan, person)
    notices.tell_recipients(plan)
    _check(plan, person, kept)
    return True


def _claim(organisation_id: int, plan_id: int) -> Plan | None:
    with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        now = clock.now()
        free = Plan.objects.filter(
            Q(claimed_until__isnull=True) | Q(claimed_until__lt=now),
            pk=plan_id,
            approved_at__isnull=False,
            superseded_at__isnull=True,
            finished_at__isnull=True,
            request__status__in=_AT_WORK,
        )
        if not free.update(claimed_until=now + LEASE):
            return None
        claimed: Plan = Plan.objects.select_related("request").get(pk=plan_id)
        return claimed


def _release(plan: Plan) -> None:
    with tenant_scope(plan.organisation_id, purpose=Purpose.STORAGE):
        Plan.objects.filter(pk=plan.pk).update(claimed_until=None)


class _DataMoved(Exception):  # noqa: N818 - reads as what happened
    """Takes the fence down again."""


def _start(plan: Plan) -> bool:
    """Put the fence up, look once more, write the ledger, and only then commit all of it. False if
    the data had moved: there is a new plan then."""
    try:
        with tenant_scope(plan.organisation_id, purpose=Purpose.STORAGE):
            _begin(plan)
    except _DataMoved:
        with tenant_scope(plan.organisation_id, purpose=Purpose.STORAGE):
            move(plan.request, states.Status.PLANNED, reason="data_moved")
            replan(plan.request, made_by_id=plan.made_by_id)
        return False
    return True


def _begin(plan: Plan) -> None:
    person = _person_in_scope(plan)
    set_state(person, SubjectState.ERASING)
    if not is_current(plan):
        raise _DataMoved
    _order(plan, person, identifiers_of(person))
    mark_known(plan.organisation_id, plan.public_id)
    notices.prepare(plan, person)
    plan.started_at = clock.now()
    plan.save(update_fields=["started_at"])
    move(plan.request, states.Status.RUNNING)
    record_event(
        organisation_id=plan.organisation_id,
        action="privacy.erasure.started",
        actor_user_id=plan.approved_by_id,
        object_type="privacy_rights.Plan",
        object_id=plan.public_id,
        subject_id=plan.request.subject_id,
    )


def _order(plan: Plan, person: Person, hashes: dict[str, set[bytes]]) -> None:
    """Into the vault, committed before anything is destroyed: the order, and who must not come
    back."""
    write_entry(
        organisation_id=plan.organisation_id,
        entry_id=plan.public_id,
        action=LedgerAction.ERASE,
        subject_ids=person.subject_ids,
        hashes=set().union(*hashes.values()),
        request_id=plan.request.public_id,
        plan_digest=plan.digest,
    )
    for kind, digests in hashes.items():
        suppress(organisation_id=plan.organisation_id, kind=kind, hashes=digests)


class _PlanProgress:
    """Notes a chunk's changes on the plan's steps, in the chunk's transaction."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        with tenant_scope(plan.organisation_id, purpose=Purpose.STORAGE):
            rows = PlanStep.objects.filter(plan=plan).exclude(state=_State.DONE)
            self.open: set[StepName] = set(rows.values_list("action", "label", "role"))

    def wants(self, name: StepName) -> bool:
        return name in self.open

    def add(self, changes: Changes) -> None:
        actions, labels, roles = zip(*changes, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(
                _ADD,
                [
                    list(actions),
                    list(labels),
                    list(roles),
                    list(changes.values()),
                    self.plan.organisation_id,
                    self.plan.pk,
                ],
            )


def _destroy_keys(plan: Plan, person: Person) -> None:
    """Mark first, destroy then: should the process die in between, the next run destroys."""
    organisation_id = plan.organisation_id
    with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        set_state(person, SubjectState.ERASED)
        for subject_id in person.subject_ids:
            record_event(
                organisation_id=organisation_id,
                action="privacy.subject.erased",
                object_type="privacy.Subject",
                object_id=subject_id,
                subject_id=subject_id,
            )
        PlanStep.objects.filter(plan=plan, action="key").update(changed=len(person.kinds))
    destroy_keys(organisation_id, person.subject_ids)


def _check(plan: Plan, person: Person, kept: dict[str, Kept]) -> None:
    """Compare what is left, changed and planned; say what the request waits for."""
    left = {
        (found.action, found.label, found.role): found.rows
        for found in verifier.find_left_over(person, kept)
    }
    held = any(kept.values())
    destroyed = verifier.keys_are_destroyed(person)
    with tenant_scope(plan.organisation_id, purpose=Purpose.STORAGE):
        steps = list(PlanStep.objects.filter(plan=plan).order_by("position"))
        known = {(step.action, step.label, step.role) for step in steps}
        for step in steps:
            _judge(step, left, kept, destroyed=destroyed)
        blocked = [step for step in steps if step.state == _State.BLOCKED]
        if unplanned := sorted(label for action, label, role in left.keys() - known):
            log.warning("erasure_left_over", plan=str(plan.public_id), where=unplanned)
        waiting = _waiting_for(plan, held=held)
        _settle(plan, blocked=len(blocked) + bool(unplanned), waiting=waiting)
    write_steps(
        organisation_id=plan.organisation_id,
        entry_id=plan.public_id,
        steps=[
            (f"{step.action} {step.label} {step.role}".strip(), step.changed)
            for step in steps
            if step.state == _State.DONE
        ],
    )


def _judge(
    step: PlanStep, left: dict[StepName, int], kept: dict[str, Kept], *, destroyed: bool
) -> None:
    """Done only if nothing is left and something was changed where the plan said so."""
    name = (step.action, step.label, step.role)
    step.left_over = left.get(name, 0)
    step.held = _held(step, kept)
    is_key = step.action == "key"
    idle = step.planned > step.held and not step.changed and step.label not in registry.derived()
    step.problem = step.waiting_for = ""
    if step.left_over or (is_key and not step.held and not destroyed):
        step.state, step.problem = _State.BLOCKED, "left_over"
    elif step.held:
        step.state, step.waiting_for = _State.WAITING, states.WaitingFor.HOLD
    elif idle:
        step.state, step.problem = _State.BLOCKED, "changed_nothing"
    else:
        step.state, step.finished_at = _State.DONE, clock.now()
        step.verified_at = step.finished_at
    step.save(
        update_fields=[
            "left_over", "held", "problem", "waiting_for", "state", "finished_at", "verified_at",
        ]
    )  # fmt: skip


def _held(step: PlanStep, kept: dict[str, Kept]) -> int:
    if step.action == "key":
        return sum(1 for by_label in kept.values() if by_label)
    kind = step.role.partition("/")[0]
    return len(kept.get(kind, {}).get(step.label, ()))


def _waiting_for(plan: Plan, *, held: bool) -> list[str]:
    found = set(notices.waiting_for(plan))
    if held:
        found.add(states.WaitingFor.HOLD.value)
    return sorted(found)


def _settle(plan: Plan, *, blocked: int, waiting: Iterable[str]) -> None:
    request, waiting = plan.request, list(waiting)
    record_event(
        organisation_id=plan.organisation_id,
        action="privacy.erasure.checked",
        object_type="privacy_rights.Plan",
        object_id=plan.public_id,
        subject_id=request.subject_id,
        detail={"blocked": blocked, "waiting": bool(waiting)},
    )
    if blocked:
        log.warning("erasure_blocked", plan=str(plan.public_id), steps=blocked)
        move(request, states.Status.BLOCKED, reason="not_as_planned")
        return
    write_certificate(plan)
    if waiting:
        move(request, states.Status.WAITING, waiting_for=waiting)
        return
    plan.finished_at = clock.now()
    plan.save(update_fields=["finished_at"])
    move(request, states.Status.VERIFIED_DONE)
    tell_erased(request)


def resume(plan: Plan, *, actor_user_id: int | None) -> None:
    """Try a blocked erasure again. In the tenant's scope."""
    from privacy.rights.tasks import queue_erasure

    move(plan.request, states.Status.RUNNING, actor_user_id=actor_user_id, reason="retry")
    PlanStep.objects.filter(plan=plan, state=_State.BLOCKED).update(state=_State.PENDING)
    queue_erasure(plan.request)


def kept_of(person: Person) -> dict[str, Kept]:
    """Which rows stay, by kind of person. Outside any scope."""
    with tenant_scope(person.organisation_id, purpose=Purpose.STORAGE):
        return kept_in(person)


def _person(plan: Plan) -> Person:
    with tenant_scope(plan.organisation_id, purpose=Purpose.STORAGE):
        return _person_in_scope(plan)


def _person_in_scope(plan: Plan) -> Person:
    return load_person(plan.organisation_id, subject_ids_of(plan.request))

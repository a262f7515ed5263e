"""What an erasure is going to do: counted, shown, and approved by a second person.

A plan is data: tables, counts, holds, recipients, and what stays with its ground. Its digest is
what is approved; if the data has moved until the work begins, there is a new plan to approve.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import Purpose, purpose_scope
from privacy.audit import record_event, register_actions
from privacy.registry import Declaration, Keep, registry
from privacy.rights import holds, states
from privacy.rights.graph import Edge, graph_of
from privacy.rights.hooks import hooks
from privacy.rights.models import Plan, PlanStep, RequestEvent, RightsRequest
from privacy.rights.people import Person, load_person
from privacy.rights.requests import (
    NotAllowedNow,
    SamePerson,
    add_subject,
    move,
    note_event,
    require_verified,
    subject_ids_of,
    wait_for_staff,
)

register_actions({"privacy.plan.made": {"rows": int}, "privacy.plan.approved": {"rows": int}})

KEY = "vault.SubjectKey"


class NoSuchPlan(DomainError):  # noqa: N818 - reads as what happened
    """What was approved is no plan of the request."""

    def __init__(self) -> None:
        super().__init__(_("This request has no such plan. Look at the one it has."))


@dataclass(frozen=True, slots=True)
class Step:
    """`role` is the kind of person and their part in the rows: "customer/author"."""

    action: str  # store, unlink, delete or key
    label: str
    role: str
    rows: int
    held: int = 0

    @property
    def name(self) -> tuple[str, str, str]:
        return self.action, self.label, self.role


def draw_up(person: Person, *, everything: bool = False) -> dict[str, Any]:
    """The plan's data. Inside the tenant's scope. Steps with nothing to do are left out unless
    `everything`. The same data gives the same plan, byte for byte."""
    with purpose_scope(Purpose.STORAGE):  # an erasure reaches what is frozen as well
        return _drawn_up(person, everything=everything)


def _drawn_up(person: Person, *, everything: bool) -> dict[str, Any]:
    kept = {
        kind: holds.kept_rows(graph_of(kind), subject_ids) for kind, subject_ids in person.by_kind()
    }
    steps = [step for step in _steps(person, kept) if everything or step.rows]
    return {
        "subjects": {str(subject): person.kinds[subject] for subject in person.subject_ids},
        "steps": [asdict(step) for step in steps],
        "stays": sorted(_stays(person), key=lambda line: (line["label"], line["reason"])),
        "holds": [
            {"reason": hold.reason, "until": hold.expires_at.date().isoformat()}
            for by_label in kept.values()
            for hold in holds.holds_over(by_label)
        ],
        "recipients": _recipients(person),
    }


def digest_of(data: dict[str, Any]) -> str:
    """Of everything but what stays, since the plan itself is among that, and but what is made from
    the rest: texts are still being read in the background when somebody has a plan before them."""
    binding = {key: value for key, value in data.items() if key != "stays"}
    derived = registry.derived()
    binding["steps"] = [step for step in data["steps"] if step["label"] not in derived]
    text = json.dumps(binding, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def make_plan(request: RightsRequest, *, made_by_id: int) -> Plan:
    """Plan the erasure that a verified request asks for; takes the place of an earlier plan.

    Raises NotVerified before the person's identity is established, whoever asks.
    """
    require_verified(request)
    if request.kind not in states.PLANNED:
        raise NotAllowedNow
    move(request, states.Status.PLANNED, actor_user_id=made_by_id)
    return replan(request, made_by_id=made_by_id)


@transaction.atomic
def replan(request: RightsRequest, *, made_by_id: int | None) -> Plan:
    """A new current plan of the request as the data is now."""
    _take_in_new_records(request)
    person = load_person(request.organisation_id, subject_ids_of(request))
    data = draw_up(person)
    Plan.objects.filter(request=request, superseded_at__isnull=True).update(
        superseded_at=clock.now()
    )
    plan = Plan(
        organisation_id=request.organisation_id,
        request=request,
        data=data,
        digest=digest_of(data),
        made_by_id=made_by_id,
    )
    plan.save(force_insert=True)
    PlanStep.objects.bulk_create(
        PlanStep(
            organisation_id=request.organisation_id,
            plan=plan,
            position=position,
            action=step["action"],
            label=step["label"],
            role=step["role"],
            planned=step["rows"],
            held=step["held"],
        )
        for position, step in enumerate(data["steps"])
    )
    note_event(request, RequestEvent.What.PLANNED, actor_user_id=made_by_id)
    _record("privacy.plan.made", plan, made_by_id)
    if made_by_id is not None:
        wait_for_staff(request, but=made_by_id)
    return plan


@transaction.atomic
def approve_plan(plan: Plan, *, digest: str, actor_user_id: int) -> Plan:
    """Approve exactly the plan that was shown (`digest`), and queue its work.

    When the data has moved meanwhile nothing is approved, and the new plan to look at is returned:
    `approved_at` tells the two apart. Raises SamePerson for whoever made the plan, NotVerified as
    `make_plan` does, and NoSuchPlan for a digest that no plan of the request ever had.
    """
    request = plan.request
    require_verified(request)
    locked = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if request.status != states.Status.PLANNED or locked.superseded_at is not None:
        raise NotAllowedNow
    if actor_user_id == locked.made_by_id:
        raise SamePerson
    if not Plan.objects.filter(request=request, digest=digest).exists():
        raise NoSuchPlan
    _take_in_new_records(request)
    if digest != locked.digest or not is_current(locked):
        return replan(request, made_by_id=locked.made_by_id)
    _approve(plan, actor_user_id)
    return plan


def _take_in_new_records(request: RightsRequest) -> None:
    """Records that came in since identity was confirmed, under the address that was proven."""
    from privacy.rights.portal.services import people_of

    for subject_id in set(people_of(request)) - set(subject_ids_of(request)):
        add_subject(request, subject_id)


def is_current(plan: Plan) -> bool:
    """Whether the data is still what the plan counted."""
    person = load_person(plan.organisation_id, subject_ids_of(plan.request))
    return digest_of(draw_up(person)) == plan.digest


def _approve(plan: Plan, actor_user_id: int) -> None:
    from privacy.rights.tasks import queue_erasure

    plan.approved_at, plan.approved_by_id = clock.now(), actor_user_id
    plan.save(update_fields=["approved_at", "approved_by_id"])
    request = plan.request
    move(request, states.Status.APPROVED, actor_user_id=actor_user_id)
    note_event(request, RequestEvent.What.APPROVED, actor_user_id=actor_user_id)
    _record("privacy.plan.approved", plan, actor_user_id)
    queue_erasure(request)


def _steps(person: Person, kept: dict[str, holds.Kept]) -> Iterator[Step]:
    for store in hooks.stores.values():
        rows = store.count(person.organisation_id, person.subject_ids)
        yield Step("store", store.name, "", rows)
    for kind, subject_ids in person.by_kind():
        graph = graph_of(kind)
        counts = _counted(graph.changing, [str(subject) for subject in subject_ids])
        for edge, rows in zip(graph.changing, counts, strict=True):
            held = len(kept[kind].get(edge.label, ()))
            yield Step(edge.action, edge.label, f"{kind}/{edge.role}", rows, held)
    if person.kinds:
        held = sum(1 for by_label in kept.values() if by_label)
        yield Step("key", KEY, "", len(person.kinds), held)


def _counted(edges: tuple[Edge, ...], subject_ids: list[str]) -> list[int]:
    """How many rows each edge reaches, in one round trip."""
    if not edges:
        return []
    columns = ", ".join(f"({edge.count()})" for edge in edges)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", {"subjects": subject_ids})
        return list(cursor.fetchone())


def _stays(person: Person) -> Iterator[dict[str, Any]]:
    for kind, subject_ids in person.by_kind():
        kept = graph_of(kind).kept
        counts = _counted(tuple(edge for edge, _ in kept), [str(s) for s in subject_ids])
        for (edge, declaration), rows in zip(kept, counts, strict=True):
            if rows:
                yield {"label": edge.label, "rows": rows} | ground_of(declaration)


def ground_of(declaration: Declaration) -> dict[str, str]:
    """Why a row stays, and the retention rule that ends it."""
    row = declaration.row
    if isinstance(row, Keep):
        return {"reason": row.reason, "rule": row.rule or declaration.retention.name}
    return {"reason": "", "rule": declaration.retention.name}


def _recipients(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "recipient": recipient.name,
            "reference": found.reference,
            "people": found.people,
            "records": found.records,
        }
        for recipient in hooks.recipients.values()
        for found in recipient.find(person.organisation_id, person.subject_ids)
    ]


def _record(action: str, plan: Plan, actor_user_id: int | None) -> None:
    record_event(
        organisation_id=plan.organisation_id,
        action=action,
        actor_user_id=actor_user_id,
        object_type="privacy_rights.Plan",
        object_id=plan.public_id,
        subject_id=plan.request.subject_id,
        purpose=Purpose.SUBJECT_ACCESS,
        detail={"rows": sum(step["rows"] for step in plan.data["steps"])},
    )

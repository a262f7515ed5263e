"""What was done, by whom, to whose data.

An event names its action from a register, and its detail holds what that action declared: codes,
counts and flags. Free text, names and values have no place to go, so an event never has to be
edited when a person is erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from uuid import UUID

from django.db.models import QuerySet

from kaizo.core.tenancy import NoTenantScope, Purpose, TenantScope, current_scope, tenant_scope
from privacy.models import AuditEvent, Outcome

# What a detail's value may be: a number, a flag, or one code out of a list.
DetailType = type[int] | type[bool] | frozenset[str]

_actions: dict[str, Mapping[str, DetailType]] = {}


class UndeclaredEvent(ValueError):  # noqa: N818 - reads as what happened
    """An event that its action's declaration does not cover. A programmer's mistake."""


def register_actions(actions: Mapping[str, Mapping[str, DetailType]]) -> None:
    """Declare actions `app.noun.past_tense` with the keys of their detail. Repeatable."""
    for action, detail in actions.items():
        if _actions.setdefault(action, detail) != detail:
            msg = f"The action {action} is already declared otherwise."
            raise UndeclaredEvent(msg)


def registered_actions() -> Mapping[str, Mapping[str, DetailType]]:
    return dict(_actions)


def record_event(  # noqa: PLR0913 - who, what, whose, why: an event has that many sides
    *,
    organisation_id: int,
    action: str,
    actor_user_id: int | None = None,
    object_type: str = "",
    object_id: int | UUID | None = None,
    affected_user_id: int | None = None,
    subject_id: UUID | None = None,
    purpose: Purpose | None = None,
    outcome: str = Outcome.DONE,
    detail: Mapping[str, int | bool | str] | None = None,
) -> AuditEvent:
    """Add one event in the caller's transaction: it stands or falls with what it reports.

    Raises UndeclaredEvent for an unknown action or a detail that the action does not declare.
    `purpose` defaults to that of the scope in force.
    """
    _require_declared(action, detail or {})
    event = AuditEvent(
        organisation_id=organisation_id,
        actor_user_id=actor_user_id,
        action=action,
        object_type=object_type,
        object_id="" if object_id is None else str(object_id),
        affected_user_id=affected_user_id,
        subject_id=subject_id,
        outcome=outcome,
        detail=dict(detail or {}),
    )
    with _in_scope(organisation_id, purpose) as scope:
        event.purpose = purpose or scope.purpose
        event.save(force_insert=True)
    return event


def events_for_user(user_id: int) -> QuerySet[AuditEvent]:
    """What was done to somebody's account in the organisation in scope, newest first."""
    return AuditEvent.objects.filter(affected_user_id=user_id).order_by("-occurred_at", "-pk")


def _in_scope(organisation_id: int, purpose: Purpose | None) -> AbstractContextManager[TenantScope]:
    """The scope in force if it is the organisation's, else a new one (which refuses to be nested
    in another's)."""
    try:
        scope = current_scope()
    except NoTenantScope:
        return tenant_scope(organisation_id, purpose=purpose or Purpose.SERVICE)
    if scope.organisation_id == organisation_id:
        return nullcontext(scope)
    return tenant_scope(organisation_id)


def _require_declared(action: str, detail: Mapping[str, object]) -> None:
    try:
        declared = _actions[action]
    except KeyError:
        msg = f"Declare the action {action} with register_actions in personal_data.py first."
        raise UndeclaredEvent(msg) from None
    for key, value in detail.items():
        if key not in declared or not _fits(value, declared[key]):
            msg = f"The action {action} declares no such detail: {key}."
            raise UndeclaredEvent(msg)


def _fits(value: object, declared: DetailType) -> bool:
    if isinstance(declared, frozenset):
        return isinstance(value, str) and value in declared
    return type(value) is declared

"""Moving a request on, with its history and its events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from kaizo.core import clock
from kaizo.core.tenancy import Purpose
from privacy.audit import record_event, register_actions
from privacy.models import Outcome
from privacy.rights import states
from privacy.rights.hooks import hooks
from privacy.rights.models import RequestEvent, RequestStatus, RightsRequest
from privacy.rights.requests.errors import NotAllowedNow

_STATUSES = frozenset(RequestStatus.values)
register_actions(
    {
        "privacy.request.received": {
            "kind": frozenset(states.Kind),
            "channel": frozenset(states.Channel),
        },
        "privacy.request.moved": {"before": _STATUSES, "after": _STATUSES},
        "privacy.request.extended": {},
    }
)

# What is done as soon as a request of a kind gets somewhere.
Follower = Callable[[RightsRequest], None]
_followers: dict[tuple[str, str], Follower] = {}


def follow(kind: str, status: str, follower: Follower) -> None:
    """Run `follower` in the transaction in which a request of this kind gets there. It must be safe
    to repeat."""
    _followers[kind, status] = follower


@transaction.atomic
def move(
    request: RightsRequest,
    after: states.Status | str,
    *,
    actor_user_id: int | None = None,
    reason: str = "",
    waiting_for: Sequence[str] = (),
) -> RightsRequest:
    """Move a request on, under its row's lock. Raises NotAllowedNow when the table of states has no
    such way. `waiting_for` says what will wake it."""
    locked = locked_request(request)
    before, after = states.Status(locked.status), states.Status(after)
    if not states.may_move(states.Kind(locked.kind), before, after):
        raise NotAllowedNow
    request.status, request.waiting_for = after.value, list(waiting_for)
    changed = ["status", "waiting_for"]
    if after is states.Status.CLOSED:
        request.closed_at = clock.now()
        changed.append("closed_at")
    request.save(update_fields=changed)
    note_event(
        request,
        RequestEvent.What.MOVED,
        before=before.value,
        after=after.value,
        reason=reason,
        actor_user_id=actor_user_id,
    )
    audit(
        request,
        "privacy.request.moved",
        actor_user_id=actor_user_id,
        detail={"before": before.value, "after": after.value},
        outcome=Outcome.REFUSED if after is states.Status.REFUSED else Outcome.DONE,
    )
    return request


@transaction.atomic
def extend_request(
    request: RightsRequest, *, until: datetime, reason: str, actor_user_id: int
) -> RightsRequest:
    """Move the deadline and tell the person why (GDPR Art. 12(3)). The caller has worked out
    whether that is allowed."""
    from privacy.rights.correspondence.decisions import tell_extension

    locked = locked_request(request)
    if locked.status not in states.OPEN or locked.extended_to is not None:
        raise NotAllowedNow
    request.extended_to = until
    request.save(update_fields=["extended_to"])
    note_event(request, RequestEvent.What.EXTENDED, actor_user_id=actor_user_id)
    audit(request, "privacy.request.extended", actor_user_id=actor_user_id)
    tell_extension(request, reason, actor_user_id=actor_user_id)
    return request


def arrived(request: RightsRequest) -> None:
    """Do what follows from where the request is now (`follow`)."""
    if follower := _followers.get((request.kind, request.status)):
        follower(request)


def wait_for_staff(request: RightsRequest, *, but: int | None = None) -> None:
    """Tell those who may act that the request waits for one of them, who is not the user `but`."""
    for tell in hooks.waiting:
        tell(request.organisation_id, request.pk, but)


def locked_request(request: RightsRequest) -> RightsRequest:
    """As it is now, under its row's lock until the transaction ends."""
    locked: RightsRequest = RightsRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    return locked


def note_event(
    request: RightsRequest,
    what: str,
    *,
    before: str = "",
    after: str = "",
    reason: str = "",
    actor_user_id: int | None = None,
) -> None:
    """Add to the request's history what happened."""
    RequestEvent(
        organisation_id=request.organisation_id,
        request=request,
        what=what,
        before=before,
        after=after,
        reason=reason,
        actor_user_id=actor_user_id,
    ).save(force_insert=True)


def audit(
    request: RightsRequest,
    action: str,
    *,
    actor_user_id: int | None,
    detail: dict[str, int | bool | str] | None = None,
    outcome: str = Outcome.DONE,
) -> None:
    """One event of the audit log about the request."""
    record_event(
        organisation_id=request.organisation_id,
        action=action,
        actor_user_id=actor_user_id,
        object_type="privacy_rights.RightsRequest",
        object_id=request.public_id,
        subject_id=request.subject_id,
        purpose=Purpose.SUBJECT_ACCESS,
        outcome=outcome,
        detail=detail,
    )

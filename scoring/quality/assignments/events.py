"""What is written into the audit log about assignments and their picks."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.events import describe_events
from kaizo.accounts.models import Membership
from kaizo.core.tenancy import current_organisation_id
from privacy.api import record_event, register_actions
from scoring.quality.models import Assignment, Pick


class Event(models.TextChoices):
    CREATED = "scoring.assignment.created", _("An assignment was created")
    CHANGED = "scoring.assignment.changed", _("An assignment was changed")
    STATE_CHANGED = "scoring.assignment.state_changed", _("An assignment was paused or ended")
    CYCLE_STARTED = "scoring.assignment_cycle.started", _("Conversations were picked for review")
    PICK_REPLACED = "scoring.pick.replaced", _("A conversation to review was replaced")
    PICK_REMOVED = "scoring.pick.removed", _("A conversation to review was taken off the list")
    PICK_REASSIGNED = "scoring.pick.reassigned", _("A conversation to review was given to you")


_REASON = {"reason": frozenset(Pick.Reason.values)}

register_actions(
    {event.value: {} for event in Event}
    | {
        Event.STATE_CHANGED.value: {"state": frozenset(Assignment.State.values)},
        Event.CYCLE_STARTED.value: {"picks": int, "candidates": int},
        Event.PICK_REPLACED.value: _REASON,
        Event.PICK_REMOVED.value: _REASON,
    }
)
describe_events({event.value: event.label for event in Event})


def record(
    event: Event,
    *,
    actor: Membership | None,
    target: models.Model,
    affected: Membership | None = None,
    **detail: str | int,
) -> None:
    """Write one event for the organisation in scope, inside the caller's transaction. `actor` is
    None for what the schedule did; `affected` may read it."""
    record_event(
        organisation_id=current_organisation_id(),
        action=event.value,
        actor_user_id=actor.user_id if actor else None,
        object_type=target._meta.label_lower,  # noqa: SLF001 - Django's documented Meta API
        object_id=target.pk,
        affected_user_id=affected.user_id if affected else None,
        detail=detail,
    )

"""What happens to calibration sessions, for the audit log."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import Purpose
from privacy.api import record_event, register_actions
from scoring.quality.models import CalibrationSession


class Event(models.TextChoices):
    CREATED = "scoring.calibration.created", _("A calibration was started")
    OPENED = "scoring.calibration.opened", _("The scores of a calibration were shown")
    CLOSED = "scoring.calibration.closed", _("A calibration was closed")


register_actions(
    {event.value: {} for event in Event}
    | {Event.CREATED.value: {"conversations": int, "participants": int}}
)


def record(
    event: Event, *, session: CalibrationSession, actor: Membership | None, **detail: int
) -> None:
    """Write one event about a session, in the caller's transaction. No actor: it moved on by
    itself."""
    record_event(
        organisation_id=session.organisation_id,
        action=event.value,
        actor_user_id=actor.user_id if actor else None,
        object_type="scoring.calibrationsession",
        object_id=session.pk,
        purpose=Purpose.QUALITY_EVALUATION,
        detail=detail,
    )

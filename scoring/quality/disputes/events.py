"""What happens to disputes, for the audit log."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.events import describe_events
from kaizo.accounts.models import Membership
from kaizo.core.tenancy import Purpose
from privacy.api import record_event, register_actions
from scoring.quality.disputes import rules
from scoring.quality.models import Dispute


class Event(models.TextChoices):
    OPENED = "scoring.dispute.opened", _("You disputed a review")
    WITHDRAWN = "scoring.dispute.withdrawn", _("A dispute of yours was withdrawn")
    DECIDED = "scoring.dispute.decided", _("A dispute of yours was decided")


register_actions(
    {
        Event.OPENED.value: {"about": frozenset(Dispute.About.values)},
        Event.WITHDRAWN.value: {},
        Event.DECIDED.value: {
            "verdict": frozenset(rules.VERDICTS),
            "remedy": frozenset(map(str, rules.Remedy)),
        },
    }
)
describe_events({event.value: event.label for event in Event})


def record(event: Event, *, dispute: Dispute, actor: Membership, **detail: str) -> None:
    """Write one event about a dispute and who opened it, in the caller's transaction."""
    opener = dispute.opened_by
    record_event(
        organisation_id=dispute.organisation_id,
        action=event.value,
        actor_user_id=actor.user_id,
        object_type="scoring.dispute",
        object_id=dispute.pk,
        affected_user_id=opener.user_id if opener else None,
        subject_id=dispute.review.subject_id,
        purpose=Purpose.QUALITY_EVALUATION,
        detail=detail,
    )

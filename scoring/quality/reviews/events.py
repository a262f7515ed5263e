"""What happens to reviews, for the audit log. Whoever is judged can read them. Who looked at one
is `scoring.readings`' business."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.events import describe_events
from kaizo.accounts.models import Membership
from kaizo.core.tenancy import Purpose
from privacy.api import record_event, register_actions
from scoring.quality.models import Review


class Event(models.TextChoices):
    SUBMITTED = "scoring.review.submitted", _("A review of your work was submitted")
    REOPENED = "scoring.review.reopened", _("A review of your work was reopened")
    REVIEWEE_CHANGED = "scoring.review.reviewee_changed", _("A review was moved to another agent")
    COMMENTED = "scoring.review.commented", _("Somebody commented on a review of your work")
    ACKNOWLEDGED = "scoring.review.acknowledged", _("You confirmed having read a review")
    DISCARDED = "scoring.review.discarded", _("A draft of a review of your work was discarded")


register_actions({event.value: {} for event in Event})
describe_events({event.value: event.label for event in Event})


def record(event: Event, *, review: Review, actor: Membership | None) -> None:
    """Write one event about a review and whom it judges, in the caller's transaction."""
    reviewee = review.reviewee
    member = reviewee.membership if reviewee and reviewee.membership_id else None
    record_event(
        organisation_id=review.organisation_id,
        action=event.value,
        actor_user_id=actor.user_id if actor else None,
        object_type="scoring.review",
        object_id=review.pk,
        affected_user_id=member.user_id if member else None,
        subject_id=review.subject_id,
        purpose=Purpose.QUALITY_EVALUATION,
    )

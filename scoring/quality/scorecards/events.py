"""What is written into the audit log about scorecards."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.events import describe_events
from kaizo.accounts.models import Membership
from kaizo.core.tenancy import current_organisation_id
from privacy.api import record_event, register_actions


class Event(models.TextChoices):
    CREATED = "scoring.scorecard.created", _("A scorecard was created")
    CHANGED = "scoring.scorecard.changed", _("A scorecard was renamed")
    PUBLISHED = "scoring.scorecard.published", _("A scorecard's version was published")
    DISCARDED = "scoring.scorecard.discarded", _("A scorecard's draft was discarded")
    ARCHIVED = "scoring.scorecard.archived", _("A scorecard was archived")
    RESTORED = "scoring.scorecard.restored", _("A scorecard was taken out of the archive")
    SETTINGS_CHANGED = "scoring.quality_settings.changed", _("Quality settings were changed")


register_actions(
    {event.value: {} for event in Event} | {Event.PUBLISHED.value: {"number": int}}
)  # fmt: skip
describe_events({event.value: event.label for event in Event})


def record(event: Event, *, actor: Membership | None, target: models.Model, **detail: int) -> None:
    """Write one event for the organisation in scope, inside the caller's transaction. `actor` is
    None for what no member did."""
    record_event(
        organisation_id=current_organisation_id(),
        action=event.value,
        actor_user_id=actor.user_id if actor else None,
        object_type=target._meta.label_lower,  # noqa: SLF001 - Django's documented Meta API
        object_id=target.pk,
        detail=detail,
    )

"""What this app writes into the audit log. Whoever an event affects can read it."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import current_organisation_id
from privacy.api import record_event, register_actions


class Event(models.TextChoices):
    """An event's name in the log, and the sentence that its reader sees."""

    ORGANISATION_CREATED = "accounts.organisation.created", _("The organisation was created")
    ORGANISATION_UPDATED = "accounts.organisation.updated", _("The organisation was changed")
    CALENDAR_CHANGED = "accounts.calendar.changed", _("The business calendar was changed")
    MEMBER_INVITED = "accounts.member.invited", _("Somebody was invited")
    INVITATION_RENEWED = "accounts.invitation.renewed", _("An invitation was renewed")
    INVITATION_REVOKED = "accounts.invitation.revoked", _("An invitation was revoked")
    MEMBER_ADDED = "accounts.member.added", _("You became a member")
    MEMBER_ROLE_CHANGED = "accounts.member.role_changed", _("Your role was changed")
    MEMBER_DEACTIVATED = "accounts.member.deactivated", _("Your membership was deactivated")
    MEMBER_REACTIVATED = "accounts.member.reactivated", _("Your membership was reactivated")
    PASSWORD_RESET_FORCED = (
        "accounts.member.password_reset_forced",
        _("You were signed out and must choose a new password"),
    )
    TEAM_CREATED = "accounts.team.created", _("A team was created")
    TEAM_RENAMED = "accounts.team.renamed", _("A team was renamed")
    TEAM_LEAD_APPOINTED = "accounts.team_lead.appointed", _("You were appointed to lead a team")
    TEAM_LEAD_ENDED = "accounts.team_lead.ended", _("Your lead of a team ended")
    API_TOKEN_CREATED = "accounts.api_token.created", _("You made an API token")
    API_TOKEN_REVOKED = "accounts.api_token.revoked", _("An API token of yours was revoked")


_ROLES = frozenset(Role.values)

register_actions(
    {event.value: {} for event in Event}
    | {
        Event.MEMBER_INVITED.value: {"role": _ROLES},
        Event.MEMBER_ADDED.value: {"role": _ROLES},
        Event.MEMBER_ROLE_CHANGED.value: {"role_before": _ROLES, "role": _ROLES},
    }
)


_sentences: dict[str, str | Promise] = {event.value: event.label for event in Event}


def describe_events(sentences: Mapping[str, str | Promise]) -> None:
    """Say what other apps' events mean to the person they affect."""
    _sentences.update(sentences)


def sentence_of(action: str) -> str | Promise:
    """What the event says to its reader; its bare name when nobody described it."""
    return _sentences.get(action, action)


def record(
    event: Event,
    *,
    actor: Membership | None,
    target: models.Model,
    affected: User | None = None,
    **detail: str,
) -> None:
    """Write one event for the organisation in scope, inside the caller's transaction.

    `actor` is None for an operator's command. `affected` is the person who may read it.
    """
    record_event(
        organisation_id=current_organisation_id(),
        action=event.value,
        actor_user_id=actor.user_id if actor else None,
        object_type=target._meta.label_lower,  # noqa: SLF001 - Django's documented Meta API
        object_id=target.pk,
        affected_user_id=affected.pk if affected else None,
        detail=detail,
    )

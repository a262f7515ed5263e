"""Who hears that a scorecard changes, and when."""

from __future__ import annotations

from kaizo.accounts.models import Membership
from kaizo.accounts.notices import NoticeKind, notify
from kaizo.core.permissions import ROLE_ACTIONS, Action
from scoring.quality.models import ScorecardVersion

_ROLES = [role.value for role, actions in ROLE_ACTIONS.items() if Action.VIEW_REVIEWS in actions]


def announce_version(version: ScorecardVersion, actor: Membership | None) -> None:
    """Tell every active member who judges or is judged by scorecards, except the actor."""
    members = Membership.objects.filter(role__in=_ROLES, is_active=True)
    if actor is not None:
        members = members.exclude(pk=actor.pk)
    notify(
        organisation=version.organisation_id,
        recipients=list(members.values_list("pk", flat=True)),
        kind=NoticeKind.SCORECARD_ANNOUNCED,
        about=("scoring.scorecard", version.scorecard_id),
    )

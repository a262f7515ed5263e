"""Telling those who handle privacy requests that somebody reads on a grand scale."""

from __future__ import annotations

from kaizo.accounts.models import Membership, NoticeKind
from kaizo.accounts.notices.kinds import register_notice_links
from kaizo.accounts.notices.services import notify
from kaizo.core.permissions import ROLE_ACTIONS, Action
from privacy.api import Alert, on_alert


def register() -> None:
    on_alert(tell_privacy_officers)
    register_notice_links({"privacy.Alert": ("accountability:alert", "alert_id")})


def tell_privacy_officers(alert: Alert) -> None:
    """Everybody who may judge it: not whoever it is about."""
    roles = [role for role, allowed in ROLE_ACTIONS.items() if _JUDGE in allowed]
    officers = Membership.objects.filter(is_active=True, role__in=roles).exclude(
        user_id=alert.actor_user_id
    )
    notify(
        organisation=alert.organisation_id,
        recipients=officers.values_list("pk", flat=True),
        kind=NoticeKind.MASS_READING,
        about=("privacy.Alert", alert.pk),
        once=True,
    )


_JUDGE = Action.HANDLE_PRIVACY_REQUESTS

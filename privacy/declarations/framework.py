"""What Django itself keeps."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session

from kaizo.core.tenancy import Purpose
from privacy.registry import Personal, Rule, Via, declare, no_personal_data, register_store
from privacy.rights.hooks import Asker, hooks

register_store("cache.sessions", "Sessions in Valkey, the same as in the table; they expire.")

declare(
    Session,
    # The person's list of devices (usersessions.UserSession) names the key of each session.
    subject=[Via("session_key", "user", role="account holder", by_value=True)],
    tenant="",
    role="controller",
    purposes={Purpose.SECURITY},
    retention=Rule("session", trigger="expire_date"),
    fields={
        "session_key": Personal("security.credential", exported=False),
        "session_data": Personal("identity.account", free_text=True, exported=False),
        "expire_date": Personal("metadata.time"),
    },
    derived=["cache.sessions"],
)


def _session_keys(asker: Asker) -> set[str]:
    sessions = UserSession.objects.filter(user_id=asker.user_id)
    return set(sessions.values_list("session_key", flat=True))


hooks.find_values("sessions.Session", "session_key", _session_keys)

no_personal_data(ContentType, "names of the product's own tables")
no_personal_data(Permission, "names of what Django models allow; the product uses roles instead")
no_personal_data(Group, "unused: roles are memberships")
no_personal_data(Group.permissions.through, "unused: roles are memberships")

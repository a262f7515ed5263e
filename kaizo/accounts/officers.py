"""Who answers requests of data subjects, for those who have to tell them."""

from __future__ import annotations

from kaizo.accounts.models import Membership
from kaizo.core.permissions import Role


def officer_addresses(_organisation_id: int) -> list[str]:
    """E-mail addresses of the privacy officers or, where there is none, of owners and admins. In
    the tenant's scope."""
    members = Membership.objects.filter(is_active=True).select_related("user")
    for roles in ([Role.PRIVACY_OFFICER], [Role.OWNER, Role.ADMIN]):
        found = [member.user.email for member in members.filter(role__in=roles)]
        if found:
            return sorted(found)
    return []

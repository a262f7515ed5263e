"""Every change to organisations, people and teams."""

from __future__ import annotations

from kaizo.accounts.services.calendars import (
    add_holiday,
    load_public_holidays,
    remove_holiday,
    set_opening_hours,
)
from kaizo.accounts.services.invitations import (
    accept_invitation,
    invite,
    issue_invitation_link,
    join,
    renew_invitation,
    revoke_invitation,
)
from kaizo.accounts.services.members import (
    add_member,
    change_role,
    deactivate_member,
    force_password_reset,
    reactivate_member,
)
from kaizo.accounts.services.organisations import (
    create_organisation,
    set_up_first_organisation,
    update_organisation,
)
from kaizo.accounts.services.teams import appoint_lead, create_team, end_lead, rename_team
from kaizo.accounts.services.users import choose_theme, create_user, update_profile

__all__ = [
    "accept_invitation",
    "add_holiday",
    "add_member",
    "appoint_lead",
    "change_role",
    "choose_theme",
    "create_organisation",
    "create_team",
    "create_user",
    "deactivate_member",
    "end_lead",
    "force_password_reset",
    "invite",
    "issue_invitation_link",
    "join",
    "load_public_holidays",
    "reactivate_member",
    "remove_holiday",
    "rename_team",
    "renew_invitation",
    "revoke_invitation",
    "set_opening_hours",
    "set_up_first_organisation",
    "update_organisation",
    "update_profile",
]

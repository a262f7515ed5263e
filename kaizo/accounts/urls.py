"""Pages inside an organisation, under `/o/<slug>/`."""

from __future__ import annotations

from django.urls import include, path, register_converter

from kaizo.accounts.filters.views import filter_delete
from kaizo.accounts.notices import views as notices
from kaizo.accounts.views import api_tokens, entry, me, members, organisation, teams

app_name = "accounts"


class PublicNumber:
    """A person's sixteen digits."""

    regex = "[0-9]{16}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PublicNumber, "person")

_MEMBERS = [
    path("", members.member_list, name="member_list"),
    path("invite/", members.new_invitation, name="member_invite"),
    path("<person:number>/", members.member, name="member"),
    path("<person:number>/deactivate/", members.deactivate_member, name="member_deactivate"),
    path("<person:number>/reactivate/", members.reactivate_member, name="member_reactivate"),
    path("<person:number>/reset-password/", members.reset_password, name="member_reset"),
]

_INVITATIONS = [
    path("send/", members.send_invitation, name="invitation_send"),
    path("link/", members.invitation_link, name="invitation_link"),
    path("revoke/", members.revoke_invitation, name="invitation_revoke"),
]

_CALENDAR = [
    path("", organisation.calendar, name="calendar"),
    path("hours/", organisation.save_hours, name="hours"),
    path("holidays/", organisation.new_holiday, name="holiday_add"),
    path("holidays/public/", organisation.public_holidays, name="holidays_public"),
    path("holidays/<int:holiday_id>/remove/", organisation.drop_holiday, name="holiday_remove"),
]

_TEAMS = [
    path("", teams.team_list, name="team_list"),
    path("<int:team_id>/", teams.team, name="team"),
    path("<int:team_id>/leads/", teams.new_lead, name="lead_appoint"),
    path("<int:team_id>/leads/<int:lead_id>/end/", teams.end_lead, name="lead_end"),
]

_NOTICES = [
    path("", notices.notice_list, name="notice_list"),
    path("read/", notices.notices_read, name="notices_read"),
    path("preferences/", notices.notice_preferences, name="notice_preferences"),
    path("<int:notice_id>/open/", notices.notice_open, name="notice_open"),
]

urlpatterns = [
    path("", entry.start, name="start"),
    path("filters/<int:filter_id>/delete/", filter_delete, name="filter_delete"),
    path("invitations/<str:token>/", entry.invitation, name="invitation"),
    path("me/events/", me.my_events, name="my_events"),
    path("notices/", include(_NOTICES)),
    path("settings/api-tokens/", api_tokens.api_token_list, name="api_token_list"),
    path(
        "settings/api-tokens/<int:api_token_id>/revoke/",
        api_tokens.api_token_revoke,
        name="api_token_revoke",
    ),
    path("settings/organisation/", organisation.organisation, name="organisation"),
    path("settings/organisation/calendar/", include(_CALENDAR)),
    path("settings/members/", include(_MEMBERS)),
    path("settings/members/invitations/<int:invitation_id>/", include(_INVITATIONS)),
    path("settings/teams/", include(_TEAMS)),
]

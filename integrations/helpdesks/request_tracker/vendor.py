"""What is known of Request Tracker before anybody connects: settings, what is fetched and why."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as _

from integrations.base import FetchedField, SettingField, Vendor

# The server itself limits nothing and spends up to half a second on each call's token, so there
# are no rates; pages are read one call after the other.
VENDOR: Final = Vendor(
    kind="request_tracker",
    name="Request Tracker",
    settings=(
        SettingField("address", _("Address"), _("As in the browser, beginning with https://.")),
        SettingField(
            "token",
            _("Authentication token"),
            _("Of an account that is made for Kaizo and whose time zone is UTC."),
            is_secret=True,
        ),
        SettingField(
            "rating_field",
            _("Custom field with the rating"),
            _("Its name, if customers' ratings are kept in one: 1 to 5, or good and bad."),
            required=False,
        ),
        SettingField(
            "bots",
            _("Users that are programs"),
            _("User names whose messages are a bot's, with commas between them."),
            required=False,
        ),
    ),
    fetched=(
        FetchedField(
            _("Tickets"),
            _("What is counted and reviewed: status, times, queue, priority."),
            is_personal=True,
        ),
        FetchedField(
            _("Messages and comments"),
            _("What reviewers read and checks look at."),
            is_personal=True,
        ),
        FetchedField(
            _("Changes of status, owner and priority"),
            _("Reply and solve times."),
            is_personal=True,
        ),
        FetchedField(
            _("Agents' names and e-mail addresses"), _("Whose work it is."), is_personal=True
        ),
        FetchedField(
            _("Requestors' names, e-mail addresses, mobile numbers and languages"),
            _("To find a person's data for a request, and to redact it."),
            is_personal=True,
        ),
        FetchedField(
            _("Custom fields that are switched on"), _("Filters and reports."), is_personal=True
        ),
    ),
    scopes=("SeeQueue", "ShowTicket", "ShowTicketComments", "SeeCustomField"),
    can_ask_for_people=True,
)

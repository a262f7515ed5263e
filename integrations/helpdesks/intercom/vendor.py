"""What is known of Intercom before anybody connects: settings, what is fetched and why, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

from integrations.base import FetchedField, Rate, SettingField, Vendor
from integrations.helpdesks.numbers import bounded, listed

VERSION: Final = "2.16"
# By where the workspace's data lies.
HOSTS: Final = {
    "us": "api.intercom.io",
    "eu": "api.eu.intercom.io",
    "au": "api.au.intercom.io",
}
CONSENT_HOSTS: Final = {
    "us": "app.intercom.com",
    "eu": "app.eu.intercom.com",
    "au": "app.au.intercom.com",
}
DEFAULT_CALLS: Final = 10_000
# The vendor spreads a minute's allowance over windows of ten seconds.
_WINDOW: Final = 10.0
_WINDOWS: Final = 6

VENDOR: Final = Vendor(
    kind="intercom",
    name="Intercom",
    settings=(
        SettingField(
            "region",
            _("Region"),
            _("Where the workspace's data lies: us, eu or au."),
            required=True,
        ),
        SettingField(
            "access_token",
            _("Access token"),
            _(
                "Of an app of your own workspace, in Intercom's Developer Hub. Not needed where you"
                " give consent in the browser."
            ),
            is_secret=True,
            required=False,
        ),
        SettingField("client_id", _("OAuth client identifier"), required=False),
        SettingField("client_secret", _("OAuth client secret"), is_secret=True, required=False),
        SettingField(
            "calls_per_minute",
            _("Requests per minute"),
            _("What Intercom grants the app: 10,000 unless it says otherwise."),
            required=False,
        ),
        SettingField(
            "bot_ids",
            _("Teammates that are programs"),
            _("Numbers of teammates whose messages are a bot's, with commas between them."),
            required=False,
        ),
    ),
    fetched=(
        FetchedField(
            _("Conversations"),
            _("What is counted and reviewed: state, times, tags."),
            is_personal=True,
        ),
        FetchedField(
            _("Messages and notes"), _("What reviewers read and checks look at."), is_personal=True
        ),
        FetchedField(
            _("Changes of state and teammate"), _("Reply and solve times."), is_personal=True
        ),
        FetchedField(
            _("Teammates' names, e-mail addresses and teams"),
            _("Whose work it is."),
            is_personal=True,
        ),
        FetchedField(
            _("Customers' names, e-mail addresses, phone numbers and languages"),
            _("To find a person's data for a request, and to redact it."),
            is_personal=True,
        ),
        FetchedField(
            _("Conversation ratings and their remarks"),
            _("The customer's verdict."),
            is_personal=True,
        ),
        FetchedField(
            _("Conversation attributes that are switched on"),
            _("Filters and reports."),
            is_personal=True,
        ),
    ),
    scopes=("Read conversations", "Read one user and one company", "Read admins"),
    rates=(Rate(DEFAULT_CALLS // _WINDOWS, _WINDOW),),
    counts_in_windows=True,
    cloud_suffix=".intercom.io",
    can_erase_at_source=True,
    can_redact_at_source=True,
    has_webhooks=True,
    has_change_feed_of_deletions=True,
    can_ask_for_people=True,
)


def rates(settings: Mapping[str, str]) -> tuple[Rate, ...]:
    """The app's allowance by what the settings say."""
    calls = bounded(
        settings.get("calls_per_minute"),
        default=DEFAULT_CALLS,
        most=DEFAULT_CALLS,
        least=_WINDOWS,
    )
    return (Rate(calls // _WINDOWS, _WINDOW),)


def bot_ids(settings: Mapping[str, str]) -> frozenset[str]:
    return frozenset(listed(settings.get("bot_ids")))

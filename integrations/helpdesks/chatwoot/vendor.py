"""What is known of Chatwoot before anybody connects: settings, what is fetched and why, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

from integrations.base import FetchedField, Rate, SettingField, Vendor
from integrations.helpdesks.numbers import bounded, listed

# Chatwoot's own default is 3,000 a minute for each address that calls.
DEFAULT_CALLS: Final = 1_000
MAX_CALLS: Final = 3_000

VENDOR: Final = Vendor(
    kind="chatwoot",
    name="Chatwoot",
    settings=(
        SettingField("address", _("Address"), _("As in the browser, beginning with https://.")),
        SettingField(
            "account_id",
            _("Account number"),
            _("The number after /app/accounts/ in the address of any page of Chatwoot."),
        ),
        SettingField(
            "token", _("Access token"), _("Of an administrator, from the profile."), is_secret=True
        ),
        SettingField(
            "bot_ids",
            _("Agents that are programs"),
            _("Numbers of users whose messages are a bot's, with commas between them."),
            required=False,
        ),
        SettingField(
            "calls_per_minute",
            _("Requests per minute"),
            _("1,000 unless you say otherwise; Chatwoot usually allows 3,000."),
            required=False,
        ),
    ),
    fetched=(
        FetchedField(
            _("Conversations"),
            _("What is counted and reviewed: status, times, labels."),
            is_personal=True,
        ),
        FetchedField(
            _("Messages and notes"), _("What reviewers read and checks look at."), is_personal=True
        ),
        FetchedField(
            _("Agents' names, e-mail addresses and teams"), _("Whose work it is."), is_personal=True
        ),
        FetchedField(
            _("Contacts' names, e-mail addresses and phone numbers"),
            _("To find a person's data for a request, and to redact it."),
            is_personal=True,
        ),
        FetchedField(
            _("Satisfaction ratings and their comments"),
            _("The customer's verdict."),
            is_personal=True,
        ),
        FetchedField(
            _("Custom attributes that are switched on"), _("Filters and reports."), is_personal=True
        ),
    ),
    scopes=("administrator",),
    rates=(Rate(DEFAULT_CALLS, 60.0),),
    can_erase_at_source=True,
    has_webhooks=True,
)


def rates(settings: Mapping[str, str]) -> tuple[Rate, ...]:
    calls = bounded(settings.get("calls_per_minute"), default=DEFAULT_CALLS, most=MAX_CALLS)
    return (Rate(calls, 60.0),)


def bot_ids(settings: Mapping[str, str]) -> frozenset[int]:
    return frozenset(map(int, listed(settings.get("bot_ids"))))

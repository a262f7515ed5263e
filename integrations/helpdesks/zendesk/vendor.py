"""What is known of Zendesk before anybody connects: settings, what is fetched and why, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from integrations.base import FetchedField, Rate, SettingField, Vendor
from integrations.helpdesks.numbers import bounded, listed

INCREMENTAL: Final = "incremental"
# Per minute by plan: 200 (Team) to 700 (Enterprise), 2,500 with the high-volume add-on.
DEFAULT_CALLS: Final = 200
MAX_CALLS: Final = 2_500
_HIGH_VOLUME: Final = 700
_INCREMENTAL_CALLS: Final = 10
_INCREMENTAL_CALLS_HIGH_VOLUME: Final = 30

VENDOR: Final = Vendor(
    kind="zendesk",
    name="Zendesk",
    settings=(
        SettingField(
            "subdomain", _("Sub-domain"), _("The part before .zendesk.com in the address.")
        ),
        SettingField(
            "scope",
            _("Scope"),
            _("Leave it empty to read only; write allows erasing in Zendesk, too."),
            required=False,
        ),
        SettingField(
            "calls_per_minute",
            _("Requests per minute"),
            _("What the plan allows: 200, 400 or 700; 2,500 with the high-volume add-on."),
            required=False,
        ),
        SettingField(
            "bot_ids",
            _("Agents that are programs"),
            _("Numbers of users whose messages are a bot's, with commas between them."),
            required=False,
        ),
        SettingField("client_id", _("OAuth client identifier"), required=False),
        SettingField("client_secret", _("OAuth client secret"), is_secret=True, required=False),
        SettingField(
            "email",
            _("Agent's e-mail address"),
            _("Only for an API token. API tokens stop working on 30 April 2027."),
            required=False,
        ),
        SettingField(
            "api_token",
            _("API token"),
            _("Only where OAuth is not possible. API tokens stop working on 30 April 2027."),
            is_secret=True,
            required=False,
        ),
    ),
    fetched=(
        FetchedField(
            _("Tickets"), _("What is counted and reviewed: status, times, tags."), is_personal=True
        ),
        FetchedField(
            _("Messages and notes"), _("What reviewers read and checks look at."), is_personal=True
        ),
        FetchedField(
            _("Changes of status, assignee and priority"),
            _("Reply and solve times."),
            is_personal=True,
        ),
        FetchedField(
            _("Agents' names, e-mail addresses and groups"),
            _("Whose work it is."),
            is_personal=True,
        ),
        FetchedField(
            _("Customers' names, e-mail addresses, phone numbers and languages"),
            _("To find a person's data for a request, and to redact it."),
            is_personal=True,
        ),
        FetchedField(
            _("Satisfaction ratings and their comments"),
            _("The customer's verdict."),
            is_personal=True,
        ),
        FetchedField(
            _("Custom fields that are switched on"), _("Filters and reports."), is_personal=True
        ),
        FetchedField(_("Titles of custom fields"), _("To name them."), is_personal=False),
    ),
    scopes=("read",),
    rates=(Rate(DEFAULT_CALLS, 60.0), Rate(_INCREMENTAL_CALLS, 60.0, INCREMENTAL)),
    counts_in_windows=True,
    cloud_suffix=".zendesk.com",
    can_erase_at_source=True,
    can_redact_at_source=True,
    has_webhooks=True,
    has_change_feed_of_deletions=True,
    tells_of_deleted_people=True,
    can_ask_for_people=True,
)


def rates(settings: Mapping[str, Any]) -> tuple[Rate, ...]:
    """The account's allowances by what its plan setting says.

    The limit of the incremental export cannot be read from its replies: their headers show the
    account's.
    """
    calls = calls_per_minute(settings)
    incremental = _INCREMENTAL_CALLS_HIGH_VOLUME if calls > _HIGH_VOLUME else _INCREMENTAL_CALLS
    return (Rate(calls, 60.0), Rate(incremental, 60.0, INCREMENTAL))


def calls_per_minute(settings: Mapping[str, Any]) -> int:
    return bounded(settings.get("calls_per_minute"), default=DEFAULT_CALLS, most=MAX_CALLS)


def bot_ids(settings: Mapping[str, Any]) -> frozenset[int]:
    return frozenset(map(int, listed(settings.get("bot_ids"))))


def page_size(settings: Mapping[str, Any]) -> int:
    """Rows of the export in one call, at most 1,000.

    Each ticket costs one more call, and ten export calls are allowed a minute: pages of a hundred
    use up the account's 700 and commit every few seconds.
    """
    return bounded(settings.get("page_size"), default=100, most=1_000)

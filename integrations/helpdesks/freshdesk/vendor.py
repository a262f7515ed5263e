"""What is known of Freshdesk before anybody connects: settings, what is fetched and why, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

from integrations.base import FetchedField, Rate, SettingField, Vendor
from integrations.helpdesks.numbers import bounded, listed

LISTS: Final = "lists"
# Per minute by plan, of all calls and of the lists of tickets among them.
_PLANS: Final = ((700, 200), (400, 100), (0, 20))
DEFAULT_CALLS: Final = 200
MAX_CALLS: Final = 700

VENDOR: Final = Vendor(
    kind="freshdesk",
    name="Freshdesk",
    settings=(
        SettingField(
            "subdomain", _("Sub-domain"), _("The part before .freshdesk.com in the address.")
        ),
        SettingField(
            "api_key",
            _("API key"),
            _("Of an agent who may see all tickets: in their profile settings."),
            is_secret=True,
        ),
        SettingField(
            "calls_per_minute",
            _("Requests per minute"),
            _("What the plan allows: 50 in a trial, then 200, 400 or 700."),
            required=False,
        ),
        SettingField(
            "bot_ids",
            _("Agents that are programs"),
            _("Numbers of agents whose messages are a bot's, with commas between them."),
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
            _("Agents' names, e-mail addresses and groups"),
            _("Whose work it is."),
            is_personal=True,
        ),
        FetchedField(
            _("Customers' names, e-mail addresses and phone numbers"),
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
    ),
    rates=(Rate(DEFAULT_CALLS, 60.0), Rate(20, 60.0, LISTS)),
    cloud_suffix=".freshdesk.com",
    can_erase_at_source=True,
    has_webhooks=True,
    has_change_feed_of_deletions=True,
)


def rates(settings: Mapping[str, str]) -> tuple[Rate, ...]:
    """The account's allowances by what its plan setting says."""
    calls = bounded(settings.get("calls_per_minute"), default=DEFAULT_CALLS, most=MAX_CALLS)
    lists = next(lists for least, lists in _PLANS if calls >= least)
    return (Rate(calls, 60.0), Rate(min(lists, calls), 60.0, LISTS))


def bot_ids(settings: Mapping[str, str]) -> frozenset[int]:
    return frozenset(map(int, listed(settings.get("bot_ids"))))

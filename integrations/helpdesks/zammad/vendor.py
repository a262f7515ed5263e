"""What is known of Zammad before anybody connects: settings, what is fetched and why, limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop as _

from integrations.base import FetchedField, Rate, SettingField, Vendor
from integrations.helpdesks.numbers import bounded, listed

# Zammad itself has no limit. This one keeps a server that others work on quick.
DEFAULT_CALLS: Final = 600
MAX_CALLS: Final = 6_000

VENDOR: Final = Vendor(
    kind="zammad",
    name="Zammad",
    settings=(
        SettingField("address", _("Address"), _("As in the browser, beginning with https://.")),
        SettingField(
            "token",
            _("Access token"),
            _("Of an agent who may read every group that counts."),
            is_secret=True,
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
            _("Zammad sets no limit; 600 unless you say otherwise."),
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
            _("Customers' names, e-mail addresses and phone numbers"),
            _("To find a person's data for a request, and to redact it."),
            is_personal=True,
        ),
        FetchedField(_("Names of states"), _("To tell open from closed."), is_personal=False),
    ),
    scopes=("ticket.agent",),
    rates=(Rate(DEFAULT_CALLS, 60.0),),
    can_erase_at_source=True,
    has_webhooks=True,
)


def rates(settings: Mapping[str, str]) -> tuple[Rate, ...]:
    calls = bounded(settings.get("calls_per_minute"), default=DEFAULT_CALLS, most=MAX_CALLS)
    return (Rate(calls, 60.0),)


def bot_ids(settings: Mapping[str, str]) -> frozenset[int]:
    return frozenset(map(int, listed(settings.get("bot_ids"))))

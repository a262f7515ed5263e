"""What every page needs: the sidebar of the signed-in member's role. No queries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership, Organisation
from kaizo.core.permissions import Action, Role, can


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the sidebar; `view` is its URL name, `icon` a symbol of the sprite. Below `also`
    stand more of its pages."""

    label: str | Promise
    view: str
    icon: str
    action: Action
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    label: str | Promise
    url: str
    icon: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    title: str | Promise
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the organisation menu."""

    name: str | Promise
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Navigation:
    home_url: str = "/"
    sections: tuple[Section, ...] = ()
    organisation: Organisation | None = None
    organisations: tuple[Choice, ...] = ()
    role: str | Promise = ""
    own_events_url: str = ""
    looks_url: str = ""
    notices_url: str = ""
    connect_url: str = ""  # for who may bring conversations in
    unread: int = 0  # notices


SIDEBAR: tuple[tuple[str | Promise, tuple[Entry, ...]], ...] = (
    (
        _("Work"),
        (
            Entry(
                _("Team dashboard"), "scoring:dashboard", "speedometer2", Action.VIEW_TEAM_DASHBOARD
            ),
            Entry(_("My week"), "scoring:my_week", "calendar-week", Action.VIEW_OWN_WEEK),
            Entry(_("Tickets"), "tickets:ticket_list", "inbox", Action.VIEW_TICKETS),
            Entry(_("Definitions"), "scoring:definitions", "book", Action.VIEW_KPI_DEFINITIONS),
        ),
    ),
    (
        _("Quality"),
        (
            Entry(_("Quality dashboard"), "quality:dashboard", "graph-up", Action.VIEW_QUALITY),
            Entry(_("My quality"), "quality:own", "graph-up", Action.VIEW_OWN_WEEK),
            Entry(
                _("Scorecards"),
                "quality:scorecard_list",
                "list",
                Action.VIEW_SCORECARDS,
            ),
            Entry(_("Reviews"), "quality:review_list", "journal-text", Action.REVIEW_CONVERSATIONS),
            Entry(
                _("Reviews of my work"),
                "quality:reviews_received",
                "journal-text",
                Action.VIEW_OWN_WEEK,
                also=("quality:review_list",),
            ),
            Entry(_("To review"), "quality:to_review", "clipboard-check", Action.VIEW_REVIEWS),
            Entry(_("Assignments"), "quality:assignment_list", "layers", Action.MANAGE_ASSIGNMENTS),
            Entry(_("Disputes"), "quality:dispute_list", "flag", Action.VIEW_DISPUTES),
            Entry(_("Calibration"), "quality:calibration_list", "sliders", Action.CALIBRATE),
            Entry(_("Coaching"), "scoring:coaching", "chat-square-text", Action.VIEW_COACHING),
        ),
    ),
    (
        _("Privacy"),
        (
            Entry(_("Who looked at my data"), "tickets:looks", "eye", Action.VIEW_OWN_EVENTS),
            Entry(
                _("Events about me"), "accounts:my_events", "clock-history", Action.VIEW_OWN_EVENTS
            ),
            Entry(_("My data"), "privacy:my_data", "download", Action.REQUEST_OWN_DATA),
            Entry(
                _("Privacy requests"),
                "privacy:board",
                "clipboard-check",
                Action.HANDLE_PRIVACY_REQUESTS,
            ),
            Entry(
                _("Find mentions"),
                "accountability:mentions",
                "search",
                Action.HANDLE_PRIVACY_REQUESTS,
            ),
            Entry(_("Audit log"), "accountability:audit", "shield-check", Action.VIEW_AUDIT),
            Entry(
                _("Alerts"),
                "accountability:alert_list",
                "exclamation-triangle-fill",
                Action.HANDLE_PRIVACY_REQUESTS,
            ),
        ),
    ),
    (
        _("Settings"),
        (
            Entry(
                _("Connections"),
                "integrations:connection_list",
                "plug",
                Action.MANAGE_CONNECTIONS,
            ),
            Entry(_("Imports"), "integrations:import_list", "upload", Action.IMPORT_TICKETS),
            Entry(
                _("Organisation"), "accounts:organisation", "building", Action.MANAGE_ORGANISATION
            ),
            Entry(_("API tokens"), "accounts:api_token_list", "key", Action.MAKE_API_TOKENS),
            Entry(_("Members"), "accounts:member_list", "people", Action.MANAGE_MEMBERS),
            Entry(_("Teams"), "accounts:team_list", "diagram-3", Action.MANAGE_TEAMS),
            Entry(_("Quality"), "quality:settings", "sliders", Action.MANAGE_ORGANISATION),
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation` (empty outside an organisation), `organisation`, `actor`
    and the person's `theme`. Makes no query of its own: the middleware has fetched them."""
    organisation = getattr(request, "organisation", None)
    actor = getattr(request, "actor", None)
    user = getattr(request, "user", None)
    context = {
        "navigation": Navigation(organisation=organisation),
        "organisation": organisation,
        "actor": actor,
        "theme": getattr(user, "theme", "auto"),
    }
    if organisation is not None and actor is not None:
        context["navigation"] = _navigation(request.path, organisation, actor)
    return context


def _navigation(path: str, organisation: Organisation, actor: Membership) -> Navigation:
    here = _current(path, organisation.slug, actor)
    sections = (
        Section(title, _items(here, organisation.slug, actor, entries))
        for title, entries in SIDEBAR
    )
    start = reverse("accounts:start", kwargs={"organisation": organisation.slug})
    return Navigation(
        home_url=start,
        sections=tuple(section for section in sections if section.items),
        organisation=organisation,
        organisations=(
            Choice(organisation.name, start, is_current=True),
            Choice(_("Another organisation"), f"{reverse('home')}?choose=1", is_current=False),
        ),
        role=Role(actor.role).label,
        own_events_url=_url("accounts:my_events", organisation.slug),
        looks_url=_url("tickets:looks", organisation.slug),
        notices_url=_url("accounts:notice_list", organisation.slug),
        connect_url=(
            _url("integrations:connection_list", organisation.slug)
            if can(actor, Action.MANAGE_CONNECTIONS)
            else ""
        ),
        unread=getattr(actor, "unread_notices", 0),
    )


def _current(path: str, slug: str, actor: Membership) -> str:
    """The address of the entry that the page belongs to: that with the longest beginning of the
    page's own; of several, the first."""
    places = (
        (_url(view, slug), _url(entry.view, slug))
        for _title, entries in SIDEBAR
        for entry in entries
        if can(actor, entry.action)
        for view in (entry.view, *entry.also)
    )
    fitting = (place for place in places if path.startswith(place[0]))
    return max(fitting, key=lambda place: len(place[0]), default=("", ""))[1]


def _items(here: str, slug: str, actor: Membership, entries: tuple[Entry, ...]) -> tuple[Item, ...]:
    return tuple(
        _item(entry, _url(entry.view, slug), here) for entry in entries if can(actor, entry.action)
    )


def _item(entry: Entry, url: str, here: str) -> Item:
    return Item(entry.label, url, entry.icon, is_current=url == here)


@lru_cache(maxsize=4096)
def _url(view: str, slug: str) -> str:
    """Asked for thirty pages on every page."""
    return reverse(view, kwargs={"organisation": slug})

"""Every main page, in both themes, wide and narrow: accessible, quiet, and within the screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import RESULTS
from tests.e2e.watching import Watch

DEMO = "/o/demo"
WIDTHS = (1440, 320)
THEMES = ("light", "dark")
PAGES = {
    "sign-in": ("", "/accounts/login/"),
    "components": ("", "/components/"),
    "dashboard": ("lead", f"{DEMO}/dashboard/"),
    "kpi": ("lead", f"{DEMO}/dashboard/first_reply_time/"),
    "my-week": ("agent", f"{DEMO}/my-week/"),
    "definitions": ("agent", f"{DEMO}/definitions/"),
    "tickets": ("lead", f"{DEMO}/tickets/"),
    "imports": ("admin", f"{DEMO}/imports/"),
    "connections": ("admin", f"{DEMO}/connections/"),
    "connect": ("admin", f"{DEMO}/connections/new/?helpdesk=zendesk"),
    "assignments": ("owner", f"{DEMO}/assignments/"),
    "assignment": ("owner", f"{DEMO}/assignments/1/"),
    "assignment-new": ("lead", f"{DEMO}/assignments/new/"),
    "to-review": ("reviewer", f"{DEMO}/to-review/"),
    "coaching": ("agent", f"{DEMO}/coaching/"),
    "who-looked": ("agent", f"{DEMO}/my-data/looks/"),
    "audit": ("owner", f"{DEMO}/privacy/audit/"),
    "alerts": ("owner", f"{DEMO}/privacy/alerts/"),
    "mentions": ("owner", f"{DEMO}/privacy/mentions/"),
    "my-data": ("reviewer", f"{DEMO}/privacy/my-data/"),
    "members": ("admin", f"{DEMO}/settings/members/"),
    "calendar": ("admin", f"{DEMO}/settings/organisation/calendar/"),
    "quality": ("owner", f"{DEMO}/quality/"),
    "scorecards": ("lead", f"{DEMO}/scorecards/"),
    "notices": ("lead", f"{DEMO}/notices/"),
    "account": ("agent", "/me/"),
    "password": ("agent", "/accounts/password/change/"),
    "two-step": ("agent", "/accounts/2fa/"),
    "not-found": ("lead", f"{DEMO}/nothing-here/"),
    "not-allowed": ("lead", f"{DEMO}/notices/read/"),
}
LOGGED_BY_THE_BROWSER = {"not-found", "not-allowed"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_quiet_and_fits(open_page: Callable[..., Watch], name: str) -> None:
    role, path = PAGES[name]
    watch = open_page(role, path, color_scheme=THEMES[0])
    watch.page.wait_for_load_state("networkidle")
    assert_fits_in_every_look(watch, name)
    if name not in LOGGED_BY_THE_BROWSER:
        watch.assert_quiet()
    assert_accessible_in_every_look(watch)


def test_a_conversation_is_accessible_quiet_and_fits(open_page: Callable[..., Watch]) -> None:
    watch = open_page("lead", f"{DEMO}/tickets/?csat=bad", color_scheme=THEMES[0])
    watch.page.locator("#results tbody th a").first.click()
    watch.page.wait_for_url(re.compile(r"/tickets/\d+/"))
    assert watch.page.locator(".bubble").count() > 0
    assert_fits_in_every_look(watch, "conversation")
    watch.assert_quiet()
    assert_accessible_in_every_look(watch)


def looks(watch: Watch) -> Iterator[tuple[str, int]]:
    """The page in each theme at each width: nobody has to load it again for that."""
    for theme in THEMES:
        watch.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        expect(watch.page.locator("html")).to_have_attribute("data-bs-theme", theme)
        for width in WIDTHS:
            watch.page.set_viewport_size({"width": width, "height": 900})
            yield theme, width


def assert_fits_in_every_look(watch: Watch, name: str) -> None:
    for theme, width in looks(watch):
        watch.page.screenshot(path=RESULTS / f"{name}-{theme}-{width}.png", full_page=True)
        watch.assert_fits()


def assert_accessible_in_every_look(watch: Watch) -> None:
    """Last: axe is put into the page past its policy, which the console notes. A theme changes
    colours and nothing else."""
    for theme, _width in looks(watch):
        watch.assert_accessible(colours_only=theme != THEMES[0])

"""Every main page, in both themes, wide and narrow: accessible, quiet, and within the screen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import RESULTS
from tests.e2e.watching import Watch

DEMO = "/o/demo"
WIDTHS = (1440, 320)
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
    "account": ("agent", "/me/"),
    "not-found": ("lead", f"{DEMO}/nothing-here/"),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_quiet_and_fits(
    open_page: Callable[..., Watch], name: str, theme: str
) -> None:
    role, path = PAGES[name]
    watch = open_page(role, path, color_scheme=theme)
    watch.page.wait_for_load_state("networkidle")
    expect(watch.page.locator("html")).to_have_attribute("data-bs-theme", theme)
    assert_fits_any_width(watch, f"{name}-{theme}")
    if name != "not-found":  # a browser logs the 404 itself
        watch.assert_quiet()
    assert_accessible_at_any_width(watch)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_conversation_is_accessible_quiet_and_fits(
    open_page: Callable[..., Watch], theme: str
) -> None:
    watch = open_page("lead", f"{DEMO}/tickets/?csat=bad", color_scheme=theme)
    watch.page.locator("#results tbody th a").first.click()
    watch.page.wait_for_url(re.compile(r"/tickets/\d+/"))
    assert watch.page.locator(".bubble").count() > 0
    assert_fits_any_width(watch, f"conversation-{theme}")
    watch.assert_quiet()
    assert_accessible_at_any_width(watch)


def assert_fits_any_width(watch: Watch, picture: str) -> None:
    for width in WIDTHS:
        watch.page.set_viewport_size({"width": width, "height": 900})
        watch.page.screenshot(path=RESULTS / f"{picture}-{width}.png", full_page=True)
        watch.assert_fits()


def assert_accessible_at_any_width(watch: Watch) -> None:
    """Last: axe is put into the page past its policy, which the console notes."""
    for width in WIDTHS:
        watch.page.set_viewport_size({"width": width, "height": 900})
        watch.assert_accessible()

"""What people do, start to end, with and without JavaScript, and by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.running import Instance
from tests.e2e.watching import Watch

DEMO = "/o/demo"
START = {
    "owner": "dashboard",
    "admin": "dashboard",
    "lead": "dashboard",
    "agent": "my-week",
    "reviewer": "tickets",
    "privacy": "tickets",
    "auditor": "definitions",
}


@pytest.mark.parametrize("role", START)
def test_each_role_starts_where_its_day_begins(open_page: Callable[..., Watch], role: str) -> None:
    watch = open_page(role, "/")
    expect(watch.page).to_have_url(re.compile(f"{DEMO}/{START[role]}/$"))
    assert watch.page.locator("nav .nav-item[aria-current]").count() > 0
    watch.assert_quiet()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_lead_goes_from_a_figure_to_the_conversations_behind_it(
    open_page: Callable[..., Watch], *, scripts: bool
) -> None:
    watch = open_page("lead", f"{DEMO}/dashboard/", java_script_enabled=scripts)
    page = watch.page
    page.get_by_role("link", name="First reply time", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("First reply time")
    page.locator("#days tbody a").first.click()
    expect(page.locator("#histogram figure")).to_be_visible()
    page.locator("#tickets tbody a").first.click()
    expect(page.locator(".thread .bubble").first).to_be_visible()
    watch.assert_quiet()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_table_of_agents_is_sorted_by_its_heads(
    open_page: Callable[..., Watch], *, scripts: bool
) -> None:
    watch = open_page("lead", f"{DEMO}/dashboard/", java_script_enabled=scripts)
    heads = watch.page.locator("#agents thead")
    heads.get_by_role("link", name="Agent").click()
    expect(heads.locator("th[aria-sort=ascending]")).to_contain_text("Agent")
    names = watch.page.locator("#agents tbody .person-name").all_inner_texts()
    assert len(names) > 1
    assert names == sorted(names)
    watch.assert_quiet()


def test_a_person_signs_in_without_scripts(open_page: Callable[..., Watch], app: Instance) -> None:
    watch = open_page("", "/accounts/login/", java_script_enabled=False)
    email, password = app.sign_ins["agent"]
    watch.page.fill("[name=login]", email)
    watch.page.fill("[name=password]", password)
    watch.page.click("main form button[type=submit]")
    expect(watch.page).to_have_url(re.compile(f"{DEMO}/my-week/$"))


def test_a_wrong_password_is_said_and_linked_to_the_field(open_page: Callable[..., Watch]) -> None:
    watch = open_page("", "/accounts/login/")
    watch.page.fill("[name=login]", "nobody@harbour.example")
    watch.page.fill("[name=password]", "wrong")
    watch.page.click("main form button[type=submit]")
    expect(watch.page.get_by_role("alert")).to_be_visible()


def test_the_keyboard_skips_to_the_content_and_closes_a_menu(
    open_page: Callable[..., Watch],
) -> None:
    page = open_page("lead", f"{DEMO}/dashboard/").page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    menu = page.locator(".topbar-end details.menu")
    menu.locator("summary").press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()


def test_the_chosen_theme_stays_with_the_account(open_page: Callable[..., Watch]) -> None:
    watch = open_page("reviewer", f"{DEMO}/definitions/", color_scheme="light")
    page = watch.page
    page.locator(".topbar-end details.menu summary").click()
    with page.expect_response(re.compile("/me/theme/")):
        page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.locator(".topbar-end details.menu summary").click()
    with page.expect_response(re.compile("/me/theme/")):
        page.get_by_role("button", name="Like my device").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    watch.assert_quiet()

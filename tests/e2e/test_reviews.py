"""A review from the first key to its submission, in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.watching import Watch

DEMO = "/o/demo"


def begin(page: Page) -> None:
    """From the list of tickets into an empty draft, whatever an earlier test left."""
    open_draft(page)
    if "Answered 0 of" not in " ".join(page.locator("#preview").inner_text().split()):
        discard(page)
        open_draft(page)


def open_draft(page: Page) -> None:
    page.goto(f"{DEMO}/tickets/?status=solved")
    page.locator("#results tbody th a").first.click()
    page.get_by_role("link", name="Review", exact=True).click()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("#review-form")).to_be_visible()


def discard(page: Page) -> None:
    """So that the next test begins with an empty form."""
    page.locator("summary").filter(has_text="Discard draft").click()
    page.get_by_role("button", name="Discard draft").click()
    expect(page.get_by_text("The draft is gone.")).to_be_visible()


def rate_all(page: Page) -> None:
    """The highest answer everywhere, by keyboard alone; words where they are asked for."""
    page.locator("#review-form").focus()
    page.keyboard.press("j")
    for category in page.locator("[data-category]").all():
        expect(category).to_be_focused()
        choices = category.locator("input[type=radio]:not([data-key=n])")
        if choices.count():
            with page.expect_response(re.compile("/answers/")):
                page.keyboard.press(choices.last.get_attribute("data-key") or "")
        else:
            page.keyboard.press("c")
            with page.expect_response(re.compile("/answers/")):
                page.keyboard.type("A parcel")
            page.keyboard.press("Escape")
        page.keyboard.press("j")


def test_a_conversation_is_reviewed_by_keyboard(open_page: Callable[..., Watch]) -> None:
    watch = open_page("reviewer", "/")
    page = watch.page
    begin(page)
    watch.assert_fits()
    rate_all(page)
    expect(page.locator("#preview")).to_contain_text("Passed")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#review-form").focus()
    page.keyboard.press("s")
    expect(page.get_by_text("The review is submitted.")).to_be_visible()
    watch.assert_quiet()
    watch.assert_accessible()


def test_leaving_and_coming_back_loses_nothing(open_page: Callable[..., Watch]) -> None:
    page = open_page("lead", "/").page
    begin(page)
    here = page.url
    category = page.locator("[data-category]").first
    with page.expect_response(re.compile("/answers/")):
        category.locator("label.review-choice").first.click()
    with page.expect_response(re.compile("/answers/")):
        category.locator("textarea").first.fill("Half a thought")
    expect(category.locator("input[name^=s-]")).to_have_value("2")  # both are swapped in
    category.locator("textarea").first.fill("Half a thought, and left at once")
    page.goto(f"{DEMO}/tickets/")
    page.goto(here)
    expect(category.locator("textarea").first).to_have_value("Half a thought, and left at once")
    expect(category.locator("input[type=radio]").first).to_be_checked()
    discard(page)


def test_an_answer_that_could_not_be_saved_says_so_and_is_sent_again(
    open_page: Callable[..., Watch],
) -> None:
    """Offline, and signed out in another tab: nothing is lost as long as the page is open."""
    page = open_page("reviewer", "/").page
    begin(page)
    first, second = page.locator("[data-category]").all()[:2]
    page.context.set_offline(True)
    first.locator("label.review-choice").first.click()
    expect(first.get_by_role("alert")).to_contain_text("Not saved")
    page.context.set_offline(False)
    expect(first).to_contain_text("Saved at")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    second.locator("label.review-choice").first.click()
    expect(second.get_by_role("alert")).to_contain_text("you are signed out")
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    second.get_by_role("button", name="Try again").click()
    expect(second).to_contain_text("Saved at")
    discard(page)


def test_a_selected_passage_becomes_evidence(open_page: Callable[..., Watch]) -> None:
    watch = open_page("owner", "/")
    page = watch.page
    begin(page)
    page.locator(".bubble-text").first.click(click_count=3)
    page.locator("#quote-now").click()
    expect(page.locator(".review-quote").first).to_be_visible()
    discard(page)
    watch.assert_quiet()


def test_two_tabs_notice_each_other(open_page: Callable[..., Watch]) -> None:
    first = open_page("admin", "/").page
    begin(first)
    second = open_page("admin", first.url).page
    for page, nth in ((first, 0), (second, 1)):
        with page.expect_response(re.compile("/answers/")):
            page.locator("[data-category]").first.locator("label.review-choice").nth(nth).click()
    category = second.locator("[data-category]").first
    expect(category.get_by_role("alert")).to_contain_text("Changed somewhere else")
    with second.expect_response(re.compile("/answers/")):
        category.get_by_role("button", name="Keep mine").click()
    expect(category).to_contain_text("Saved at")
    discard(second)


@pytest.mark.parametrize("width", [320, 1440])
def test_without_scripts_the_form_is_saved_and_submitted(
    open_page: Callable[..., Watch], width: int
) -> None:
    watch = open_page(
        "lead" if width == 320 else "reviewer", "/", java_script_enabled=False,
        viewport={"width": width, "height": 900},
    )  # fmt: skip
    page = watch.page
    begin(page)
    page.get_by_role("button", name="Submit review").click()
    expect(page.get_by_role("alert")).to_contain_text("Not complete yet")
    for category in page.locator("[data-category]").all():
        choices = category.locator("label.review-choice:not(:has([data-key=n]))")
        if choices.count():
            choices.last.click()
        else:
            category.locator("textarea").first.fill("A parcel")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Nobody else sees it")).to_be_visible()
    page.get_by_role("button", name="Submit review").click()
    expect(page.get_by_text("The review is submitted.")).to_be_visible()

"""An agent disputes, an admin accepts, and the score changes; two people calibrate."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_reviews import rate_all
from tests.e2e.watching import Watch

DEMO = "/o/demo"
# Roles that sign in, and what the demo calls them.
SCORING = {"reviewer": "Rhea Nakamura", "owner": "Olive Hart"}


@pytest.fixture
def review(open_page: Callable[..., Watch]) -> str:
    """The address of a review that the reviewer has just given on the agent's work: what the demo
    holds may be disputed already, or no longer, as the days go by."""
    name = "One for Ruth"
    page = open_page("owner", f"{DEMO}/assignments/new/").page
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label(SCORING["reviewer"]).check()
    page.get_by_role("group", name="Agents to be reviewed").get_by_label("Ruth Osei").check()
    page.get_by_label("Reviews", exact=True).fill("1")
    page.get_by_text("Conditions", exact=True).click()
    page.get_by_label("Days to look back").fill("60")
    page.get_by_role("button", name="Create the assignment").click()
    page = open_page("reviewer", f"{DEMO}/to-review/").page
    page.get_by_role("region", name=name).get_by_role("button", name=re.compile("Review")).click()
    expect(page.locator("#review-form")).to_be_visible()
    address = page.url.removesuffix("edit/")
    rate_all(page)
    page.get_by_role("button", name="Submit review").click()
    expect(page.get_by_text("The review is submitted.")).to_be_visible()
    return address


def test_a_disputed_rating_is_accepted_and_the_score_changes(
    open_page: Callable[..., Watch], review: str
) -> None:
    agent = open_page("agent", review)
    page = agent.page
    page.get_by_role("link", name="Dispute", exact=True).click()
    page.locator("main tbody tr").first.get_by_role("link").click()
    rating = page.locator("dl dd").first.inner_text()
    options = page.locator("[name=proposal] option")
    values = [o.get_attribute("value") or "" for o in options.all()]
    other = next(
        value
        for value, label in zip(values, options.all_inner_texts(), strict=True)
        if value not in {"", "na"} and label != rating
    )
    page.select_option("[name=proposal]", other)
    page.fill("[name=reason]", "The customer says so in the last message.")
    page.get_by_role("button", name="Dispute").click()
    expect(page.get_by_text("counts nowhere until this is decided")).to_be_visible()
    dispute = page.url
    agent.assert_fits()
    agent.assert_accessible()

    admin = open_page("admin", dispute)
    page = admin.page
    before = page.locator(".facts .review-score").last.inner_text()
    page.get_by_label("Accept", exact=True).check()
    page.fill("[name=reasons]", "It does say so.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("heading", name="The decision")).to_be_visible()
    assert page.locator(".facts .review-score").last.inner_text() != before
    admin.assert_quiet()
    admin.assert_accessible()

    page = open_page("agent", review).page
    expect(page.get_by_text("Accepted").first).to_be_visible()


def score(page: Page, choice: int) -> None:
    """Answer every category of the open form alike, without scripts: one button sends it all."""
    expect(page.locator("#review-form")).to_be_visible()  # `all` waits for nothing
    for category in page.locator("[data-category]").all():
        answers = category.locator("label.review-choice:not(:has([data-key=n]))")
        if answers.count():
            answers.nth(choice).click()
        category.locator("textarea").first.fill("As it stands there.")
        causes = category.locator(".review-causes label")
        if causes.count() and causes.first.is_visible():  # asked for below the middle only
            causes.first.click()
    page.get_by_role("button", name="Submit review").click()


@pytest.fixture
def session(open_page: Callable[..., Watch]) -> str:
    """The address of a session that an admin started with two people."""
    lead = open_page("admin", f"{DEMO}/calibration/choose/?status=solved")
    page = lead.page
    page.locator("main tbody input[type=checkbox]").first.check()
    page.get_by_role("button", name="Next").click()
    page.fill("[name=name]", "Two of us")
    for name in SCORING.values():
        page.get_by_label(name).check()
    page.get_by_role("button", name="Start and invite").click()
    expect(page.get_by_text("Scored blind")).to_be_visible()
    lead.assert_accessible()
    return page.url


@pytest.fixture
def scored(open_page: Callable[..., Watch], session: str) -> str:
    """The same, after both have scored the conversation, each in their own way."""
    for role, choice in zip(SCORING, (0, -1), strict=True):
        page = open_page(role, session, java_script_enabled=False).page
        page.get_by_role("button", name="Score 1", exact=True).click()
        score(page, choice)
        expect(page).to_have_url(re.compile(r"/reviews/\d+/$"))
    return session


def test_two_people_calibrate_a_conversation(open_page: Callable[..., Watch], scored: str) -> None:
    watch = open_page("reviewer", scored)
    expect(watch.page.get_by_role("heading", name="Agreement")).to_be_visible()
    expect(watch.page.get_by_text("Differs").first).to_be_visible()
    watch.assert_fits()
    watch.assert_accessible()

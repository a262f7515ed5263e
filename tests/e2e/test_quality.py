"""A quality programme from its scorecard to what the figures say, as the people in it live it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import RESULTS
from tests.e2e.test_disputes import SCORING, score
from tests.e2e.test_reviews import rate_all
from tests.e2e.watching import Watch

DEMO = "/o/demo"
REVIEWERS = ("Adnan Weiss", "Leo Marchetti", "Rhea Nakamura")
TEAMS = ("Continental", "Orders", "Travel desk")  # twelve agents
REVIEWER = "Rhea Nakamura"
AGENT = "Ruth Osei"
NAME = "Everybody, every week"
TEN = 10
pytestmark = pytest.mark.timeout(480, func_only=True)


def shot(page: Page, name: str) -> None:
    page.screenshot(path=RESULTS / f"quality-{name}.png", full_page=True)


def test_a_programme_runs_from_its_scorecard_to_a_dispute_that_changes_the_dashboard(
    open_page: Callable[..., Watch],
) -> None:
    admin = open_page("admin", f"{DEMO}/quality/")
    earlier = figures_of("reviewers", REVIEWER, admin.page)
    admin.page.goto(f"{DEMO}/scorecards/new/")
    publish(admin.page)
    assign(admin.page)
    give_one_of(AGENT, admin.page, to=REVIEWER)
    reviewer = open_page("reviewer", f"{DEMO}/to-review/")
    review(reviewer.page, about=AGENT, weak="Tone")
    for _ in range(TEN - 1):
        review(reviewer.page)
    reviewer.assert_quiet()
    given = figures_of("reviewers", REVIEWER, admin.page)
    assert given["Reviews"] == earlier["Reviews"] + TEN
    shot(admin.page, "dashboard")

    before = figures_of("agent", AGENT, admin.page)
    agent = open_page("agent", f"{DEMO}/reviews/received/").page
    dispute(agent, "Tone")
    waiting = figures_of("agent", AGENT, admin.page)
    assert waiting["Reviews"] == before["Reviews"] - 1
    admin.page.goto(agent.url)
    accept(admin.page)
    after = figures_of("agent", AGENT, admin.page)
    assert after["Reviews"] == before["Reviews"]
    assert after["IQS"] > before["IQS"]
    agent.reload()
    expect(agent.get_by_text("Accepted").first).to_be_visible()
    admin.assert_quiet()


def publish(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("Support basics", exact=True).check()
    page.get_by_role("button", name="Create").click()
    shot(page, "builder")
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("In force").first).to_be_visible()


def assign(page: Page) -> None:
    """A weekly cycle of three reviewers and twelve agents."""
    page.goto(f"{DEMO}/assignments/new/")
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("Scorecard").select_option(label=NAME)
    for name in REVIEWERS:
        page.get_by_label(name).check()
    for team in TEAMS:
        page.get_by_role("group", name="Teams to be reviewed").get_by_label(team).check()
    page.get_by_label("How often").select_option(label="Weekly")
    page.get_by_label("Reviews", exact=True).fill("3")
    page.get_by_text("Conditions", exact=True).click()
    page.get_by_label("Days to look back").fill("60")
    page.get_by_role("button", name="Create the assignment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(page.get_by_text("Drawn at random").first).to_be_visible()
    shot(page, "assignment")


def give_one_of(agent: str, page: Page, *, to: str) -> None:
    """Whom the draw gave an agent's conversations is chance, so one is given to who reviews."""
    picks = page.get_by_role("region", name="Picked conversations")
    theirs = picks.get_by_role("row").filter(has_text=agent)
    expect(theirs).to_have_count(3)
    reviewers = theirs.locator("td:nth-child(3)").all_inner_texts()
    if any(to in name for name in reviewers):
        return
    theirs.first.locator("summary").click()
    theirs.first.get_by_role("link", name="Another reviewer").click()
    page.get_by_label("New reviewer").select_option(label=to)
    page.get_by_role("button", name="Give", exact=True).click()
    expect(page.get_by_text("The reviewer was changed.")).to_be_visible()


def review(page: Page, *, about: str = "", weak: str = "") -> None:
    """One of the queue, by keyboard: somebody's, or the next; full marks but in one category."""
    lot = page.get_by_role("region", name=NAME)
    row = lot.get_by_role("row").filter(has_text=about).filter(has=page.get_by_role("button"))
    row.first.get_by_role("button", name=re.compile("Review")).click()
    expect(page.locator("#review-form")).to_be_visible()
    rate_all(page)
    if weak:
        rate_low(page, weak)
    page.locator("#review-form").focus()
    page.keyboard.press("s")
    expect(page.get_by_text("The review is submitted.")).to_be_visible()
    page.goto(f"{DEMO}/to-review/")


def rate_low(page: Page, category: str) -> None:
    question = page.get_by_role("group", name=category, exact=True)
    question.focus()
    lowest = question.get_by_role("radio").first
    with page.expect_response(re.compile("/answers/")):
        page.keyboard.press(lowest.get_attribute("data-key") or "")
    expect(lowest).to_be_checked()


def dispute(page: Page, category: str) -> None:
    """The agent's latest review by the new scorecard, in one category, for the best rating."""
    page.get_by_role("row").filter(has_text=NAME).first.get_by_role("link").click()
    page.get_by_role("link", name="Dispute", exact=True).click()
    page.get_by_role("link", name=f"Dispute {category}").click()
    page.select_option("[name=proposal]", label="3 of 3")
    page.fill("[name=reason]", "It is in the second message.")
    page.get_by_role("button", name="Dispute").click()
    expect(page.get_by_text("counts nowhere until this is decided")).to_be_visible()
    shot(page, "dispute")


def accept(page: Page) -> None:
    page.get_by_label("Accept", exact=True).check()
    page.fill("[name=reasons]", "So it is.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("heading", name="The decision")).to_be_visible()


def figures_of(table: str, name: str, page: Page) -> dict[str, float]:
    """Somebody's score and number of reviews on the dashboard of random reviews."""
    page.goto(f"{DEMO}/quality/?days=91")
    cells = page.locator(f"#{table} tr").filter(has_text=name).locator("td").all_inner_texts()
    return {"IQS": float(cells[0].rstrip("%")), "Reviews": float(cells[-1])}


def test_three_conversations_are_calibrated(open_page: Callable[..., Watch]) -> None:
    lead = open_page("admin", f"{DEMO}/calibration/choose/?status=solved")
    boxes = lead.page.locator("main tbody input[type=checkbox]")
    for place in range(3):
        boxes.nth(place).check()
    lead.page.get_by_role("button", name="Next").click()
    lead.page.fill("[name=name]", "Three of ours")
    for name in SCORING.values():
        lead.page.get_by_label(name).check()
    lead.page.get_by_role("button", name="Start and invite").click()
    session = lead.page.url
    for role, choice in zip(SCORING, (0, -1), strict=True):
        page = open_page(role, session, java_script_enabled=False).page
        for number in ("1", "2", "3"):
            page.goto(session)
            page.get_by_role("button", name=f"Score {number}", exact=True).click()
            score(page, choice)
            expect(page).to_have_url(re.compile(r"/reviews/\d+/$"))
    lead.page.goto(session)
    expect(lead.page.get_by_role("heading", name="Agreement")).to_be_visible()
    expect(lead.page.get_by_text("Differs").first).to_be_visible()
    shot(lead.page, "calibration")
    lead.assert_quiet()

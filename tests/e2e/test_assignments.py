"""From an assignment to a reviewer's queue and into the review, in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.watching import Watch

DEMO = "/o/demo"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_owner_previews_and_makes_an_assignment_that_its_reviewer_works_through(
    open_page: Callable[..., Watch], *, scripts: bool
) -> None:
    name = f"Orders of the month {'with' if scripts else 'without'} scripts"
    owner = open_page("owner", f"{DEMO}/assignments/new/", java_script_enabled=scripts)
    make(owner.page, name)
    owner.assert_quiet()
    reviewer = open_page("reviewer", f"{DEMO}/to-review/", java_script_enabled=scripts)
    work(reviewer.page, name)
    reviewer.assert_quiet()
    owner.page.reload()
    expect(owner.page.get_by_text("were replaced or removed")).to_be_visible()
    owner.page.locator("summary").filter(has_text="End").click()
    owner.page.get_by_role("button", name="End", exact=True).click()
    expect(owner.page.get_by_text("Ended", exact=True).first).to_be_visible()


def make(page: Page, name: str) -> None:
    """Fill in the form, look at its preview, create, and see why conversations were picked."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Rhea Nakamura").check()
    page.get_by_role("group", name="Teams to be reviewed").get_by_label("Orders").check()
    page.get_by_text("Conditions", exact=True).click()
    page.get_by_label("Days to look back").fill("30")
    page.get_by_role("button", name="Preview").click()
    preview = page.locator("#preview-panel")
    expect(preview).to_contain_text(re.compile(r"This would pick \d+ of \d+ conversations"))
    expect(preview).to_contain_text("Rhea Nakamura")
    page.get_by_role("button", name="Create the assignment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("Drawn at random").first).to_be_visible()


def work(page: Page, name: str) -> None:
    """Replace a conversation for a reason and begin to review one."""
    lot = page.get_by_role("region", name=name)
    todo = lot.get_by_role("button", name=re.compile("Review"))
    before = todo.count()
    # Of somebody with many conversations: agents of helpdesks connected meanwhile have a few.
    row = lot.get_by_role("row").filter(has_text=re.compile("Maren Holt|Tom Ashdown|Dev Anand"))
    row.first.get_by_role("link", name=re.compile("Replace")).click()
    page.get_by_label("Too short to judge").check()
    page.get_by_role("button", name="Replace").click()
    expect(todo).to_have_count(before)
    todo.first.click()
    expect(page).to_have_url(re.compile(r"/reviews/\d+/edit/$"))


def test_a_conversation_kept_for_a_talk_is_read_by_its_agent(
    open_page: Callable[..., Watch],
) -> None:
    watch = open_page("lead", f"{DEMO}/tickets/")
    page = watch.page
    page.get_by_label("Agent").select_option(label="Ruth Osei")
    page.get_by_role("button", name="Apply").click()
    page.locator("#results tbody a").first.click()
    page.get_by_role("link", name="Keep for a talk").click()
    page.get_by_label("With whom?").select_option(label="Ruth Osei")
    page.get_by_label(re.compile("Note")).fill("Ask how the second parcel was found.")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("Kept for the next talk")).to_be_visible()
    watch.assert_quiet()
    own = open_page("agent", f"{DEMO}/coaching/")
    expect(own.page.get_by_text("Ask how the second parcel was found.").first).to_be_visible()
    own.assert_quiet()

"""An admin connects a helpdesk by consenting on its own page, and tickets arrive."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from integrations.helpdesks.sandbox.server import Sandbox
from integrations.helpdesks.sandbox.tokens import CLIENT_ID, CLIENT_SECRET
from tests.e2e.watching import Watch

DEMO = "/o/demo"


@pytest.fixture
def helpdesk() -> Iterator[Sandbox]:
    with Sandbox(tickets=12, seed=7, now=datetime.now(UTC)) as running:
        yield running


def fill_in(page: Page, helpdesk: Sandbox) -> None:
    page.get_by_role("link", name="Sandbox", exact=True).click()
    page.fill("[name=setting_address]", helpdesk.url)
    page.fill("[name=setting_client_id]", CLIENT_ID)
    page.fill("[name=setting_client_secret]", CLIENT_SECRET)
    page.fill("[name=name]", "Second desk")
    page.check("[name=allows_private_address]")
    page.get_by_role("button", name="Go on to consent").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_admin_connects_a_helpdesk_by_consent(
    open_page: Callable[..., Watch], helpdesk: Sandbox, *, scripts: bool
) -> None:
    watch = open_page("admin", f"{DEMO}/connections/new/", java_script_enabled=scripts)
    page = watch.page
    fill_in(page, helpdesk)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Consent in Sandbox")
    expect(page.get_by_role("heading", name="What will be fetched, and why")).to_be_visible()
    watch.assert_quiet()
    page.get_by_role("link", name="Consent in Sandbox").click()
    page.get_by_role("link", name="Refuse").click()
    expect(page.get_by_text("Consent was refused in the helpdesk")).to_be_visible()
    page.get_by_role("link", name="Consent in Sandbox").click()
    page.get_by_role("link", name="Allow").click()
    expect(page.get_by_text("The helpdesk has consented")).to_be_visible()
    expect(page).to_have_url(re.compile(f"{DEMO}/connections/[0-9a-f-]+/$"))
    if scripts:
        health = page.get_by_role("region", name="Health")
        expect(health).to_contain_text("Live", timeout=45_000)
        expect(page.get_by_role("region", name="History")).to_be_visible()
    assert watch.messages == []
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("The token is deleted", exact=False).first).to_be_visible()


def test_the_page_before_consent_is_accessible_and_fits(
    open_page: Callable[..., Watch], helpdesk: Sandbox
) -> None:
    watch = open_page("admin", f"{DEMO}/connections/new/", viewport={"width": 320, "height": 800})
    fill_in(watch.page, helpdesk)
    expect(watch.page.get_by_role("heading", level=1)).to_contain_text("Consent in Sandbox")
    watch.assert_fits()
    watch.assert_accessible()

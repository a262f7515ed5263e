"""Somebody without an account asks to be erased; two people of the organisation see to it."""

from __future__ import annotations

import email
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email import policy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from integrations.demo.generator import generate
from tests.e2e.conftest import enter
from tests.e2e.running import Instance
from tests.e2e.watching import Watch
from tickets.contracts import TicketRecord

PORTAL, DEMO = "/p/demo/", "/o/demo"
# In each language: the right, its page's buttons and what is said next.
PORTALS = {
    "en": ("Erase my data", "Your e-mail address", "Send", "Look into your mailbox"),
    "nl": ("Mijn gegevens wissen", "Uw e-mailadres", "Versturen", "Kijk in uw mailbox"),
    "de": ("Meine Daten löschen", "Ihre E-Mail-Adresse", "Absenden", "Sehen Sie in Ihr Postfach"),
}
PHONE = {"viewport": {"width": 320, "height": 800}}


@pytest.fixture(scope="module")
def conversations() -> list[TicketRecord]:
    """Those of the demo, oldest first."""
    return list(generate(now=datetime.now(UTC)))


def mailed_link(app: Instance, address: str) -> str:
    """The link in the latest mail to somebody, as the instance wrote it into its mail folder."""
    folder = Path(app.home) / "mail"
    for path in sorted(folder.glob("*"), key=lambda each: each.stat().st_mtime_ns, reverse=True):
        for part in re.split(r"(?m)^-{70,}$", path.read_text()):
            letter = email.message_from_string(part.lstrip(), policy=policy.default)
            if address in str(letter["To"]):
                found = re.search(r"https?://\S+?(/p/\S+)", str(letter.get_content()))
                if found:
                    return found[1]
    return ""


def ask(watch: Watch, language: str, address: str) -> None:
    right, mailbox, send, sent = PORTALS[language]
    page = watch.page
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.get_by_role("link", name=right).click()
    page.get_by_label(mailbox).fill(address)
    page.get_by_role("button", name=send, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(sent)


def confirm(app: Instance, page: Page, address: str) -> None:
    """Open the link that was mailed, as soon as the worker has mailed it."""
    until = time.monotonic() + 45
    while not (link := mailed_link(app, address)):
        assert time.monotonic() < until, "no mail came"
        page.reload()
    page.goto(link)


@pytest.mark.parametrize("language", PORTALS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_portal_is_accessible_in_its_languages_on_a_phone(
    open_page: Callable[..., Watch], language: str, scheme: str
) -> None:
    watch = open_page("", f"{PORTAL}?lang={language}", color_scheme=scheme, **PHONE)
    page = watch.page
    watch.assert_fits()
    watch.assert_accessible()
    page.goto(f"{PORTAL}?lang={language}")
    page.get_by_role("link", name=PORTALS[language][0]).click()
    watch.assert_fits()
    watch.assert_accessible()


@pytest.mark.parametrize("language", ["en", "de"])
def test_without_scripts_the_portal_takes_a_request(
    open_page: Callable[..., Watch], language: str
) -> None:
    watch = open_page("", f"{PORTAL}?lang={language}", java_script_enabled=False)
    ask(watch, language, "nobody@post.example")
    watch.assert_quiet()


def prove_identity(app: Instance, page: Page, told: TicketRecord) -> str:
    """With the mailed link and the number of a conversation; the address of the status page."""
    confirm(app, page, told.requester.email or "")
    number = page.get_by_label("Het nummer van een van uw gesprekken met ons")
    number.fill("not mine")
    page.get_by_role("button", name="Bevestigen").click()
    expect(page.locator("[aria-invalid=true]")).to_be_visible()
    number.fill(told.id)
    page.get_by_role("button", name="Bevestigen").click()
    expect(page.get_by_text("Identiteit bevestigd").first).to_be_visible()
    return page.url


def plan(officer: Watch, request: str) -> None:
    """The officer makes the plan, and cannot approve it."""
    page = officer.page
    page.locator(f"main a[href*='{request}']").first.click()
    page.get_by_role("button", name="Make the plan").click()
    expect(page.get_by_role("heading", name="Plan", exact=True)).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^contact details"))).to_contain_text("1")
    officer.assert_quiet()
    page.get_by_role("button", name="Approve and erase").click()
    expect(page.get_by_text("Somebody else has to do this.").first).to_be_visible()


def approve(second: Watch) -> None:
    """Somebody else approves, and watches it being done."""
    page = second.page
    page.get_by_role("button", name="Approve and erase").click()
    expect(page.get_by_role("heading", name="Certificate")).to_be_visible(timeout=45_000)
    expect(page.get_by_text("Done and checked").first).to_be_visible()
    page.reload()
    second.assert_quiet()
    second.assert_fits()
    second.assert_accessible()


@pytest.mark.timeout(180, func_only=True)
def test_a_customer_is_erased_on_request_and_reads_the_certificate(
    app: Instance, open_page: Callable[..., Watch], conversations: list[TicketRecord]
) -> None:
    told = conversations[0]
    customer = open_page("", f"{PORTAL}?lang=nl")
    ask(customer, "nl", told.requester.email or "")
    customer.assert_quiet()
    status = prove_identity(app, customer.page, told)
    request = status.rstrip("/").rsplit("/", 1)[1]

    plan(open_page("privacy", f"{DEMO}/privacy/"), request)
    approve(open_page("owner", f"{DEMO}/privacy/requests/{request}/"))

    customer.page.goto(status)
    expect(customer.page.get_by_role("heading", name="Bewijs van verwijdering")).to_be_visible()
    expect(customer.page.get_by_text("gesprekken: ").first).to_be_visible()
    customer.assert_fits()
    customer.assert_accessible()


def test_the_officer_s_pages_fit_a_phone_and_are_accessible(
    open_page: Callable[..., Watch],
) -> None:
    for scheme in ("light", "dark"):
        for path in ("", "requests/new/", "holds/"):
            watch = open_page("privacy", f"{DEMO}/privacy/{path}", color_scheme=scheme, **PHONE)
            watch.assert_fits()
            watch.assert_accessible()


def test_an_agent_uses_the_same_portal_while_signed_in(
    app: Instance, open_page: Callable[..., Watch]
) -> None:
    """Signed in by itself: confirming gives the session a new key, and the others' would end."""
    address = app.sign_ins["agent"][0]
    agent = open_page("", "/accounts/login/")
    enter(agent.page, *app.sign_ins["agent"])
    agent.page.goto(f"{PORTAL}?lang=en")
    agent.page.get_by_role("link", name="Contest an automated score").click()
    agent.page.get_by_label("Your e-mail address").fill(address)
    agent.page.get_by_label("Which score, and why is it wrong?").fill("Review 12 is not mine.")
    agent.page.get_by_role("button", name="Send", exact=True).click()
    confirm(app, agent.page, address)
    agent.page.get_by_role("button", name="Confirm").click()
    expect(agent.page.get_by_text("Identity confirmed").first).to_be_visible()
    officer = open_page("privacy", f"{DEMO}/privacy/")
    contested = officer.page.get_by_role("row").filter(has_text="Contest of an automated score")
    contested.get_by_role("link").first.click()
    expect(officer.page.get_by_role("region", name="The person")).to_contain_text(address)
    expect(officer.page.get_by_label("Which score").locator("option").first).to_be_attached()
    officer.assert_accessible()
    officer.assert_quiet()
    agent.page.goto("/")
    expect(agent.page).to_have_url(re.compile("/my-week/"))
    agent.assert_quiet()

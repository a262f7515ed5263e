"""Somebody asks for their data and opens what they get: on the portal, and signed in."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pyzipper
from playwright.sync_api import Page, expect

from tests.e2e.conftest import RESULTS
from tests.e2e.running import Instance
from tests.e2e.watching import Watch

PASSPHRASE = re.compile(r"(?:[a-z2-9]{5}-){4}[a-z2-9]{5}")
ADDRESS = "vera@visitor.example"
WITHIN = 40.0


def link_mailed_to(app: Instance, page: Page, address: str, words: str) -> str:
    """The path in a mail to somebody that holds these words, once it is there. The person looks at
    their page meanwhile."""
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        for text in map(_text, _mails(app)):
            if f"To: {address}" in text and words in text:
                found = re.search(r"https?://[^/\s]+(/\S+)", text)
                assert found is not None
                return found[1]
        page.reload()
    raise AssertionError(f"no mail to {address}")


def _mails(app: Instance) -> list[Path]:
    return sorted((app.home / "mail").glob("*"), key=lambda path: path.stat().st_mtime_ns)


def _text(path: Path) -> str:
    mail = message_from_bytes(path.read_bytes())
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return f"To: {mail['To']}\n{payload.decode()}"


def opened(page: Page) -> pyzipper.AESZipFile:
    """Fetch the archive and its passphrase, and open it."""
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Download the archive").first.click()
    data = Path(fetched.value.path()).read_bytes()
    page.get_by_role("button", name="Show the passphrase").first.click()
    shown = page.locator("code").filter(has_text=PASSPHRASE).first.inner_text()
    archive = pyzipper.AESZipFile(io.BytesIO(data))
    archive.setpassword(shown.encode())
    return archive


def test_somebody_without_an_account_asks_for_a_copy_and_opens_it(
    open_page: Callable[..., Watch], app: Instance
) -> None:
    watch = open_page("", "/p/demo/ask/access/", java_script_enabled=False)
    page = watch.page
    page.fill("[name=contact]", ADDRESS)
    page.locator("main form button[type=submit]").click()
    page.goto(link_mailed_to(app, page, ADDRESS, "Confirm it here"))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("A copy of my data")

    page.goto(link_mailed_to(app, page, ADDRESS, "is ready"))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Your copy is ready.")).to_be_visible()
    page.screenshot(path=RESULTS / "portal-copy.png", full_page=True)
    watch.assert_fits()
    with opened(page) as archive:
        assert {"index.html", "manifest.json", "processing.json"} <= set(archive.namelist())
        assert "Only this request itself" in archive.read("index.html").decode()
    watch.assert_quiet()


def test_a_member_asks_for_their_own_data_and_opens_it(
    open_page: Callable[..., Watch], app: Instance
) -> None:
    watch = open_page("auditor", "/o/demo/privacy/my-data/")
    page = watch.page
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("button", name="Download the archive")).to_be_visible(timeout=30_000)
    watch.assert_fits()
    with opened(page) as archive:
        assert app.sign_ins["auditor"][0] in archive.read("data/accounts_user.json").decode()
    watch.assert_quiet()
    watch.assert_accessible()

"""One running instance and one browser for all browser tests."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.running import ROOT, Instance, instance
from tests.e2e.watching import Watch

RESULTS = ROOT / "test-results"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(120, func_only=True))


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    RESULTS.mkdir(exist_ok=True)
    with instance(tmp_path_factory.mktemp("home")) as running:
        yield running
    (RESULTS / "instance.log").write_text("\n".join(running.lines))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("KAIZO_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def state_of(app: Instance, browser: Browser) -> Callable[[str], Any]:
    """The cookies of a signed-in role; each role signs in once, through the form."""
    states: dict[str, Any] = {}

    def sign_in(role: str) -> Any:
        if role not in states:
            context = browser.new_context(base_url=app.address)
            page = context.new_page()
            enter(page, *app.sign_ins[role])
            states[role] = context.storage_state()
            context.close()
        return states[role]

    return sign_in


def enter(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    page.click("main form button[type=submit]")
    page.wait_for_url(re.compile("/o/"))


@pytest.fixture
def open_page(
    app: Instance, browser: Browser, state_of: Callable[[str], Any]
) -> Iterator[Callable[..., Watch]]:
    """Open a page as a role ("" is signed out) and watch what it does: `open_page("lead", "/")`."""
    contexts: list[BrowserContext] = []

    def opened(role: str, path: str, **options: Any) -> Watch:
        if role:
            options["storage_state"] = state_of(role)
        options.setdefault("viewport", {"width": 1440, "height": 1000})
        context = browser.new_context(base_url=app.address, **options)
        contexts.append(context)
        watch = Watch(context.new_page(), app.address)
        watch.page.goto(path)
        return watch

    yield opened
    for context in contexts:
        context.close()

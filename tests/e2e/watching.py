"""Watches a page: what it asks for, what its console says, what axe finds."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


class Watch:
    """Collects console messages, page errors and requests from the moment it is made."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.messages: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda message: self.messages.append(message.text))
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("request", lambda request: self._note(request.url, origin))

    def _note(self, url: str, origin: str) -> None:
        if not url.startswith((origin, "about:")):
            self.foreign.append(url)

    def assert_quiet(self) -> None:
        """Nothing left the origin, and neither the content policy nor a script complained."""
        assert self.foreign == []
        assert self.messages == []

    def assert_fits(self) -> None:
        """No sideways scrolling of the page itself."""
        width, room = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= room

    def assert_accessible(self, *, colours_only: bool = False) -> None:
        """No finding of axe. Run last: the script is put into the page past its policy."""
        options = json.dumps({"runOnly": COLOURS if colours_only else TAGS})
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found = self.page.evaluate(f"axe.run(document, {options})")
        assert [
            f"{finding['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
            for finding in found["violations"]
            for node in finding["nodes"]
        ] == []

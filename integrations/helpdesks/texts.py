"""HTML comments to plain text: words and line breaks, no markup, no addresses of pictures."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Final

from typing_extensions import override

_BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figure", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "ol", "p", "pre", "section",
    "table", "tr", "ul",
})  # fmt: skip
_SILENT: Final = frozenset({"head", "script", "style", "template", "title"})
_CELLS: Final = frozenset({"td", "th"})
# Above the vendor's own limit of 64 KB by far; longer markup is not worth a parser's time.
MAX_MARKUP: Final = 1_000_000
MAX_TEXT: Final = 16_000_000

# Single spaces are what they should be already, and there are many of them.
_SPACE: Final = re.compile(r"[ \t\r\n\f]{2,}|[\t\r\n\f]")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")
# What nearly all comments are made of: no parser is needed to read it. Markup of any other kind
# does not match as a whole. Possessive throughout: what has matched is never tried another way.
_NAMES: Final = "a|b|blockquote|br|code|div|em|h[1-6]|i|p|pre|span|strong|u"
_SIMPLE: Final = re.compile(
    rf"""(?:[^<>]++|</?(?:{_NAMES})(?:\s++[a-z-]++="[^"<>]*+")*+\s*+/?>)*+""", re.IGNORECASE
)
_BREAK: Final = re.compile(
    r"<(?:br|/?(?:blockquote|div|h[1-6]|p|pre))(?=[\s/>])[^>]*>", re.IGNORECASE
)
_TAG: Final = re.compile(r"<[^>]*>")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent.append(tag)
        elif tag == "br" or tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in _CELLS:
            self.parts.append(" ")
        elif tag == "img":
            self.parts.append(next((value or "" for name, value in attrs if name == "alt"), ""))

    @override
    def handle_endtag(self, tag: str) -> None:
        if self.silent and tag == self.silent[-1]:
            self.silent.pop()
        elif tag in _BLOCKS:
            self.parts.append("\n")

    @override
    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(_SPACE.sub(" ", data))


def text_of_html(markup: str) -> str:
    """The words of `markup`, with at most one empty line in a row. Never raises."""
    if _SIMPLE.fullmatch(markup):
        broken = _BREAK.sub("\n", _SPACE.sub(" ", markup))
        return tidy(html.unescape(_TAG.sub("", broken)))
    return parsed_text(markup)


def parsed_text(markup: str) -> str:
    """The same by way of a parser, for markup of any kind."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return tidy("".join(reader.parts))


def tidy(text: str) -> str:
    lines = [line.strip() for line in text.replace("\xa0", " ").splitlines()]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def text_of_comment(plain: str | None, markup: str | None, body: str | None) -> str:
    """The best plain text of a comment: the HTML's words, else the vendor's own plain forms.

    The vendor's `body` is the text with Markdown signs in it and its `plain_body` runs lines
    together, so the HTML is asked first. Cut at MAX_TEXT characters.
    """
    if markup and len(markup) <= MAX_MARKUP:
        text = text_of_html(markup)
        if text:
            return text[:MAX_TEXT]
    return (plain or body or "")[:MAX_TEXT].replace("\x00", "").strip()

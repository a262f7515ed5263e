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

_EMPTY_LINES: Final = re.compile(r"\n{3,}")
# What nearly all comments are made of: no parser is needed to read them.
_LINES: Final = ("blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre")
_MARKS: Final = ("a", "b", "code", "em", "i", "span", "strong", "u")
_TAG: Final = re.compile(r"(<[^<>]*>)")
_SIMPLE_TAG: Final = re.compile(
    rf"""<(/?(?:{"|".join((*_LINES, *_MARKS, "br"))}))(?:\s++[a-z-]++="[^"<>]*+")*+\s*+/?>""",
    re.IGNORECASE | re.ASCII,
)
# What stands in place of a tag. Their most usual forms are found without a pattern.
_IN_PLACE: Final = {
    **dict.fromkeys(("br", *_LINES, *(f"/{name}" for name in _LINES)), "\n"),
    **dict.fromkeys(("/br", *_MARKS, *(f"/{name}" for name in _MARKS)), ""),
}
_USUAL: Final = {f"<{name}>": sign for name, sign in _IN_PLACE.items()}


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
            self.parts.append(_spaced(data))


def text_of_html(markup: str) -> str:
    """The words of `markup`, with at most one empty line in a row. Never raises."""
    words = _words_of_simple(_spaced(markup))
    return parsed_text(markup) if words is None else tidy(html.unescape(words))


def _spaced(text: str) -> str:
    """With one space for white space of any length. Without a pattern for all of it: single spaces
    are many, and what they should be already."""
    for sign in "\t\r\n\f":
        text = text.replace(sign, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def _words_of_simple(markup: str) -> str | None:
    """The markup with line breaks or nothing in place of its tags; None where it has any but the
    simple ones, which never end anything but themselves."""
    words = _TAG.split(markup)
    for place in range(1, len(words), 2):
        sign = _USUAL.get(words[place])
        if sign is None:
            tag = _SIMPLE_TAG.fullmatch(words[place])
            if tag is None:
                return None
            sign = _IN_PLACE[tag[1].lower()]
        words[place] = sign
    text = "".join(words)
    return None if "<" in text or ">" in text else text


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

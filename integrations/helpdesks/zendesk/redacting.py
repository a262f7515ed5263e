"""Marks what is to be redacted in a comment's HTML, as the vendor's redaction asks for it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

# A tag, an entity, or one character: what becomes at most one piece of text. Possessive, and every
# branch begins differently or is one character long: no input takes more than one pass.
_UNIT: Final = re.compile(r"<[^<>]*+>|&(?:#[0-9]++|#[xX][0-9a-fA-F]++|[A-Za-z0-9]++);|.", re.DOTALL)
_VALUE: Final = re.compile(r"=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s\"'<>]++)")


def marked(markup: str, text: str) -> str | None:
    """`markup` with every occurrence of `text` inside `<redact>`; None when it holds none.

    Found as a reader sees it: across tags, through entities, and whatever white space stands
    between words. A tag whose attributes hold the text (a link to an address) is redacted as well.
    """
    units = _UNIT.findall(markup)
    inside = _inside(units, text)
    found = bool(inside)
    parts: list[str] = []
    is_open = False
    for position, unit in enumerate(units):
        is_tag = _is_tag(unit)
        wanted = position in inside and not is_tag
        if wanted != is_open:
            parts.append("<redact>" if wanted else "</redact>")
            is_open = wanted
        if is_tag and _holds(unit, text):
            found = True
            unit = _redacted_tag(unit)  # noqa: PLW2901 - the same unit, marked
        parts.append(unit)
    if is_open:
        parts.append("</redact>")
    return "".join(parts) if found else None


def _inside(units: list[str], text: str) -> set[int]:
    """Positions of the units that an occurrence of `text` covers."""
    words = text.split()
    if not words:
        return set()
    letters: list[str] = []
    origin: list[int] = []
    for position, letter in _letters(units):
        letters.append(letter)
        origin += [position] * len(letter)
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    return {
        origin[index]
        for match in pattern.finditer("".join(letters))
        for index in range(match.start(), match.end())
    }


def _letters(units: list[str]) -> Iterator[tuple[int, str]]:
    """What a reader sees of each unit. A tag that breaks the line is white space."""
    for position, unit in enumerate(units):
        if not _is_tag(unit):
            yield position, html.unescape(unit) if unit.startswith("&") else unit
        elif re.match(r"</?(?:br|p|div|li|tr|td|h[1-6])\b", unit, re.IGNORECASE):
            yield position, "\n"


def _is_tag(unit: str) -> bool:
    return unit.startswith("<") and unit.endswith(">") and len(unit) > 1


def _holds(tag: str, text: str) -> bool:
    """Whether a value of its attributes does. Its name and brackets are nobody's words."""
    words = text.strip()
    return words != "" and any(words in html.unescape(value) for value in _VALUE.findall(tag))


def _redacted_tag(tag: str) -> str:
    """An end tag has no attributes."""
    if tag.startswith("</"):
        return tag
    end = "/>" if tag.endswith("/>") else ">"
    return f"{tag[: -len(end)].rstrip()} redact{end}"

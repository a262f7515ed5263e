"""Finding a passage in the text it was copied from. Pure."""

from __future__ import annotations

from kaizo.core.ui import REDACTED


def passage_in(whole: str, wanted: str) -> str | None:
    """The words of `wanted` as `whole` has them, with single spaces; None when they do not stand
    there. A copy from a page has the redactions without their brackets: they are put back."""
    text, words = " ".join(whole.split()), " ".join(wanted.split())
    if not words:
        return None
    shown, places = _as_shown(text)
    at = shown.find(words)
    if at < 0:
        return words if words in text else None
    first, last = places[at], places[at + len(words) - 1]
    begins_redaction = first > 0 and text[first - 1] == "[" and first - 1 not in places
    ends_redaction = text[last + 1 : last + 2] == "]" and last + 1 not in places
    return text[first - begins_redaction : last + 1 + ends_redaction]


def _as_shown(text: str) -> tuple[str, list[int]]:
    """The text as a page prints it, and where each of its characters stands in `text`."""
    places: list[int] = []
    at = 0
    for number, piece in enumerate(REDACTED.split(text)):
        inner = range(at + 1, at + len(piece) - 1) if number % 2 else range(at, at + len(piece))
        places.extend(inner)
        at += len(piece)
    return "".join(text[place] for place in places), places

"""Numbers as somebody typed them into a connection's settings."""

from __future__ import annotations


def bounded(given: object, *, default: int, most: int, least: int = 1) -> int:
    """The whole number that was typed, brought within the bounds; the default for anything else."""
    text = str(given or "").strip()
    return min(max(int(text), least), most) if text.isdecimal() else default


def listed(given: object) -> list[str]:
    """The whole numbers that were typed with commas or blanks between them, as they were typed.
    Anything else among them is left out."""
    return [part for part in str(given or "").replace(",", " ").split() if part.isdecimal()]

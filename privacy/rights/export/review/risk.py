"""Which texts of a copy somebody has to look at. Pure.

The detector finds most mentions of others and not all, so the more it has taken out of one text,
the more may be left in it. A text's score is the number of mentions taken out of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Removed = Mapping[str, Mapping[str, int]]  # by field, the placeholders and how many of each


def risky_fields(removed: Removed, *, threshold: int) -> Iterator[tuple[str, int]]:
    """(field, score) of the texts of one record with at least `threshold` mentions taken out."""
    for field, counts in sorted(removed.items()):
        score = sum(counts.values())
        if score >= threshold:
            yield field, score

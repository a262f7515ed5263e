"""Root causes as lines of text: one a line, a hyphen in front for each tier below. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoring.quality.scorecards.rubrics import RubricCause

DEEPEST = 4  # tiers
_LINE = re.compile(r"([-\s]*)(.*\S)\s*")


class WrongTier(ValueError):  # noqa: N818 - reads as what happened
    """A line stands deeper than one tier below the line above it, or below the deepest tier.
    `.line` is its text; `.is_too_deep` tells the second from the first."""

    def __init__(self, line: str, *, is_too_deep: bool) -> None:
        super().__init__(line)
        self.line, self.is_too_deep = line, is_too_deep


def read_causes(text: str) -> tuple[RubricCause, ...]:
    """The tiers of `text`; empty lines are skipped. Raises WrongTier."""
    lines = [found.groups() for found in map(_LINE.fullmatch, text.splitlines()) if found]
    placed = [(marks.count("-"), name) for marks, name in lines]
    before = -1
    for depth, name in placed:
        if depth > before + 1 or depth >= DEEPEST:
            raise WrongTier(name, is_too_deep=depth <= before + 1)
        before = depth
    return _tier(placed, 0)


def _tier(placed: Sequence[tuple[int, str]], depth: int) -> tuple[RubricCause, ...]:
    starts = [place for place, (deep, _name) in enumerate(placed) if deep == depth]
    ends = [*starts[1:], len(placed)]
    return tuple(
        RubricCause(name=placed[start][1], children=_tier(placed[start + 1 : end], depth + 1))
        for start, end in zip(starts, ends, strict=False)
    )


def written_causes(causes: Sequence[RubricCause]) -> str:
    """What `read_causes` reads."""
    return "\n".join(
        "-" * depth + (" " if depth else "") + below.name
        for cause in causes
        for depth, below in cause.walk()
    )

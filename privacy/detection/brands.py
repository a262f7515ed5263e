"""Names of the organisation's products and partners, which look like people and are none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from privacy.detection.people import fold
from privacy.detection.spans import Span


class Brands:
    """Only guesses are overruled: a person whom the conversation knows stays hidden, whatever a
    brand is called."""

    def __init__(self, names: Iterable[str]) -> None:
        folded = sorted({fold(name.strip()) for name in names if name.strip()}, reverse=True)
        alternatives = "|".join(map(re.escape, folded))
        self._pattern = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)") if folded else None

    def left_out(self, text: str, guesses: Iterable[Span]) -> Iterator[Span]:
        """The guesses that touch no brand."""
        if self._pattern is None:
            yield from guesses
            return
        places = [match.span() for match in self._pattern.finditer(fold(text))]
        for span in guesses:
            if not any(start < span.end and span.start < end for start, end in places):
                yield span

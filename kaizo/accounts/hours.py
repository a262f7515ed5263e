"""Opening hours as people write them: `09:00-12:30, 13:00-17:30`. Pure: knows no framework."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-\N{EN DASH}]\s*(\d{1,2}):(\d{2})")
_DAY = 24 * 60
_HOUR = 60


class BadHours(ValueError):  # noqa: N818 - reads as what is wrong
    """The text is not a list of spans. The argument is the part that cannot be read."""


def parse_hours(text: str) -> list[tuple[int, int]]:
    """Spans in minutes since midnight, in order; empty text is a closed day.

    24:00 is the end of the day. Raises BadHours for anything that is no time of day, for a span
    that ends before it begins and for overlapping spans.
    """
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    spans = sorted(_parse_span(part) for part in parts)
    for (_opens, closes), (opens, _closes) in itertools.pairwise(spans):
        if opens < closes:
            raise BadHours(text)
    return spans


def _parse_span(part: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(part)
    if match is None:
        raise BadHours(part)
    from_hour, from_minute, to_hour, to_minute = map(int, match.groups())
    opens, closes = from_hour * _HOUR + from_minute, to_hour * _HOUR + to_minute
    if max(from_minute, to_minute) >= _HOUR or not opens < closes <= _DAY:
        raise BadHours(part)
    return opens, closes


def write_hours(spans: Iterable[tuple[int, int]]) -> str:
    """The text that `parse_hours` reads back."""
    return ", ".join(f"{_time(opens)}-{_time(closes)}" for opens, closes in spans)


def _time(minutes: int) -> str:
    return f"{minutes // _HOUR:02}:{minutes % _HOUR:02}"

"""Opening hours as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaizo.accounts.hours import BadHours, parse_hours, write_hours

minutes = st.lists(st.integers(0, 24 * 60), min_size=0, max_size=8, unique=True).map(sorted)


@given(minutes)
def test_what_is_written_is_read_back(marks: list[int]) -> None:
    spans = list(zip(marks[::2], marks[1::2], strict=False))
    assert parse_hours(write_hours(spans)) == spans


@given(st.text(alphabet="0123456789:-, x", max_size=30))
def test_any_text_is_hours_within_the_day_or_refused(text: str) -> None:
    try:
        spans = parse_hours(text)
    except BadHours:
        return
    flat = [minute for span in spans for minute in span]
    assert flat == sorted(flat)
    assert all(0 <= minute <= 24 * 60 for minute in flat)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("9:00-17:00", [(540, 1020)]),
        ("13:00–17:30, 09:00 - 12:30", [(540, 750), (780, 1050)]),
        ("00:00-24:00", [(0, 1440)]),
    ],
)
def test_people_may_write_hours_in_their_way(text: str, spans: list[tuple[int, int]]) -> None:
    assert parse_hours(text) == spans


@pytest.mark.parametrize(
    "text",
    [
        "nine",
        "17:00-09:00",
        "09:00-09:00",
        "09:60-10:00",
        "09:00-24:01",
        "09:00-12:00, 11:00-13:00",
    ],
)
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(BadHours):
        parse_hours(text)

"""A passage is what stands in the message, however it was copied."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaizo.core.ui import REDACTED
from scoring.quality.reviews.quoting import passage_in

TEXT = "Hello [person 1],\n\nyour order [order] is   on [its] way."


@pytest.mark.parametrize(
    ("copied", "kept"),
    [
        ("your order [order] is on", "your order [order] is on"),
        ("your order order is\non", "your order [order] is on"),
        ("Hello person 1, your", "Hello [person 1], your"),
        ("person 1", "[person 1]"),
        ("on [its] way.", "on [its] way."),
        ("on its way.", None),  # no redaction: those brackets were written
        ("I hate you", None),
        ("  ", None),
    ],
)
def test_a_copy_finds_its_passage(copied, kept):
    assert passage_in(TEXT, copied) == kept


parts = st.lists(
    st.sampled_from(["a", "b c", "[person 1]", "[order]", "[x]", " ", "\n", "."]), min_size=1
)


@given(parts, st.data())
def test_whatever_is_copied_from_the_page_is_found_and_stands_in_the_text(pieces, data):
    whole = " ".join("".join(pieces).split())
    shown = REDACTED.sub(lambda found: found.group()[1:-1], whole)
    if not shown:
        return
    first = data.draw(st.integers(0, len(shown) - 1))
    last = data.draw(st.integers(first + 1, len(shown)))
    found = passage_in(whole, shown[first:last])
    assert found is None or found in whole
    assert (found is None) == (not shown[first:last].split())

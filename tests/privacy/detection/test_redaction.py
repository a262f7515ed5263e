"""What holds for every text."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from privacy import api
from privacy.detection.spans import Kind, Span, unite

MARKERS = [
    "Quintessa Marlowe",
    "quintessa",
    "quinn.m@post.example",
    "+31 20 794 1234",
    "DE89 3704 0044 0532 0130 00",
    "4111 1111 1111 1111",
    "192.0.2.17",
]
PERSON = api.KnownIdentity(name="Quintessa Marlowe", email="quinn.m@post.example")
WORDS = st.one_of(
    st.sampled_from(
        [*MARKERS, "[person 1]", "[e-mail]", "person", "BSN", "geboren", "12", "@", "/"]
    ),
    st.text(max_size=8),
    st.from_regex(r"[0-9 .:/+-]{1,14}", fullmatch=True),
)
TEXTS = st.lists(WORDS, max_size=12).map(" ".join) | st.lists(WORDS, max_size=6).map("".join)


@pytest.fixture(scope="module")
def redactor() -> api.Redactor:
    return api.redactor(people=[PERSON], regions=["NL", "DE"])


@given(text=TEXTS)
@settings(max_examples=400, deadline=None)
@example(text="quinn.m@post.example4111 1111 1111 1111")
@example(text="BSN " + "x" * 70 + "quinn.m@post.example 111222333")
def test_redacting_twice_changes_nothing(redactor: api.Redactor, text: str) -> None:
    once = redactor.redact(text).text
    assert redactor.redact(once).text == once
    assert redactor.redact(once).spans == ()


@given(before=st.text(max_size=30), marker=st.sampled_from(MARKERS), after=st.text(max_size=30))
@settings(deadline=None)
@example(before="", marker="+31 20 794 1234", after="0")
@example(before="12", marker="4111 1111 1111 1111", after="34 5")
@example(before="5555", marker="4111 1111 1111 1111", after="1")
def test_what_was_planted_is_gone(
    redactor: api.Redactor, before: str, marker: str, after: str
) -> None:
    shown = redactor.redact(f"{before} {marker} {after}").text
    assert marker not in shown


@given(text=TEXTS)
@settings(deadline=None)
def test_everything_outside_the_spans_stays_as_it_was(redactor: api.Redactor, text: str) -> None:
    redacted = redactor.redact(text)
    rebuilt, end = "", 0
    for span in redacted.spans:
        assert end <= span.start < span.end
        rebuilt += text[end : span.start] + span.placeholder
        end = span.end
    assert rebuilt + text[end:] == redacted.text


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)), max_size=8))
def test_united_spans_cover_the_same_and_do_not_overlap(places: list[tuple[int, int]]) -> None:
    spans = [Span(start, start + length, Kind.PERSON) for start, length in places]
    united = unite(spans)

    covered = [position for span in united for position in range(span.start, span.end)]
    assert len(covered) == len(set(covered))
    assert set(covered) == {at for span in spans for at in range(span.start, span.end)}


def test_the_first_of_two_that_overlap_wins_and_the_rest_of_the_other_stays() -> None:
    first, second = Span(5, 10, Kind.EMAIL), Span(2, 12, Kind.PERSON, 1)
    assert unite([first, second]) == [
        Span(2, 5, Kind.PERSON, 1),
        first,
        Span(10, 12, Kind.PERSON, 1),
    ]


@pytest.mark.parametrize("text", ["a" * 200_000, "1 " * 20_000, "a@" * 50_000, "A b " * 50_000])
def test_a_long_text_takes_no_time_to_speak_of(redactor: api.Redactor, text: str) -> None:
    assert redactor.redact(text[:200_000]).text


def test_a_companion_of_the_same_family_name_is_mentioned_as_somebody_else() -> None:
    own = api.KnownIdentity(name="Keira Jennings")
    found = api.redactor(people=[own], regions=["NL"])
    for text, is_other in (
        ("Noor Jennings", True),
        ("Keira Jennings", False),
        ("K. Jennings", False),
    ):
        span = Span(0, len(text), Kind.PERSON, 1)
        assert found.is_stranger(text, span) is is_other

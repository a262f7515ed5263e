"""Sentences that the model is spared, and those that it is not."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import spans
from privacy import api
from privacy.detection.nameless import named


def read(text: str) -> list[str]:
    return [text[start:end] for start, end in named(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Could you please check when it is going to be sent?",
        "I have been waiting for 3 weeks and I'm not amused.",
        "Is het al onderweg?",
        "Leider ist es bisher nicht gekommen.",
        "Pouvez-vous vérifier ?",
        "!?",
        "",
    ],
)
def test_a_sentence_without_another_capital_is_spared(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Could Harriet check it?",
        "Felix",
        "Grace has it.",
        "Sarah is not here.",
        "could you ask harriet",
        "Ich warte auf das Paket.",
        "My name is harriet.",
        "12 rue des lilas",
        "Wo ist #NAME#?",
        "Спасибо, где посылка?",
        "你好,我的包裹在哪里?",
    ],
)
def test_what_may_name_somebody_is_read(text: str) -> None:
    assert read(text) == [text]


def test_sentences_side_by_side_are_read_together() -> None:
    text = "It is late. I called Ann. She told Bob. That is all. Ask Cy!\nThanks"
    assert read(text) == ["I called Ann. She told Bob. ", "Ask Cy!\n"]


@given(st.text(alphabet="Iaé .!?\n9ßZ'", max_size=80))
def test_stretches_are_in_order_and_what_is_between_holds_no_other_capital(text: str) -> None:
    places = list(named(text))
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(first[1] < second[0] for first, second in pairwise(places))
    covered = "".join(text[start:end] for start, end in places)
    assert text.count("Z") == covered.count("Z")


@pytest.mark.skipif(not spans.MARKED.exists(), reason=f"{spans.MARKED.name} is not at hand")
def test_no_name_and_no_address_of_the_marked_messages_is_spared() -> None:
    missed = [
        message["text"][span["start"] : span["end"]]
        for message in spans.messages()
        for span in message["spans"]
        if span["type"] in {"PERSON", "ADDRESS"} and not span.get("known")
        if not any(start <= span["start"] < end for start, end in named(message["text"]))
    ]
    assert missed == []


def test_what_is_there_twice_is_read_once_and_found_in_both_places() -> None:
    line = "Please call Harriet Blackwood today."
    first, second = api.guess_words([f"It is late. {line}", line])
    assert [word.start - len("It is late. ") for word in first] == [word.start for word in second]
    assert {line[word.start : word.end] for word in second} >= {"Harriet", "Blackwood"}

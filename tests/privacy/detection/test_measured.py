"""The gate: what must be found in messages with exact spans, and what must not be found.

The set is not part of the repository.
"""

from __future__ import annotations

import pytest

from bench import spans
from privacy import api

LEAST = {
    "own person": 0.98,
    "third party en": 0.75,
    "third party nl": 0.75,
    "third party de": 0.75,
    "third party fr": 0.75,
    "EMAIL": 1.0,
    "IBAN": 1.0,
    "IP": 1.0,
    "CARD": 1.0,
    "NATID": 0.98,
    "PHONE": 0.97,
    "ADDRESS": 0.95,
    "ORDER": 0.9,
}


@pytest.mark.timeout(900)  # the model reads 3,505 messages, once for everything
@pytest.mark.skipif(not spans.MARKED.exists(), reason=f"{spans.MARKED.name} is not at hand")
def test_the_gate_of_detection() -> None:
    messages = spans.messages()
    guesses = api.guess_words([message["text"] for message in messages])
    measured = spans.Measured()
    for message, words in zip(messages, guesses, strict=True):
        redacted = spans.redactor(message).redact(message["text"], words)
        measured.add(message, spans.places(redacted))

    recalls = {kind: measured.recall(kind) for kind in LEAST}
    assert {kind: recall for kind, recall in recalls.items() if recall < LEAST[kind]} == {}
    assert measured.leak <= 0.04
    assert measured.clean > 1_000
    assert measured.false_alarm_rate <= 0.09

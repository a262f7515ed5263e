"""Taking one person out of a text that is others' as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from privacy.detection.people import KnownIdentity, KnownPeople

ERASED: Final = "[erased]"


def without_people(text: str, people: Sequence[KnownIdentity]) -> str:
    """The text with their names, addresses and numbers replaced by ERASED."""
    parts: list[str] = []
    end = 0
    for first, last in _places(text, people):
        parts += [text[end:first], ERASED]
        end = last
    return "".join([*parts, text[end:]])


def passages_about(text: str, people: Sequence[KnownIdentity]) -> list[str]:
    """What `without_people` would take out: each passage once, longer ones first, so that none is
    looked for after a part of it is gone."""
    found = {text[first:last] for first, last in _places(text, people)}
    return sorted(found, key=lambda passage: (-len(passage), passage))


def _places(text: str, people: Sequence[KnownIdentity]) -> list[tuple[int, int]]:
    """From where to where, in order; what overlaps is one."""
    places: list[tuple[int, int]] = []
    for span in sorted(KnownPeople(people).find(text), key=lambda span: (span.start, -span.end)):
        if places and span.start < places[-1][1]:
            places[-1] = (places[-1][0], max(places[-1][1], span.end))
        else:
            places.append((span.start, span.end))
    return places

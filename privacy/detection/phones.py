"""Telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from privacy.detection.spans import Kind, Span

FEWEST = 7
MOST_TRIES = 30
MOST_GROUPS = 8
_GROUP = re.compile(r"\(?\d+")
# Something that may be a number at all: the library is thorough and slow.
_CANDIDATE = re.compile(r"(?<![\w@])\+?\(?\d(?:[\s()/.\u00a0\u2010-\u2015-]{0,3}\d){6,16}(?!\w)")


def find(text: str, regions: tuple[str, ...]) -> Iterator[Span]:
    """Spans of valid numbers, international ones and those of `regions`."""
    for candidate in _CANDIDATE.finditer(text):
        for start, end in _numbers(candidate.group(), regions):
            yield Span(candidate.start() + start, candidate.start() + end, Kind.PHONE)


def _numbers(text: str, regions: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """The numbers in a run of digits. A number that others stand beside is looked for by leaving
    groups of digits out, fewest first."""
    for start, end in _parts(text):
        numbers = list(_valid_numbers(text[start:end], regions))
        for first, last in numbers:
            yield start + first, start + last
        if numbers:
            return


def _parts(text: str) -> Iterator[tuple[int, int]]:
    yield 0, len(text)
    groups = [match.span() for match in _GROUP.finditer(text)]
    if text.startswith(("+", "(+")):
        yield from ((0, end) for _start, end in reversed(groups[:-1]))
    elif len(groups) <= MOST_GROUPS:
        for length in range(len(groups) - 1, 0, -1):
            for first in range(len(groups) - length + 1):
                start, end = groups[first][0], groups[first + length - 1][1]
                if sum(map(str.isdigit, text[start:end])) >= FEWEST:
                    yield start, end


def _valid_numbers(text: str, regions: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for region in _worth_trying(text, regions):
        found = False
        for match in phonenumbers.PhoneNumberMatcher(
            text, region, phonenumbers.Leniency.VALID, MOST_TRIES
        ):
            found = True
            yield match.start, match.end
        if found:
            return


def _worth_trying(text: str, regions: tuple[str, ...]) -> tuple[str, ...]:
    """A number with a plus sign is read the same everywhere; 00 stands for it in most places."""
    if text.startswith(("+", "(+")):
        return ("ZZ",)
    return (*regions, "GB") if text.startswith("00") else regions

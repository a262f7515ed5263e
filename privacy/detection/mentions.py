"""What a found span says about whom, in a form that two texts share: for a blind index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from privacy.detection.people import PHONE_DIGITS, SHORTEST, fold, name_parts
from privacy.detection.spans import Kind, Span

MOST_PARTS = 6


class Trait(StrEnum):
    """By what a mention was recognised."""

    EMAIL = "e-mail"
    PHONE = "phone"
    NUMBER = "number"  # of a bank account, a state's or an order's
    NAME = "name"  # all of its words, in any order
    NAME_PART = "part of the name"


_NUMBERS = frozenset({Kind.IBAN, Kind.NATIONAL_ID, Kind.ORDER})


def of_span(text: str, span: Span) -> Iterator[tuple[Trait, str]]:
    """The traits of one span, normalised."""
    written = text[span.start : span.end]
    if span.kind is Kind.PERSON:
        yield from of_name(written)
    elif span.kind is Kind.EMAIL:
        yield Trait.EMAIL, fold(written.strip())
    elif span.kind is Kind.PHONE:
        yield from of_phone(written)
    elif span.kind in _NUMBERS:
        yield Trait.NUMBER, of_number(written)


def of_name(written: str) -> Iterator[tuple[Trait, str]]:
    parts = sorted(name_parts(written))[:MOST_PARTS]
    if len(parts) > 1:
        yield Trait.NAME, " ".join(parts)
    for part in parts:
        if len(part) >= SHORTEST:
            yield Trait.NAME_PART, part


def of_phone(written: str) -> Iterator[tuple[Trait, str]]:
    """The last digits, which are the same with and without a country's code."""
    digits = "".join(filter(str.isdigit, written))
    if len(digits) >= PHONE_DIGITS:
        yield Trait.PHONE, digits[-PHONE_DIGITS:]


def of_number(written: str) -> str:
    return "".join(filter(str.isalnum, written)).upper()


def of_person(
    *, names: Iterable[str], emails: Iterable[str], phones: Iterable[str], numbers: Iterable[str]
) -> Iterator[tuple[Trait, str]]:
    """The traits by which a person may have been mentioned."""
    for name in names:
        yield from of_name(name)
    for email in emails:
        yield Trait.EMAIL, fold(email.strip())
    for phone in phones:
        yield from of_phone(phone)
    for number in numbers:
        yield Trait.NUMBER, of_number(number)

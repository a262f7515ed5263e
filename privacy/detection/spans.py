"""Where in a text something personal stands, and what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a span is; the value is the word in its placeholder."""

    PERSON = "person"
    EMAIL = "e-mail"
    PHONE = "phone"
    IBAN = "bank account"
    CARD = "card"
    IP = "network address"
    NATIONAL_ID = "national id"
    BIRTH_DATE = "date of birth"
    ADDRESS = "address"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]`. `number` tells the people of a conversation apart, from 1; 0 for the
    kinds that are not told apart."""

    start: int
    end: int
    kind: Kind
    number: int = 0

    @property
    def placeholder(self) -> str:
        return f"[{self.kind} {self.number}]" if self.number else f"[{self.kind}]"


def unite(spans: Iterable[Span], *, apart_from: Sequence[Span] = ()) -> list[Span]:
    """Spans in order, none overlapping, covering all that the given ones cover but `apart_from`.

    Of two that overlap the one given first wins; what sticks out of the other is kept as well, so
    that a wrong guess never uncovers anything.
    """
    spans = list(spans)
    covered = bytearray(max((span.end for span in (*spans, *apart_from)), default=0))
    for span in apart_from:
        covered[span.start : span.end] = b"\x01" * (span.end - span.start)
    kept = []
    for span in spans:
        for start, end in _gaps(covered, span.start, span.end):
            kept.append(Span(start, end, span.kind, span.number))
        covered[span.start : span.end] = b"\x01" * (span.end - span.start)
    return _touching_joined(sorted(kept, key=lambda span: span.start))


def _gaps(covered: bytearray, start: int, end: int) -> Iterator[tuple[int, int]]:
    while (free := covered.find(0, start, end)) >= 0:
        taken = covered.find(1, free, end)
        start = end if taken < 0 else taken
        yield free, start


def _touching_joined(spans: Iterable[Span]) -> list[Span]:
    """One span for neighbours of a kind with nothing between them."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and (last.end, last.kind, last.number) == (span.start, span.kind, span.number):
            joined[-1] = Span(last.start, span.end, span.kind, span.number)
        else:
            joined.append(span)
    return joined

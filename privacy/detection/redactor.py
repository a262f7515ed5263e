"""Text with what is personal replaced by placeholders that say what stood there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from privacy.detection import cues, orders, patterns, strangers
from privacy.detection.brands import Brands
from privacy.detection.model import Word
from privacy.detection.people import KnownIdentity, KnownPeople, Strangers
from privacy.detection.spans import Kind, Span, unite

_PLACEHOLDER = re.compile(
    "|".join(rf"\[{re.escape(kind)}(?: \d+)?\]" for kind in sorted(Kind, key=len, reverse=True))
)


@dataclass(frozen=True, slots=True)
class Redacted:
    """`spans` are places in the original text, in order and not overlapping."""

    text: str
    spans: tuple[Span, ...]


class Redactor:
    """Redacts the texts of one conversation: a person has the same number in all of them."""

    def __init__(
        self,
        people: Sequence[KnownIdentity] = (),
        regions: Iterable[str] = (),
        order_pattern: str | None = None,
        brands: Iterable[str] = (),
    ) -> None:
        """`regions`: see `patterns.find`. `order_pattern`: a regular expression for the
        organisation's own order numbers. `brands`: names that are nobody's."""
        self._people = KnownPeople(people)
        self._known = len(people)
        self._strangers = Strangers(self._known)
        self._regions = tuple(regions)
        self._orders = re.compile(order_pattern) if order_pattern else None
        self._brands = Brands(brands)

    def find(self, text: str, words: Sequence[Word] = ()) -> list[Span]:
        """All that is personal, united. Placeholders of an earlier redaction are left alone.
        `words`: what the model makes of the text; without them people nobody has introduced are
        missed."""
        earlier: list[Span] = []
        if "[" in text:
            earlier = [Span(m.start(), m.end(), Kind.ORDER) for m in _PLACEHOLDER.finditer(text)]
        return self._numbered(text, unite(self._layers(text, words), apart_from=earlier))

    def redact(self, text: str, words: Sequence[Word] = ()) -> Redacted:
        """Idempotent: what one pass uncovers (a word that stood glued to a number, say) is
        redacted by the next, until nothing is found."""
        spans: list[Span] = []
        shown = text
        while found := self.find(shown, () if spans else words):
            spans = unite([*spans, *_mapped(found, spans)])
            shown = _replaced(text, spans)
        return Redacted(shown, tuple(spans))

    def show(self, text: str, spans: Iterable[Span]) -> Redacted:
        """The text with what an earlier pass found (numbers left aside) and, since they may be
        known better by now, the conversation's own people replaced."""
        places = unite(
            [Span(span.start, span.end, span.kind) for span in spans if span.end <= len(text)]
        )
        known = [self._people.numbered(text, span) for span in places]
        united = self._numbered(text, unite([*known, *self._people.find(text)]))
        return Redacted(_replaced(text, united), tuple(united))

    def is_stranger(self, text: str, span: Span) -> bool:
        """Whether a numbered span is about somebody else than the people of the conversation, or
        about somebody else as well, such as a companion of the same family name."""
        if span.kind is Kind.PERSON:
            written = text[span.start : span.end]
            return span.number > self._known or not self._people.covers(written)
        return not self._people.own(text, span)

    def _layers(self, text: str, words: Sequence[Word]) -> Iterator[Span]:
        yield from patterns.find(text, self._regions)
        yield from self._people.find(text)
        if self._orders:
            for match in self._orders.finditer(text):
                yield Span(match.start(), match.end(), Kind.ORDER)
        yield from orders.find(text)
        guesses = [*cues.find(text), *strangers.spans(text, words)]
        yield from self._brands.left_out(text, guesses)

    def _numbered(self, text: str, spans: list[Span]) -> list[Span]:
        """Strangers get numbers of their own, the same one in every text."""
        return [
            Span(
                span.start, span.end, span.kind, self._strangers.number(text[span.start : span.end])
            )
            if span.kind is Kind.PERSON and not span.number
            else span
            for span in spans
        ]


def _replaced(text: str, spans: Iterable[Span]) -> str:
    parts: list[str] = []
    end = 0
    for span in spans:
        parts += [text[end : span.start], span.placeholder]
        end = span.end
    return "".join([*parts, text[end:]])


def _mapped(found: Iterable[Span], replaced: Sequence[Span]) -> Iterator[Span]:
    """Places in the text with placeholders as places in the original. Both come in order."""
    shift = next_one = 0
    for span in found:
        while next_one < len(replaced):
            earlier = replaced[next_one]
            grown = len(earlier.placeholder) - (earlier.end - earlier.start)
            if earlier.end + shift + grown > span.start:
                break
            shift, next_one = shift + grown, next_one + 1
        yield Span(span.start - shift, span.end - shift, span.kind, span.number)

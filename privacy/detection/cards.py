"""Payment cards are not kept: numbers and security codes go before a text is stored."""

from __future__ import annotations

import re

from privacy.detection.patterns import cards
from privacy.detection.spans import Kind, Span, unite

_MASK = f"[{Kind.CARD}]"
# Most texts hold no three digits together, and so neither a card's number nor its code.
_THREE = re.compile(r"\d[ -]?\d[ -]?\d")
_MAYBE = re.compile(r"\d(?:[ -]?\d){11}")
# One of these stands in every name that `_CODE` knows.
_CODE_STEMS = ("cvc", "cvv", "csc", "code", "prüf", "pruf", "cryptogramme")
_CODE = re.compile(
    r"(?<!\w)(?:cvc2?|cvv2?|csc|security code|card code|kartenpr[üu]fnummer"
    r"|pr[üu]f(?:nummer|ziffer)|sicherheitscode|veiligheidscode|beveiligingscode"
    r"|cryptogramme(?: visuel)?|code de s[ée]curit[ée])(?!\w)[^\d\n]{0,20}(\d{3,4})(?!\d)",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """The text without card numbers and their security codes. Idempotent."""
    if not _THREE.search(text):
        return text
    spans: list[Span] = []
    if _MAYBE.search(text):
        spans += cards(text)
    folded = text.casefold()
    if any(stem in folded for stem in _CODE_STEMS):
        spans += [Span(*match.span(1), Kind.CARD) for match in _CODE.finditer(text)]
    if not spans:
        return text
    for span in reversed(unite(spans)):
        text = text[: span.start] + _MASK + text[span.end :]
    return text

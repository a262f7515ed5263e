"""Numbers of orders, invoices and the like: personal, because they lead to a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from privacy.detection.spans import Kind, Span

FEWEST_DIGITS = 5
# A word for an order, perhaps one for a number, then something with digits.
_AFTER_A_WORD = re.compile(
    r"(?<!\w)(?:order(?:s|ed)?|invoice|booking|reference|ref|customer|bestellung|bestell|auftrags?"
    r"|rechnungs?|artikel|kunden|referenz|vorgangs?|ticket|bestelling|bestel|factuur|klant|artikel"
    r"|order|commande|facture|dossier|client|r[ée]f[ée]rence|sku|produkt|receipt)"
    r"[\s.-]{0,2}(?:number|no|nr|nummer|num[ée]ro|n°|code|id)?\.?(?:\s(?:is|ist|lautet|est))?"
    r"[\s:#*-]{0,4}"
    r"((?:[A-Z]{1,4}-?)?(?:\d[\dA-Z-]{3,18}))(?!\w)",
    re.IGNORECASE,
)
# Forms that few other numbers have: #214427, W7955686, ORD-3351334, INV-2025-9449, C27K77414.
_BY_FORM = re.compile(
    r"(?<![\w&/=?.-])(?:#\d{6,12}|[A-Z]{1,4}-?\d{6,12}|[A-Z]{2,4}-\d{4}-\d{3,8}|[A-Z]\d{2}[A-Z]\d{5})"
    r"(?![\w-])"
)


def pattern_of(forms: Iterable[str]) -> str | None:
    """A regular expression for numbers in these forms: 9 is a digit, A a letter, everything else
    stands for itself. None without any."""
    alternatives = sorted({_form(form.strip()) for form in forms if form.strip()}, reverse=True)
    return rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)" if alternatives else None


def _form(form: str) -> str:
    signs = {"9": r"\d", "A": "[A-Za-z]"}
    return "".join(signs.get(character) or re.escape(character) for character in form)


def find(text: str) -> Iterator[Span]:
    for match in _BY_FORM.finditer(text):
        yield Span(match.start(), match.end(), Kind.ORDER)
    for match in _AFTER_A_WORD.finditer(text):
        if sum(map(str.isdigit, match.group(1))) >= FEWEST_DIGITS:
            yield Span(match.start(1), match.end(1), Kind.ORDER)

"""Numbers that states give to people, recognised by their check digits and the words around."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

from privacy.detection.spans import Kind, Span
from privacy.detection.words import NATIONAL_ID

# Form of the number, module of python-stdnum that checks it, and whether form and check digits
# are so particular that no word beside it is needed.
_FORMS: tuple[tuple[str, str, bool], ...] = (
    (r"[12]\s?\d{2}\s?\d{2}\s?(?:\d{2}|2[AB])\s?\d{3}\s?\d{3}\s?\d{2}", "fr.nir", True),
    (r"756[.\s]?\d{4}[.\s]?\d{4}[.\s]?\d{2}", "ch.ssn", True),
    (r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", "it.codicefiscale", True),
    (r"\d{6}[-+A]\d{3}[0-9A-Y]", "fi.hetu", True),
    (r"\d{8}[-\s]?[A-HJ-NP-TV-Z]", "es.dni", True),
    (r"[XYZ][-\s]?\d{7}[-\s]?[A-HJ-NP-TV-Z]", "es.nie", True),
    (r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", "be.nn", True),
    (r"\d{3}\.\d{3}\.\d{3}-\d{2}", "br.cpf", True),
    (r"\d{3}-\d{2}-\d{4}", "us.ssn", True),
    (r"\d{7}[A-W][A-IW]?", "ie.pps", False),
    (r"\d{2}\s?\d{3}\s?\d{3}\s?\d{3}", "de.idnr", False),
    (r"\d{4}[.\s]?\d{2}[.\s]?\d{3}", "nl.bsn", False),
    (r"\d{3}[.\s]?\d{3}[.\s]?\d{3}", "nl.bsn", False),
    (r"\d{4}\s?\d{6}", "at.vnr", False),
    (r"\d{11}", "pl.pesel", False),
    (r"\d{11}", "be.nn", False),
    (r"\d{9}", "pt.nif", False),
    (r"(?:19|20)?\d{6}[-+]?\d{4}", "se.personnummer", False),
    (r"\d{6}-?\d{4}", "dk.cpr", False),
)
# Great Britain's has no check digits, but its letters are few.
_NINO = r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]"

_COMPILED = [
    (re.compile(rf"(?<![\w.+-]){form}(?![\w-])", re.IGNORECASE), module, alone)
    for form, module, alone in _FORMS
]
_NINO_FORM = re.compile(rf"(?<!\w){_NINO}(?!\w)", re.IGNORECASE)
_CUE = re.compile(NATIONAL_ID, re.IGNORECASE)
# After such a word, whatever has six digits or more and no gap wider than a separator.
_ANYTHING = re.compile(
    r"(?<!\w)(?=(?:[^\d\n]{0,6}\d){6})(?:[A-Z]{1,2}\s)?[A-Z]{0,6}\d[\dA-Z]*"
    r"(?:[ ./-][\dA-Z]*\d[\dA-Z]*){0,6}(?:\s[A-Z])?(?!\w)",
    re.IGNORECASE,
)
_REACH = 60


@cache
def _validator(module: str) -> Callable[[str], bool]:
    check: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    return check


def find(text: str) -> Iterator[Span]:
    """Spans of national ids. The text must hold six digits, or nothing is worth looking at."""
    cues = [match.end() for match in _CUE.finditer(text)]
    for match in _NINO_FORM.finditer(text):
        yield Span(match.start(), match.end(), Kind.NATIONAL_ID)
    for pattern, module, alone in _COMPILED:
        if not (alone or cues):
            continue
        for match in pattern.finditer(text):
            near = alone or _near(match, cues)
            if near and _validator(module)(match.group()):
                yield Span(match.start(), match.end(), Kind.NATIONAL_ID)
    for cue in cues:
        if anything := _ANYTHING.search(text, cue, cue + _REACH):
            yield Span(anything.start(), anything.end(), Kind.NATIONAL_ID)


def _near(match: re.Match[str], cues: list[int]) -> bool:
    return any(abs(match.start() - cue) <= _REACH for cue in cues)

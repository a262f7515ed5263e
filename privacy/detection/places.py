"""Postal addresses in the forms of a few countries: street, number, code and town."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy.detection.spans import Kind, Span

_CAP = r"[A-ZÀ-ÖØ-Þ][\w'’.-]*"
_NUMBER = r"\d{1,4}\s?[a-zA-Z]?(?:\s?[-/]\s?\d{1,4}\s?[a-zA-Z]?)?"
_CODE = r"(?:[A-Z]{1,2}-)?\d{4,5}(?:\s?[A-Z]{2}(?!\w))?"
_UK_CODE = r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}"
_US_CODE = r"[A-Z]{2}\s\d{5}(?:-\d{4})?"
_NAME = r"[A-ZÀ-ÖØ-Þ][\w'’-]*(?:\.(?=\s[A-ZÀ-ÖØ-Þ]))?"
_TOWN = rf"{_NAME}(?:[ -](?:[a-zà-ÿ]{{1,3}}\s)?{_NAME}){{0,3}}"
_GAP = r"(?:\s*,\s*|\s*\n\s*|\s+)"

# Oldesloer Strasse 79, 7806 Breitenhain; Mariatal 82, 8230 WINZENDORF; Keizersgracht 1, 1015 CJ …
_STREET_FIRST = re.compile(
    rf"(?<!\w){_CAP}(?:[ -][\w'’.]{{1,20}}){{0,4}}\s{_NUMBER}{_GAP}{_CODE}\s+{_TOWN}"
)
_STREETS = (
    r"(?i:stra(?:ße|sse|at)|str\.|gasse|weg|allee|platz|ring|ufer|laan|gracht|plein|kade|singel)"
)
# Passauer Strasse 33; Keizersgracht 12: without a code, only after a word for a street.
_STREET_ALONE = re.compile(
    rf"(?<!\w)(?:{_CAP}[ -]){{1,4}}{_STREETS}\s{_NUMBER}(?!\w)"
    rf"|(?<!\w)(?:{_CAP}[ -]){{0,3}}(?=[A-ZÀ-ÖØ-Þ])\w{{2,30}}?{_STREETS}\s{_NUMBER}(?!\w)"
)
# 12 Main Street, Leeds LS1 4AP; 4 Privet Drive; 1600 Elm Ave, Springfield, IL 62701
_ENGLISH_WORDS = (
    r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|court|ct|crescent|way|place|square|terrace"
    r"|gardens|grove|hill|row|boulevard|blvd|quay|mews)"
)
_NUMBER_FIRST = re.compile(
    rf"(?<!\w)\d{{1,5}}[a-zA-Z]?,?\s(?:{_CAP}\s){{1,4}}{_ENGLISH_WORDS}\b\.?"
    rf"(?:{_GAP}{_TOWN}){{0,2}}(?:{_GAP}(?:{_UK_CODE}|{_US_CODE}))?"
)
_UK = re.compile(
    rf"(?<!\w)\d{{1,5}}[a-zA-Z]?,?\s{_TOWN}(?:{_GAP}{_TOWN}){{1,2}}{_GAP}{_UK_CODE}(?!\w)"
)
# 12 rue de la Paix, 75002 Paris; 3 bis avenue Foch
_FRENCH = re.compile(
    r"(?<!\w)\d{1,4}(?:\s?(?:bis|ter|quater))?,?\s(?i:rue|avenue|av\.|boulevard|bd|place|chemin|all[ée]e"
    r"|impasse|quai|route|cours|square|passage)\s[\w'’ .-]{2,40}?"
    rf"(?:{_GAP}\d{{5}}\s+{_TOWN}|(?=[,;\n]|$))"
)
_CODE_AND_TOWN = re.compile(
    rf"(?<![\w#-])(?:\d{{4}}\s?[A-Z]{{2}}|[A-Z]{{1,2}}-\d{{4,5}})\s+{_TOWN}"
)

_FORMS = (_STREET_FIRST, _NUMBER_FIRST, _UK, _FRENCH, _STREET_ALONE, _CODE_AND_TOWN)


def find(text: str) -> Iterator[Span]:
    for form in _FORMS:
        for match in form.finditer(text):
            yield Span(match.start(), match.end(), Kind.ADDRESS)

"""Things with a form: addresses, accounts, cards, numbers. Each is checked where it can be."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from privacy.detection import national_ids, phones, places
from privacy.detection.spans import Kind, Span
from privacy.detection.words import BIRTH, MONTHS

_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]{1,200}"
_AT = r"(?:@|\s?[\[(](?:at|@)[\])]\s?)"
_EMAIL = re.compile(
    rf"(?<![\w.+-])(?=[\w.+'-]){_LOCAL}{_AT}[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}}", re.IGNORECASE
)
_V4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_V6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
MOST_CARD_GROUPS = 6
_DIGIT_GROUP = re.compile(r"\d+")
_DIGIT_GROUPS = re.compile(r"(?<![\w.,-])\d+(?:[ -]\d+)*(?![\w-])")
# How the big issuers' numbers begin, and how long they are.
_ISSUED = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[0-8]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|35\d{14}|6\d{11,18}"
)
_IBAN_START = re.compile(r"(?<!\w)[A-Z]{2}\d{2}[ .-]?[A-Z0-9]", re.IGNORECASE)
_NUMERIC = r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}"
_WRITTEN = (
    rf"\d{{1,2}}(?:st|nd|rd|th|\.|er)?\s+(?:of\s+|de\s+)?(?:{MONTHS})\.?,?\s+(?:de\s+)?\d{{2,4}}"
)
_AMERICAN = rf"(?:{MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{2,4}}"
_BIRTH = re.compile(
    rf"(?<!\w)(?:{BIRTH})(?!\w)[^\d\n]{{0,25}}?({_NUMERIC}|{_WRITTEN}|{_AMERICAN})", re.IGNORECASE
)

# ISO 13616: how long the account numbers of a country are.
_IBAN_COUNTRIES = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29
ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IS26 IT27 JO30 KW30 KZ20 LB28
LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24
SE24 SI19 SK24 SM27 TN24 TR26 UA29 VG24 XK20
"""
_IBAN_LENGTHS = {word[:2]: int(word[2:]) for word in _IBAN_COUNTRIES.split()}
_DIGITS = re.compile(r"\d")


def find(text: str, regions: tuple[str, ...]) -> Iterator[Span]:
    """Spans in the order in which they win over each other. `regions` are ISO 3166 codes of
    where numbers without a country code may belong."""
    if "@" in text or "at)" in text or "at]" in text:
        for match in _EMAIL.finditer(text):
            yield Span(match.start(), match.end(), Kind.EMAIL)
    if not _DIGITS.search(text):
        if "::" in text:
            yield from _addresses_of_networks(text)
        return
    yield from _ibans(text)
    yield from _addresses_of_networks(text)
    if _has_digits(text, 6):
        yield from national_ids.find(text)
        yield from cards(text)
    for match in _BIRTH.finditer(text):
        yield Span(match.start(1), match.end(1), Kind.BIRTH_DATE)
    yield from places.find(text)
    if _has_digits(text, phones.FEWEST):
        yield from phones.find(text, regions)


def _has_digits(text: str, least: int) -> bool:
    return sum(map(text.count, "0123456789")) >= least


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(match.group()[:2].upper())
        end = length and _end_after(text, match.start(), length)
        if end and _mod97(text[match.start() : end]):
            yield Span(match.start(), end, Kind.IBAN)


def _end_after(text: str, start: int, length: int) -> int | None:
    """Where `length` letters and digits from `start` on end, single separators apart."""
    taken, separators = 0, 0
    for position in range(start, len(text)):
        character = text[position]
        if character.isascii() and character.isalnum():
            taken, separators = taken + 1, 0
        elif character in " .-\u00a0" and not separators:
            separators = 1
        else:
            return None
        if taken == length:
            after = text[position + 1 : position + 2]
            return None if after.isalnum() else position + 1
    return None


def _mod97(iban: str) -> bool:
    """ISO 13616: the check digits make the number 1 modulo 97."""
    plain = "".join(character for character in iban.upper() if character.isalnum())
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _addresses_of_networks(text: str) -> Iterator[Span]:
    for pattern, parse in ((_V4, ipaddress.IPv4Address), (_V6, ipaddress.IPv6Address)):
        for match in pattern.finditer(text):
            try:
                parse(match.group())
            except ValueError:
                continue
            yield Span(match.start(), match.end(), Kind.IP)


def cards(text: str) -> Iterator[Span]:
    """In a run of groups of digits the card may stand between other numbers."""
    for run in _DIGIT_GROUPS.finditer(text):
        groups = [match.span() for match in _DIGIT_GROUP.finditer(text, run.start(), run.end())]
        for first, (start, _end) in enumerate(groups):
            for _start, end in groups[first : first + MOST_CARD_GROUPS]:
                digits = "".join(filter(str.isdigit, text[start:end]))
                if _ISSUED.fullmatch(digits) and luhn(digits):
                    yield Span(start, end, Kind.CARD)


def luhn(digits: str) -> bool:
    """ISO/IEC 7812: every second digit from the right is doubled, its digits added."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0

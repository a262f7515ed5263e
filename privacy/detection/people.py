"""The people a conversation is known to have: their names, addresses and numbers in the text.

Names are compared without case and diacritics, and with one slip of the finger.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from privacy.detection.spans import Kind, Span
from privacy.detection.words import COMMON_NAMES, PARTICLES

SHORTEST = 3
SHORTEST_FUZZY = 5
PHONE_DIGITS = 8
_TOKEN = re.compile(r"[^\W\d_]+")
_DIGIT_RUN = re.compile(r"\d(?:[\s()/.\u00a0-]{0,3}\d){6,18}")
_GAP = re.compile(r"[\s.,'’-]{0,3}(?:(?:[^\W\d_]{1,5})[\s'’]{1,2}){0,3}")
_INITIALS_REACH = 24
_INITIALS_BEFORE = re.compile(r"(?<!\w)(?:[^\W\d_](?:\. ?|[ -])){1,3}(?:[^\W\d_]{2,6} ){0,3}$")
_INITIAL_AFTER = re.compile(r" ([^\W\d_])(?:\.|(?!\w))")


class _Fold(dict[int, str]):
    """One character for one: lower case, without its diacritics."""

    def __missing__(self, code: int) -> str:
        base = unicodedata.normalize("NFD", chr(code))[0].lower()
        self[code] = folded = base if len(base) == 1 else chr(code)
        return folded


_FOLD = _Fold()


def fold(text: str) -> str:
    """Length-preserving, so that places in the folded text are places in the text."""
    return text.translate(_FOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIdentity:
    """What a helpdesk knows of a person. `name` as one string, in any order."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None


class KnownPeople:
    """Finds the people of one conversation. Cheap to make: one per conversation."""

    def __init__(self, people: Sequence[KnownIdentity]) -> None:
        self._names: dict[str, int] = {}
        self._fuzzy: dict[str, list[str]] = {}
        self._first_letters: dict[int, set[str]] = {}
        self._phones: set[str] = set()
        self._literals: list[tuple[str, Kind, int]] = []
        for number, person in enumerate(people, start=1):
            self._add(number, person)

    def _add(self, number: int, person: KnownIdentity) -> None:
        self._add_names(number, unicodedata.normalize("NFC", person.name or ""))
        if person.email:
            self._literals.append((fold(person.email.strip()), Kind.EMAIL, 0))
        digits = "".join(filter(str.isdigit, person.phone or ""))
        if len(digits) >= PHONE_DIGITS:
            self._phones.add(digits[-PHONE_DIGITS:])
        for line in (person.address or "").split(","):
            if len(line.strip()) > PHONE_DIGITS:
                self._literals.append((fold(line.strip()), Kind.ADDRESS, 0))

    def _add_names(self, number: int, name: str) -> None:
        parts = [fold(part) for part in _TOKEN.findall(name)]
        self._first_letters[number] = {part[0] for part in parts}
        for part in parts:
            if len(part) >= SHORTEST and part not in PARTICLES:
                self._add_name(part, number)
        for whole in (parts, [part for part in parts if part not in PARTICLES]):
            if len(whole) > 1:
                self._add_name("".join(whole), number)
                self._add_name(whole[-1] + "".join(whole[:-1]), number)

    def _add_name(self, name: str, number: int) -> None:
        self._names.setdefault(name, number)
        if len(name) >= SHORTEST_FUZZY and name not in COMMON_NAMES:
            self._fuzzy.setdefault(name[0], []).append(name)

    def find(self, text: str) -> Iterator[Span]:
        folded = fold(text)
        for literal, kind, number in self._literals:
            start = folded.find(literal) if literal else -1
            while start >= 0:
                yield Span(start, start + len(literal), kind, number)
                start = folded.find(literal, start + len(literal))
        if self._phones:
            yield from self._numbers(folded)
        if self._names:
            yield from self._joined(text, folded)

    def numbered(self, text: str, span: Span) -> Span:
        """The span of a person with their number, if it is one of these people."""
        if span.kind is not Kind.PERSON:
            return span
        written = text[span.start : span.end]
        found = next(self._joined(written, fold(written)), None) if self._names else None
        return Span(span.start, span.end, span.kind, found.number) if found else span

    def own(self, text: str, span: Span) -> bool:
        """Whether an address or a number is one of these people's."""
        written = fold(text[span.start : span.end])
        if span.kind is Kind.PHONE:
            return "".join(filter(str.isdigit, written))[-PHONE_DIGITS:] in self._phones
        return any(written == literal for literal, _, _ in self._literals)

    def covers(self, written: str) -> bool:
        """Whether a name is made of these people's names and initials only: `Anna Klein` is not
        covered by somebody who is called Klein as well."""
        letters = set().union(*self._first_letters.values()) if self._first_letters else set()
        return bool(self._names) and all(
            part in self._names
            or bool(self._misspelt(part))
            or (len(part) == 1 and part in letters)
            for part in name_parts(written)
        )

    def _numbers(self, folded: str) -> Iterator[Span]:
        for match in _DIGIT_RUN.finditer(folded):
            digits = "".join(filter(str.isdigit, match.group()))
            if digits[-PHONE_DIGITS:] in self._phones:
                yield Span(match.start(), match.end(), Kind.PHONE)

    def _words(self, folded: str) -> Iterator[Span]:
        for match in _TOKEN.finditer(folded):
            word = match.group()
            number = self._names.get(word) or self._names.get(self._misspelt(word), 0)
            if number:
                yield Span(match.start(), match.end(), Kind.PERSON, number)

    def _misspelt(self, word: str) -> str:
        """The name that `word` is one slip away from, or ''."""
        if len(word) < SHORTEST_FUZZY - 1:
            return ""
        for name in self._fuzzy.get(word[0], ()):
            if OSA.distance(word, name, score_cutoff=1) <= 1:
                return name
        return ""

    def _joined(self, text: str, folded: str) -> Iterator[Span]:
        """Neighbouring parts of one name as one span, with initials and particles between. An
        everyday word in small letters is a name only beside another part of the name."""
        group: list[Span] = []
        for word in self._words(folded):
            grown = self._with_initials(folded, word)
            if group and not self._goes_on(group[-1], grown, text):
                yield from self._accepted(group, text)
                group = []
            group.append(grown)
        if group:
            yield from self._accepted(group, text)

    def _goes_on(self, last: Span, word: Span, text: str) -> bool:
        return last.number == word.number and self._is_gap(text[last.end : word.start])

    @staticmethod
    def _accepted(group: list[Span], text: str) -> Iterator[Span]:
        start, end = group[0].start, group[-1].end
        written = text[start:end]
        if fold(written) in COMMON_NAMES and not written[0].isupper():
            return
        yield Span(start, end, Kind.PERSON, group[0].number)

    @staticmethod
    def _is_gap(between: str) -> bool:
        if "\n" in between or not _GAP.fullmatch(between):
            return False
        return all(word in PARTICLES or len(word) == 1 for word in _TOKEN.findall(fold(between)))

    def _with_initials(self, folded: str, word: Span) -> Span:
        """`J. Amsel`, `Juliane A.`: the person's own initials, where they stand as such."""
        letters = self._first_letters[word.number]
        start, end = word.start, word.end
        before = _INITIALS_BEFORE.search(folded[max(0, start - _INITIALS_REACH) : start])
        if before and set(_TOKEN.findall(before.group())) <= letters | PARTICLES:
            start -= len(before.group())
        after = _INITIAL_AFTER.match(folded, end)
        if after and after.group(1) in letters:
            end = after.end()
        return Span(start, end, Kind.PERSON, word.number)


class Strangers:
    """Tells people apart that nobody has introduced, by their names, across the texts of one
    conversation: `Anna Klein` and, later, `Anna` are one. Numbers go on after `known` people."""

    def __init__(self, known: int) -> None:
        self._known = known
        self._names: list[set[str]] = []

    def number(self, written: str) -> int:
        parts = set(name_parts(written))
        for place, name in enumerate(self._names):
            if parts <= name or name <= parts:
                self._names[place] = name | parts
                return self._known + place + 1
        self._names.append(parts)
        return self._known + len(self._names)


def name_parts(written: str) -> list[str]:
    """The words of a name, folded, without particles; all words if there is nothing else."""
    parts = [fold(part) for part in _TOKEN.findall(unicodedata.normalize("NFC", written))]
    return [part for part in parts if part not in PARTICLES] or parts or [fold(written)]

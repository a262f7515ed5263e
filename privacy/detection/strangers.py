"""What the model's guesses are worth: names and addresses of people a conversation does not know.

A guess counts when it is likely enough, when the words around make a name likely, and when it is
no everyday word and no brand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from privacy.detection import cues
from privacy.detection.model import Word
from privacy.detection.people import fold
from privacy.detection.spans import Kind, Span
from privacy.detection.words import COMPANY, NOT_NAMES, PARTICLES

PERSON = 0.5
PERSON_AFTER_A_CUE = 0.2
PERSON_BESIDE_ANOTHER = 0.2  # the surname beside a given name
ADDRESS = 0.6
_MONEY_AFTER = re.compile(r"[.,]\d\d(?!\d)| ?(?:[€£$%]|EUR\b)")
_GAP = re.compile(r"[ .'’-]{0,2}")
_COMPANY_AFTER = re.compile(rf"[ ,]{{1,2}}(?i:{COMPANY})\.?(?!\w)")
_AND_AFTER = re.compile(r"\s?&\s?(?=\w)")
_AND_BEFORE = re.compile(r"\w\s?&\s?$")


def spans(text: str, words: Sequence[Word]) -> list[Span]:
    """Spans of one text out of the model's words for it."""
    if not words:
        return []
    likely = cues.likely(text)
    kept = [word for word in words if _counts(text, word, likely)]
    kept += _neighbours(text, words, kept)
    kept.sort(key=lambda word: word.start)
    return [span for span in _joined(text, kept) if not _is_company(text, span)]


def _counts(text: str, word: Word, likely: set[int]) -> bool:
    written = text[word.start : word.end]
    if not any(character.isalnum() for character in written):
        return False
    if word.kind is Kind.ADDRESS:
        if fold(written) in NOT_NAMES or _is_sum(text, word):
            return False
        return word.likelihood >= ADDRESS
    if word.kind is not Kind.PERSON or not _may_be_a_name(written):
        return False
    least = PERSON_AFTER_A_CUE if word.start in likely else PERSON
    return word.likelihood >= least


def _is_sum(text: str, word: Word) -> bool:
    """The 149 of `€ 149` and of `149,90 €` is no house's number."""
    if not text[word.start : word.end].isdigit():
        return False
    sign = text[max(0, word.start - 2) : word.start].strip()[-1:]
    return bool((sign and sign in "€£$") or _MONEY_AFTER.match(text, word.end))


def _may_be_a_name(written: str) -> bool:
    return written.lower() not in NOT_NAMES and not any(map(str.isdigit, written))


def _neighbours(text: str, words: Sequence[Word], kept: Sequence[Word]) -> list[Word]:
    """The less likely words right beside a likely name."""
    taken = {word.start for word in kept}
    names = [word for word in kept if word.kind is Kind.PERSON]
    ends, starts = {word.end for word in names}, {word.start for word in names}
    return [
        word
        for word in words
        if word.start not in taken
        and word.kind is Kind.PERSON
        and word.likelihood >= PERSON_BESIDE_ANOTHER
        and _may_be_a_name(text[word.start : word.end])
        and (
            (word.start - 1 in ends and text[word.start - 1] in " -")
            or (word.end + 1 in starts and text[word.end] in " -")
        )
    ]


def _joined(text: str, words: Sequence[Word]) -> Iterator[Span]:
    """Neighbours of a kind as one span, particles between them included."""
    group: list[Word] = []
    for word in words:
        if group and not _goes_on(text, group[-1], word):
            yield Span(group[0].start, group[-1].end, group[0].kind)
            group = []
        group.append(word)
    if group:
        yield Span(group[0].start, group[-1].end, group[0].kind)


def _goes_on(text: str, last: Word, word: Word) -> bool:
    between = text[last.end : word.start]
    if last.kind is not word.kind or "\n" in between:
        return False
    if word.kind is Kind.ADDRESS:
        return len(between) <= 2  # noqa: PLR2004 - a comma and a space
    middle = re.findall(r"[^\W\d_]+", between)
    if middle:
        return len(between) < 16 and all(part.lower() in PARTICLES for part in middle)  # noqa: PLR2004 - van der
    return bool(_GAP.fullmatch(between))


def _is_company(text: str, span: Span) -> bool:
    """`Rose & Grace Ltd`, `Peek & Cloppenburg`."""
    return span.kind is Kind.PERSON and bool(
        _COMPANY_AFTER.match(text, span.end)
        or _AND_AFTER.match(text, span.end)
        or _AND_BEFORE.search(text, max(0, span.start - 20), span.start)
    )

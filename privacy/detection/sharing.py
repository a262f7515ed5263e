"""A text for one of the people in it: what is theirs stays, what is others' becomes a placeholder.

What identifies nobody by itself (an order number) stays. What could be anybody's (a bank account, a
date of birth) stays where the person wrote it, and goes where somebody else did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from privacy.detection.model import Word
from privacy.detection.people import KnownIdentity, KnownPeople
from privacy.detection.redactor import Redactor
from privacy.detection.spans import Kind, Span

AGENT: Final = "[agent]"
_NOBODYS = frozenset({Kind.ORDER})
_NAMED = frozenset({Kind.PERSON, Kind.EMAIL, Kind.PHONE})


@dataclass(frozen=True, slots=True)
class Part:
    """A text as the person may have it, and how many mentions of others were taken out, by what
    stands there instead."""

    text: str
    removed: Mapping[str, int]


class Sharer:
    """Shares the texts of one conversation with the person it is copied for.

    `own`: what the person is called, here and elsewhere. `redactor` knows the people of the
    conversation; `own_numbers` are the places in its list that are the person, counted from 1, and
    `agents` those who are agents.
    """

    def __init__(
        self,
        own: Sequence[KnownIdentity],
        redactor: Redactor,
        *,
        own_numbers: Iterable[int] = (),
        agents: Iterable[int] = (),
        agent_identities: Sequence[KnownIdentity] = (),
    ) -> None:
        self._own = KnownPeople(own)
        self._redactor = redactor
        self._own_numbers = frozenset(own_numbers)
        self._agents = frozenset(agents)
        self._agent_people = KnownPeople(agent_identities)
        self._persons: dict[int, int] = {}

    def share(self, text: str, spans: Iterable[Span], *, is_own: bool) -> Part:
        """`spans`: what the whole detector found; `is_own`: whether the person wrote the text."""
        return self._replaced(text, self._redactor.show(text, spans).spans, is_own=is_own)

    def read(self, text: str, words: Sequence[Word], *, is_own: bool) -> Part:
        """As `share`, for a text that nobody has read yet; `words` are the model's."""
        return self._replaced(text, self._redactor.redact(text, words).spans, is_own=is_own)

    def _replaced(self, text: str, spans: Iterable[Span], *, is_own: bool) -> Part:
        parts: list[str] = []
        removed: Counter[str] = Counter()
        end = 0
        for span in spans:
            if self._stays(text, span, is_own=is_own):
                continue
            placeholder = self._placeholder(text, span)
            removed[placeholder] += 1
            parts += [text[end : span.start], placeholder]
            end = span.end
        return Part("".join([*parts, text[end:]]), removed)

    def _stays(self, text: str, span: Span, *, is_own: bool) -> bool:
        if span.kind in _NOBODYS or (is_own and span.kind not in _NAMED):
            return True
        if span.kind is Kind.PERSON:
            return self._own.covers(text[span.start : span.end])
        return self._own.own(text, span)

    def _placeholder(self, text: str, span: Span) -> str:
        if span.number in self._agents or (
            span.kind is not Kind.PERSON and self._agent_people.own(text, span)
        ):
            return AGENT
        if span.kind is not Kind.PERSON:
            return span.placeholder
        return f"[{Kind.PERSON} {self._number(span.number)}]"

    def _number(self, number: int) -> int:
        """Others are counted from 1, as they appear; somebody who shares the person's name is
        another one."""
        key = -1 if number in self._own_numbers else number
        return self._persons.setdefault(key, len(self._persons) + 1)

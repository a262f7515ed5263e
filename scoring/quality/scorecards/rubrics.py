"""A scorecard's version as one frozen tree, from its groups down to its root causes. Pure.

The same tree is what a page shows, what a file or a request is read into, and what is written back,
so that a rubric has one shape wherever it is met.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from scoring.quality.arithmetic import AutoFail, Mode, Scale

SCORED = "scored"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFacts:
    """What conditions ask of a conversation. `teams`: the reviewed agent's at the time, if any;
    of everybody who may still be chosen, as long as nobody is."""

    channel: str
    language: str = ""
    tags: frozenset[str] = frozenset()
    teams: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """When it applies. What is empty asks for nothing; of what is listed, one is enough."""

    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    teams: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.channels or self.languages or self.tags or self.teams)

    def fit(self, facts: ConversationFacts) -> bool:
        """Languages are compared by their first part, too: `de` fits a conversation in `de-AT`."""
        spoken = {facts.language.lower(), facts.language.lower().partition("-")[0]}
        return (
            (not self.channels or facts.channel in self.channels)
            and (not self.languages or any(wanted.lower() in spoken for wanted in self.languages))
            and (not self.tags or not facts.tags.isdisjoint(self.tags))
            and (not self.teams or not facts.teams.isdisjoint(self.teams))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricCause:
    name: str
    id: int = 0
    key: UUID = field(default_factory=uuid.uuid4)
    children: tuple[RubricCause, ...] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, RubricCause]]:
        """Itself and all below it, with how deep each stands."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricCategory:
    name: str
    id: int = 0
    key: UUID = field(default_factory=uuid.uuid4)
    description: str = ""
    good_example: str = ""
    bad_example: str = ""
    kind: str = SCORED
    scale: str = Scale.BINARY
    weight: int = 10
    allows_na: bool = True
    auto_fail: str = AutoFail.NONE
    low_needs_comment: bool = False
    low_needs_cause: bool = False
    conditions: Conditions = Conditions()
    causes: tuple[RubricCause, ...] = ()

    @property
    def is_scored(self) -> bool:
        return self.kind == SCORED

    def all_causes(self) -> Iterator[tuple[int, RubricCause]]:
        """Every cause with its depth, parents before their children."""
        for cause in self.causes:
            yield from cause.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricGroup:
    name: str
    id: int = 0
    key: UUID = field(default_factory=uuid.uuid4)
    weight: int = 0
    is_bonus: bool = False
    categories: tuple[RubricCategory, ...] = ()

    @property
    def scored(self) -> tuple[RubricCategory, ...]:
        return tuple(category for category in self.categories if category.is_scored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """`version_id` is 0 for a rubric that is not stored."""

    mode: str = Mode.WEIGHTED
    pass_mark: Decimal = Decimal(80)
    reviewee_rule: str = "most_active"
    conditions: Conditions = Conditions()
    groups: tuple[RubricGroup, ...] = ()
    version_id: int = 0

    def categories(self) -> Iterator[RubricCategory]:
        for group in self.groups:
            yield from group.categories

    def category(self, key: UUID) -> RubricCategory | None:
        return next((found for found in self.categories() if found.key == key), None)

    def for_conversation(self, facts: ConversationFacts) -> Rubric:
        """Without the categories whose conditions do not fit, and without groups left empty."""
        groups = (
            replace(group, categories=tuple(c for c in group.categories if c.conditions.fit(facts)))
            for group in self.groups
        )
        return replace(self, groups=tuple(group for group in groups if group.categories))

    def with_new_keys(self) -> Rubric:
        """The same rubric as another scorecard's: nothing of it is followed over time together."""
        return replace(self, version_id=0, groups=tuple(map(_renewed_group, self.groups)))


def _renewed_group(group: RubricGroup) -> RubricGroup:
    categories = (
        replace(
            category, id=0, key=uuid.uuid4(), causes=tuple(map(_renewed_cause, category.causes))
        )
        for category in group.categories
    )
    return replace(group, id=0, key=uuid.uuid4(), categories=tuple(categories))


def _renewed_cause(cause: RubricCause) -> RubricCause:
    return replace(
        cause, id=0, key=uuid.uuid4(), children=tuple(map(_renewed_cause, cause.children))
    )

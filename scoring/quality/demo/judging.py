"""How the demo's reviewers judge: made up, but the same every time. Pure.

Agents differ, the chat is hurried, and everybody gets a little better from week to week.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from uuid import UUID

from scoring.quality.arithmetic import TOPS, Scale, is_low
from scoring.quality.scorecards.rubrics import Rubric, RubricCategory

_SKILL_FROM, _SKILL_STEPS = 0.66, 7
_WEEKLY_GAIN = 0.012
_BEST = 0.87
_HURRY = {"chat": -0.06, "messaging": -0.04, "phone": -0.02}
_LEFT_OUT = 0.07
_COMMENTED = 0.25
_LOW = (
    "The second question stayed unanswered, so the customer had to write again.",
    "The steps are right, but they come after a long paragraph about our policy.",
    "Please confirm in one sentence what was agreed before closing.",
    "The tone turns short once the customer asks again. A sentence of sympathy would have helped.",
)
_HIGH = (
    "Clear, kind and to the point.",
    "A good example for newcomers: question, answer, next step.",
    "The summary at the end saved the customer another message.",
)
_TEXTS = ("Delivery", "Refund", "A change of a booking", "Something was broken")


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer to one category; `cause` is its root cause, where one was named."""

    category: RubricCategory
    value: int | None
    is_na: bool
    comment: str
    cause: UUID | None = None


def judge(
    rubric: Rubric, *, agent: int, week: int, channel: str, strictness: float, rng: Random
) -> list[Judgement]:
    """Answers to every category of the rubric. `agent` counts from 0, `week` from the first."""
    skill = _SKILL_FROM + 0.3 * (agent * 3 % _SKILL_STEPS) / _SKILL_STEPS
    skill += week * _WEEKLY_GAIN + _HURRY.get(channel, 0.0) - strictness
    skill = min(skill, _BEST)
    return [_answer(category, skill, rng) for category in rubric.categories()]


def _answer(category: RubricCategory, skill: float, rng: Random) -> Judgement:
    if category.kind == "text":
        return Judgement(category, None, is_na=False, comment=rng.choice(_TEXTS))
    if category.allows_na and rng.random() < _LEFT_OUT:
        return Judgement(category, None, is_na=True, comment="")
    scale = Scale(category.scale)
    # What fails a whole review is rarely got wrong.
    ease = 0.12 if category.auto_fail != "none" else 0.0
    value = sum(rng.random() < skill + ease for _ in range(TOPS[scale]))
    low = is_low(value, scale)
    comment = ""
    if (low and category.low_needs_comment) or rng.random() < _COMMENTED:
        comment = rng.choice(_LOW if low else _HIGH)
    cause = None
    if low and category.causes:
        cause = rng.choice([found.key for _depth, found in category.all_causes()])
    return Judgement(category, value, is_na=False, comment=comment, cause=cause)

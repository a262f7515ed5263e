"""Which conversations a cycle picks. Pure; the same seed and the same candidates give the same
picks, in whatever order they come.

Every candidate draws a number of its own from the seed, and the lowest numbers are picked. So a
candidate that is added or taken away moves at most its own place, and replacing a pick means
drawing on: the next lowest number.

- RANDOM: for each reviewee the lowest numbers. Every one of their conversations has the same
  chance.
- STRATIFIED: each reviewee's share is spread over the channels in proportion to their
  conversations, fractions rounded up or down at random (systematic sampling, so that every
  conversation still has the same chance), and within a channel the lowest numbers are picked.
- OUTLIERS: what lies far from the median of all candidates in replies, in time to solution or in
  reopenings, the three in turn, the furthest first. A targeted sample.
- LOW_CSAT: every conversation that was rated badly last. A targeted sample.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import zip_longest
from math import ceil
from statistics import median

UNUSUAL = 2.0  # times the median, from which on a conversation is an outlier
_SPACE = 2**64


class Method(StrEnum):
    RANDOM = "random"
    STRATIFIED = "stratified"
    OUTLIERS = "outliers"
    LOW_CSAT = "low_csat"


RANDOM_METHODS = frozenset({Method.RANDOM, Method.STRATIFIED})


class Why(StrEnum):
    RANDOM = "random"
    STRATUM = "stratum"
    LONG = "long"
    SLOW = "slow"
    REOPENED = "reopened"
    LOW_CSAT = "low_csat"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A conversation in which a reviewee took part. `seconds`: from its beginning to its
    solution, None while unsolved."""

    ticket_id: int
    reviewee_id: int
    channel: str
    replies: int = 0
    seconds: float | None = None
    reopens: int = 0
    is_rated_badly: bool = False


@dataclass(frozen=True, slots=True)
class Draw:
    """A picked candidate and why. `times`: how many times the usual, of outliers."""

    candidate: Candidate
    why: Why
    stratum: str = ""
    times: float | None = None


def number_of(seed: int, *ids: int) -> int:
    """The number, below 2**64, that something draws: the same for the same seed and ids."""
    text = ",".join(map(str, (seed, *ids)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def draw(
    candidates: Iterable[Candidate], *, method: Method, goals: Mapping[int, int], seed: int
) -> list[Draw]:
    """At most `goals[reviewee]` picks for each reviewee, none for whom there is no goal; of
    LOW_CSAT all there are. A conversation is picked once, for whoever comes first by number."""
    wanted = {(c.ticket_id, c.reviewee_id): c for c in candidates if goals.get(c.reviewee_id)}
    ranked = ranking(wanted.values(), method=method, goals=goals, seed=seed)
    taken: set[int] = set()
    picks = []
    for reviewee_id in sorted(ranked, key=lambda key: number_of(seed, key)):
        free = [pick for pick in ranked[reviewee_id] if pick.candidate.ticket_id not in taken]
        picked = free if method == Method.LOW_CSAT else free[: goals[reviewee_id]]
        taken.update(pick.candidate.ticket_id for pick in picked)
        picks += picked
    return picks


def ranking(
    candidates: Iterable[Candidate], *, method: Method, goals: Mapping[int, int], seed: int
) -> dict[int, list[Draw]]:
    """Every reviewee's candidates in the order in which they are picked."""
    every = sorted(candidates, key=lambda c: (c.ticket_id, c.reviewee_id))
    if method == Method.OUTLIERS:
        return _outliers(every, seed)
    mine: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in every:
        if method != Method.LOW_CSAT or candidate.is_rated_badly:
            mine[candidate.reviewee_id].append(candidate)
    ranked = {}
    for reviewee_id, found in mine.items():
        found.sort(key=_by_number(seed))
        if method == Method.STRATIFIED:
            ranked[reviewee_id] = _stratified(found, goals.get(reviewee_id, 0), seed)
        else:
            why = Why.LOW_CSAT if method == Method.LOW_CSAT else Why.RANDOM
            ranked[reviewee_id] = [Draw(candidate, why) for candidate in found]
    return ranked


def _by_number(seed: int) -> Callable[[Candidate], int]:
    return lambda candidate: number_of(seed, candidate.ticket_id, candidate.reviewee_id)


def _stratified(found: Sequence[Candidate], goal: int, seed: int) -> list[Draw]:
    """First each channel's share, then the rest. `found` is in the order of its numbers."""
    strata: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in found:
        strata[candidate.channel].append(candidate)
    start = Fraction(number_of(seed, found[0].reviewee_id), _SPACE)
    shares = spread({name: len(rows) for name, rows in strata.items()}, goal, start)
    first = [c for name, rows in sorted(strata.items()) for c in rows[: shares[name]]]
    chosen = set(map(id, first))
    rest = [candidate for candidate in found if id(candidate) not in chosen]
    return [Draw(candidate, Why.STRATUM, stratum=candidate.channel) for candidate in first + rest]


def spread(sizes: Mapping[str, int], total: int, start: Fraction) -> dict[str, int]:
    """`total` places over strata in proportion to their sizes, each share rounded down or up.

    Marks lie `size / total` apart along all strata in a row, beginning at `start` (from 0 to below
    1) of that distance; a stratum gets as many places as marks. Never more than its size.
    """
    every = sum(sizes.values())
    total = min(total, every)
    shares, given, below = {}, 0, 0
    for name in sorted(sizes):
        below += sizes[name]
        marks = max(0, ceil(Fraction(below * total, every) - start)) if every else 0
        shares[name] = marks - given
        given = marks
    return shares


@dataclass(frozen=True, slots=True)
class Usual:
    """The medians that outliers are measured against."""

    replies: float
    seconds: float
    reopens: float

    def times(self, candidate: Candidate) -> dict[Why, float]:
        """How many times the usual a candidate is, where that is unusual. Reopenings are usually
        none; then their number stands for the times."""
        found: dict[Why, float] = {}
        if self.replies and candidate.replies >= UNUSUAL * self.replies:
            found[Why.LONG] = candidate.replies / self.replies
        if candidate.seconds and self.seconds and candidate.seconds >= UNUSUAL * self.seconds:
            found[Why.SLOW] = candidate.seconds / self.seconds
        if candidate.reopens > self.reopens:
            found[Why.REOPENED] = candidate.reopens / max(1.0, self.reopens)
        return found


def usual(candidates: Sequence[Candidate]) -> Usual:
    """Of distinct conversations, however many took part in them."""
    once = list({candidate.ticket_id: candidate for candidate in candidates}.values())
    seconds = [c.seconds for c in once if c.seconds is not None]
    return Usual(
        replies=median([c.replies for c in once] or [0]),
        seconds=median(seconds or [0]),
        reopens=median([c.reopens for c in once] or [0]),
    )


def _outliers(every: Sequence[Candidate], seed: int) -> dict[int, list[Draw]]:
    middle = usual(every)
    kinds: dict[int, dict[Why, list[Draw]]] = defaultdict(lambda: defaultdict(list))
    for candidate in every:
        for why, times in middle.times(candidate).items():
            kinds[candidate.reviewee_id][why].append(Draw(candidate, why, times=times))
    return {key: list(_in_turn(found, seed)) for key, found in kinds.items()}


def _in_turn(found: Mapping[Why, list[Draw]], seed: int) -> Iterator[Draw]:
    """The furthest of each kind, then the next of each; each conversation once."""
    number = _by_number(seed)
    rows = [
        sorted(found.get(why, []), key=lambda d: (-(d.times or 0), number(d.candidate)))
        for why in (Why.LONG, Why.SLOW, Why.REOPENED)
    ]
    seen: set[int] = set()
    for turn in zip_longest(*rows):
        for pick in turn:
            if pick is not None and pick.candidate.ticket_id not in seen:
                seen.add(pick.candidate.ticket_id)
                yield pick


def share_out(total: int, available: Mapping[int, int], seed: int) -> dict[int, int]:
    """`total` reviews over reviewees, as even as what is available allows: nobody gets two more
    than somebody who still has conversations left."""
    goals = dict.fromkeys(available, 0)
    order = sorted(available, key=lambda key: number_of(seed, key))
    while total > 0:
        open_ = [key for key in order if goals[key] < available[key]]
        if not open_:
            break
        each = max(1, total // len(open_))
        for key in open_[:total]:
            more = min(each, available[key] - goals[key], total)
            goals[key] += more
            total -= more
    return goals

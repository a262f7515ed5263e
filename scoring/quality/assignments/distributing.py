"""Who reviews whose work, evenly. Pure; the same seed and the same picks give the same answer.

Everybody gets as much to do as the others; as far as that allows, each reviewee's picks are spread
over the reviewers, so that no one person's eye decides. That is a flow of least cost: a pick flows
through a pair of reviewee and reviewer to the reviewer and on to the sink, and each unit more
through an edge costs more than the last. A first answer is dealt out; then cycles of negative cost
are cancelled until there is none left, which is when no better answer exists (Klein's method), or
until it has taken too long: only with hundreds of reviewees and many who may not review them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scoring.quality.assignments.sampling import number_of

Pair = tuple[int, int]  # reviewee, reviewer
_Node = Pair | int | None  # a pair, a reviewer, the sink
_Edge = tuple[_Node, _Node, int]

_PATIENCE = 100_000  # edges to look at, about a second: a page waits for it


def distribute(
    reviewees: Sequence[int],
    reviewers: Sequence[int],
    *,
    allowed: Callable[[int, int], bool],
    seed: int,
    before: Mapping[Pair, int] | None = None,
) -> list[int | None]:
    """The reviewer of each pick, `reviewees` naming whose work it is; None where nobody may.

    `allowed(reviewer, pick)`: by the pick's place. `before`: how often earlier cycles paired
    (reviewee, reviewer); of equals, whoever judged the reviewee least comes first. When everybody
    may review everything, reviewers differ by at most one, and so do those of each reviewee.
    """
    ordered = sorted(reviewers, key=lambda reviewer: number_of(seed, reviewer))
    options = [[r for r in ordered if allowed(r, pick)] for pick in range(len(reviewees))]
    both = [_Spread(reviewees, options, before or {}) for _each in range(2)]
    both[0].deal(seed, pairs_first=True)
    both[1].deal(seed, pairs_first=False)
    best = min(both, key=_Spread.unevenness)
    best.level()
    return best.chosen


@dataclass(slots=True)
class _Spread:
    reviewees: Sequence[int]
    options: Sequence[list[int]]
    before: Mapping[Pair, int]
    chosen: list[int | None] = field(default_factory=list)
    load: Counter[int] = field(default_factory=Counter)
    pairs: Counter[Pair] = field(default_factory=Counter)

    def deal(self, seed: int, *, pairs_first: bool) -> None:
        """Each to who has least of the reviewee's and least in all, either first; reviewees with
        the fewest choices first."""
        self.chosen = [None] * len(self.reviewees)
        reach = self._reach()
        order = sorted(
            range(len(self.reviewees)),
            key=lambda pick: (
                len(reach[self.reviewees[pick]]),
                number_of(seed, self.reviewees[pick]),
                len(self.options[pick]),
                number_of(seed, pick),
            ),
        )
        for pick in order:
            if self.options[pick]:
                cost = self._cost(pick, pairs_first=pairs_first)
                self._give(pick, min(self.options[pick], key=cost))

    def _cost(self, pick: int, *, pairs_first: bool) -> Callable[[int], tuple[int, int, int]]:
        def cost(reviewer: int) -> tuple[int, int, int]:
            pair = (self.reviewees[pick], reviewer)
            first, second = self.load[reviewer], self.pairs[pair]
            if pairs_first:
                first, second = second, first
            return first, second, self.before.get(pair, 0)

        return cost

    def _give(self, pick: int, reviewer: int) -> None:
        old = self.chosen[pick]
        if old is not None:
            self.load[old] -= 1
            self.pairs[self.reviewees[pick], old] -= 1
        self.chosen[pick] = reviewer
        self.load[reviewer] += 1
        self.pairs[self.reviewees[pick], reviewer] += 1

    def unevenness(self) -> tuple[int, int]:
        return sum(n * n for n in self.load.values()), sum(n * n for n in self.pairs.values())

    def level(self) -> None:
        """Move picks until no move makes it more even."""
        patience = _PATIENCE
        while patience > 0 and not self.is_level():
            edges = self.edges()
            patience -= len(edges)
            cycles = _negative_cycles(edges)
            if not cycles:
                return
            for cycle in cycles:
                self.cancel(cycle)

    def is_level(self) -> bool:
        """Whether nobody has two more than somebody else, of all picks and of each reviewee's. Then
        no answer is better; often one look saves the search."""
        reviewers = {reviewer for some in self.options for reviewer in some}
        loads = [self.load[reviewer] for reviewer in reviewers]
        return max(loads, default=0) - min(loads, default=0) <= 1 and all(
            max(counts) - min(counts) <= 1
            for reviewee, some in self._reach().items()
            if (counts := [self.pairs[reviewee, reviewer] for reviewer in some])
        )

    def edges(self) -> list[_Edge]:
        """What moving one pick's worth along each edge would cost more (or, backwards, less).

        Costs are the squares of a pair's picks and of a reviewer's load, of which one weighs more
        than all pairs together can.
        """
        weight = len(self.reviewees) ** 2 + 1
        found: list[_Edge] = []
        for reviewee, some in self._reach().items():
            for reviewer in sorted(some):
                pair = (reviewee, reviewer)
                found += _both_ways(pair, reviewer, self.pairs[pair], 1)
        for reviewer in sorted({reviewer for some in self.options for reviewer in some}):
            found += _both_ways(reviewer, None, self.load[reviewer], weight)
        return found + [((a, here), (a, there), 0) for a, here, there in sorted(self._moves())]

    def _reach(self) -> dict[int, set[int]]:
        reach: dict[int, set[int]] = defaultdict(set)
        for reviewee, some in zip(self.reviewees, self.options, strict=True):
            reach[reviewee].update(some)
        return reach

    def _moves(self) -> set[tuple[int, int, int]]:
        """Between which reviewers a pick of a reviewee can move."""
        return {
            (self.reviewees[pick], here, there)
            for pick, here in enumerate(self.chosen)
            if here is not None
            for there in self.options[pick]
            if there != here
        }

    def cancel(self, cycle: Sequence[_Node]) -> None:
        """Move a pick along each step of the cycle from one pair of a reviewee to another."""
        steps = zip(cycle, [*cycle[1:], cycle[0]], strict=True)
        moves = []
        for here, there in steps:
            if isinstance(here, tuple) and isinstance(there, tuple):
                moves.append((self._movable(here, there[1]), there[1]))
        for pick, reviewer in moves:
            self._give(pick, reviewer)

    def _movable(self, pair: Pair, there: int) -> int:
        return next(
            pick
            for pick, (reviewee, here) in enumerate(zip(self.reviewees, self.chosen, strict=True))
            if (reviewee, here) == pair and there in self.options[pick]
        )


def _both_ways(here: _Node, there: _Node, n: int, weight: int) -> Iterator[_Edge]:
    """What one more than n costs, in squares, and what one fewer saves where there is one."""
    yield here, there, weight * (2 * n + 1)
    if n:
        yield there, here, -weight * (2 * n - 1)


def _negative_cycles(edges: Sequence[_Edge]) -> list[list[_Node]]:
    """Cycles, none through a node of another, whose costs add up to less than nothing; none when
    there is no such cycle. Bellman and Ford's search, which looks for cycles after each round."""
    cost: dict[_Node, int] = defaultdict(int)
    came: dict[_Node, _Node] = {}
    is_settled = False
    while not is_settled:
        is_settled = True
        for here, there, more in edges:
            if cost[here] + more < cost[there]:
                cost[there], came[there] = cost[here] + more, here
                is_settled = False
        if found := list(_cycles(came)):
            return found
    return []


def _cycles(came: Mapping[_Node, _Node]) -> Iterator[list[_Node]]:
    """The cycles in which predecessors lead back to themselves, each from its first node on."""
    seen: set[_Node] = set()
    for start in came:
        path: list[_Node] = []
        node = start
        while node in came and node not in seen:
            seen.add(node)
            path.append(node)
            node = came[node]
        if node in path:
            yield path[path.index(node) :][::-1]

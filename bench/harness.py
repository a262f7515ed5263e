"""What every benchmark needs: CPU of both sides, fair rounds, a table and one line of JSON.

Goals are stated in CPU seconds where they can be, because wall-clock time on a shared machine
says more about its neighbours.
"""

from __future__ import annotations

import json
import math
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

NANOSECOND = 1e-9
T = TypeVar("T")


class Connection(Protocol):
    """Django's database connection, or psycopg2's."""

    def cursor(self) -> Any: ...


@dataclass
class Spent:
    """Seconds spent inside a `cpu()` block; filled in when it ends."""

    wall: float = 0.0
    client: float = 0.0
    backend: float = 0.0

    @property
    def total(self) -> float:
        """CPU seconds of client and PostgreSQL backends together."""
        return self.client + self.backend


@contextmanager
def cpu(*backends: int) -> Iterator[Spent]:
    """Measure a block: this process with its ended children, and PostgreSQL's `backends`.

    A backend is named by its process id (`backend_pid`), must live on this machine and must
    outlive the block.
    """
    spent = Spent()
    wall, client, backend = time.perf_counter(), _client(), _backends(backends)
    try:
        yield spent
    finally:
        spent.wall = time.perf_counter() - wall
        spent.client = _client() - client
        spent.backend = _backends(backends) - backend


def backend_pid(connection: Connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _client() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _backends(pids: Sequence[int]) -> float:
    return sum(_process(pid) for pid in pids)


def _process(pid: int) -> float:
    """CPU seconds since its start: to the nanosecond where the kernel counts so, else to 10 ms."""
    exact = Path(f"/proc/{pid}/schedstat")
    if exact.exists():
        return int(exact.read_text().split()[0]) * NANOSECOND
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tree_cpu(pid: int) -> float:
    """CPU seconds of a process, its children that live and those that have ended, and theirs."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
    return _process(pid) + ended + sum(map(tree_cpu, _children(pid)))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, path.read_text().split())
    return found


def postmaster() -> int:
    """The process id of the PostgreSQL that Django's main database lives in, on this machine."""
    from django.db import connection

    stat = Path(f"/proc/{backend_pid(connection)}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


def process_id_of(store: Any) -> int:
    """Of the server that a Redis client is connected to."""
    return int(store.info("server")["process_id"])


def rounds(variants: Mapping[str, Callable[[], T]], count: int) -> dict[str, list[T]]:
    """Run each variant `count` times, taking turns so that a slow minute hits all alike.

    The order is reversed in every other round.
    """
    results: dict[str, list[T]] = {name: [] for name in variants}
    for number in range(count):
        names = list(variants) if number % 2 == 0 else list(reversed(variants))
        for name in names:
            results[name].append(variants[name]())
    return results


def median(spent: Iterable[Spent], part: str = "total") -> float:
    """The median of one part (`wall`, `client`, `backend`, `total`), in seconds."""
    return statistics.median(getattr(each, part) for each in spent)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their headings, text to the left and numbers to the right."""
    lines = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *lines, strict=True)]
    print("  ".join(text.ljust(width) for text, width in zip(headings, widths, strict=True)))
    print("  ".join("-" * width for width in widths))
    for line in lines:
        cells = zip(line, widths, strict=True)
        print("  ".join(_aligned(text, width) for text, width in cells))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _aligned(text: str, width: int) -> str:
    return text.rjust(width) if text[:1].isdigit() or text[:1] == "-" else text.ljust(width)


@dataclass(frozen=True)
class Goal:
    """A measured value against its limit: exactly one of `at_most` and `at_least` is given."""

    value: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool:
        if self.at_most is not None:
            return self.value <= self.at_most
        return self.at_least is not None and self.value >= self.at_least

    @property
    def wanted(self) -> str:
        return f"<= {self.at_most:g}" if self.at_most is not None else f">= {self.at_least:g}"


def finish(bench: str, goals: Mapping[str, Goal], figures: Mapping[str, object]) -> None:
    """Print the goals, then the one line of JSON that programs read. Last call of a benchmark."""
    print()
    verdicts = [
        (code, round(goal.value, 4), goal.wanted, "met" if goal.met else "MISSED")
        for code, goal in goals.items()
    ]
    table(("goal", "value", "wanted", ""), verdicts)
    stated = {
        code: {"value": round(goal.value, 6), "goal": goal.wanted, "met": goal.met}
        for code, goal in goals.items()
    }
    print(json.dumps({"bench": bench, "goals": stated, "figures": dict(figures)}), flush=True)

"""Many GETs to one service, over a few connections at once and without threads.

A connection has one request under way at a time; while some answers travel, others are read. It is
for what a page of tickets needs one call each for: with a library's session the calls would cost
more than everything that is done with their answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from selectors import EVENT_READ, PollSelector

from privacy.answers import Answer, EgressFailed, Failure, Limits
from privacy.wire import Dial, Line, request_head, request_target

Outcome = Answer | EgressFailed


class Lines:
    """The connections to one service, kept open between calls until they are closed."""

    def __init__(self, base_url: str, dial: Dial, limits: Limits) -> None:
        self.limits = limits
        self.base_url = base_url
        self._free = [Line(base_url, dial, limits) for _ in range(limits.parallel)]
        self._busy: dict[Line, int] = {}
        self._selector = PollSelector()  # each watch is short: none that the kernel has to keep

    @property
    def room(self) -> int:
        """How many more requests may be under way."""
        return len(self._free)

    @property
    def under_way(self) -> int:
        return len(self._busy)

    def close(self) -> None:
        self.drop()
        for line in self._free:
            line.close()
        self._selector.close()

    def drop(self) -> None:
        """Forget what is under way."""
        for line in list(self._busy):
            self._release(line)
            line.close()

    def send(self, number: int, url: str, head: bytes) -> EgressFailed | None:
        """Begin one request; what kept it from being sent, if anything did."""
        line = self._free.pop()
        try:
            line.ask(request_target(url), head)
        except EgressFailed as failed:
            return self._broken(line, failed)
        except BaseException:
            self._broken(line, EgressFailed(Failure.NO_CONNECTION))
            raise
        self._busy[line] = number
        self._selector.register(line.opened, EVENT_READ, line)
        return None

    def heard(self, *, wait: bool) -> Iterator[tuple[int, Outcome]]:
        """What has come in; with `wait`, not before something has."""
        patience = self.limits.read if wait else 0.0
        lines: list[Line] = [key.data for key, _events in self._selector.select(patience)]
        if wait and not lines:
            for line, number in list(self._busy.items()):
                yield number, self._broken(line, EgressFailed(Failure.TIMED_OUT))
        for line in lines:
            number = self._release(line)
            try:
                yield number, line.reply()
            except EgressFailed as failed:
                line.close()
                yield number, failed

    def _broken(self, line: Line, failed: EgressFailed) -> EgressFailed:
        if line in self._busy:
            self._release(line)
        else:
            self._free.append(line)
        line.close()
        return failed

    def _release(self, line: Line) -> int:
        self._selector.unregister(line.opened)
        self._free.append(line)
        return self._busy.pop(line)


def gather(
    lines: Lines,
    urls: Sequence[str],
    headers: dict[str, str],
    *,
    allow: Callable[[int], int],
    heed: Callable[[Answer], bool],
) -> list[Outcome]:
    """The outcomes in the order of `urls`.

    `allow` answers how many of so many requests may go now, at least one, and raises to stop
    everything. `heed` raises EgressFailed for an answer that says "later", and answers whether a
    good one says so for those that follow: whatever has come in is looked at right before anything
    is sent, so nothing goes out behind such an answer.
    """
    found: dict[int, Outcome] = {}
    head = request_head(lines.base_url, headers)
    waiting = deque(enumerate(urls))
    step = max(1, lines.limits.parallel * 3 // 4)  # turns are taken for several at once

    def listen(*, wait: bool) -> bool:
        said_later = False
        for number, outcome in lines.heard(wait=wait):
            found[number], later = _heeded(outcome, heed)
            said_later |= later
        return said_later

    try:
        while waiting or lines.under_way:
            if not waiting or lines.room < min(step, len(waiting)):
                listen(wait=True)
                continue
            granted = allow(min(lines.room, len(waiting)))
            if listen(wait=False):
                continue
            for number, url in [waiting.popleft() for _turn in range(granted)]:
                failed = lines.send(number, url, head)
                if failed is not None:
                    found[number] = failed
    finally:
        lines.drop()
    return [found[number] for number in range(len(urls))]


def _heeded(outcome: Outcome, heed: Callable[[Answer], bool]) -> tuple[Outcome, bool]:
    if isinstance(outcome, EgressFailed):
        return outcome, True
    try:
        return outcome, heed(outcome)
    except EgressFailed as failed:
        return failed, True

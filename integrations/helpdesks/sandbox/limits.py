"""The sandbox's allowances, and the faults it was asked for."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from integrations.helpdesks.sandbox.answers import Answer, Request, refuse

_WINDOW = 60.0


@dataclass(slots=True)
class Bucket:
    """`calls` a window of `seconds`; 0 calls is no limit. `too_early` counts who did not wait."""

    calls: int = 0
    seconds: float = _WINDOW
    opened: float = 0.0
    used: int = 0
    refused: int = 0
    too_early: int = 0
    blocked_until: float = 0.0

    def take(self, now: float) -> int:
        """0, or the whole seconds to wait."""
        if not self.calls:
            return 0
        if now < self.blocked_until:
            self.too_early += 1
        if now - self.opened >= self.seconds:
            self.opened, self.used = now, 0
        if self.used < self.calls:
            self.used += 1
            return 0
        self.refused += 1
        wait = max(1, math.ceil(self.opened + self.seconds - now))
        self.blocked_until = now + wait
        return wait

    def remaining(self) -> int:
        return max(0, self.calls - self.used)


class Limiter:
    """One account's buckets. The export has one of its own and also counts as a call."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.lock = threading.Lock()
        self.account = Bucket()
        self.incremental = Bucket()

    def set(self, *, calls: int, incremental_calls: int, seconds: float) -> None:
        with self.lock:
            self.account = Bucket(calls, seconds)
            self.incremental = Bucket(incremental_calls, seconds)

    def check(self, request: Request) -> Answer | None:
        """The refusal, when the allowance is used up."""
        now = self.clock()
        with self.lock:
            wait = self.account.take(now)
            if not wait and "/incremental/" in request.path:
                wait = self.incremental.take(now)
        if not wait:
            return None
        answer = refuse(429, "TooManyRequests")
        answer.headers["Retry-After"] = str(wait)
        return answer

    def headers(self) -> dict[str, str]:
        """The account's allowance, as the vendor puts it on every reply, the export's included."""
        account = self.account
        if not account.calls:
            return {}
        reset = max(0, math.ceil(account.opened + account.seconds - self.clock()))
        return {
            "x-rate-limit": str(account.calls),
            "x-rate-limit-remaining": str(account.remaining()),
            "ratelimit-limit": str(account.calls),
            "ratelimit-remaining": str(account.remaining()),
            "ratelimit-reset": str(reset),
        }


class FaultKind(StrEnum):
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    ERROR = "500"
    UNAVAILABLE = "503"
    RATE_LIMITED = "429"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    HALF_CLOSE = "half_close"
    EMPTY = "empty"


@dataclass(slots=True)
class Fault:
    """`times` more requests whose path contains `path` go wrong. `retry_after` None leaves the
    header out of a 429; `seconds` is how long a timeout takes."""

    kind: FaultKind
    times: int = 1
    path: str = ""
    retry_after: int | None = None
    seconds: float = 30.0


@dataclass(slots=True)
class Faults:
    waiting: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        with self.lock:
            self.waiting.append(fault)

    def clear(self) -> None:
        with self.lock:
            self.waiting.clear()

    def take(self, request: Request) -> Fault | None:
        with self.lock:
            for fault in self.waiting:
                if fault.path in request.path:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.waiting.remove(fault)
                    return fault
        return None


def spoil(fault: Fault, answer: Callable[[], Answer], wait: Callable[[float], object]) -> Answer:
    """What the fault makes of the request; `answer` is asked for only where something of it is
    still sent."""
    match fault.kind:
        case FaultKind.RATE_LIMITED:
            refusal = refuse(429, "TooManyRequests")
            if fault.retry_after is not None:
                refusal.headers["Retry-After"] = str(fault.retry_after)
            return refusal
        case FaultKind.FORBIDDEN | FaultKind.NOT_FOUND | FaultKind.ERROR | FaultKind.UNAVAILABLE:
            return Answer(int(fault.kind), b"<html>Sorry</html>", {"Content-Type": "text/html"})
        case FaultKind.TIMEOUT:
            wait(fault.seconds)
            return Answer(504)
        case FaultKind.EMPTY:
            return Answer(200)
        case FaultKind.MALFORMED:
            good = answer()
            return Answer(good.status, good.body[: len(good.body) // 2] + b'"}', good.headers)
        case FaultKind.HALF_CLOSE:
            good = answer()
            good.cut_off = True
            return good

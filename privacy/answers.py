"""What comes back from outside, or why nothing does, and what may be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class Failure(StrEnum):
    """Why no answer came. All but the last three may pass by themselves."""

    UNKNOWN_HOST = "unknown_host"
    NO_CONNECTION = "no_connection"
    TIMED_OUT = "timed_out"
    CUT_SHORT = "cut_short"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    BAD_CERTIFICATE = "bad_certificate"
    TOO_LARGE = "too_large"
    REDIRECTED = "redirected"


class EgressFailed(Exception):  # noqa: N818 - reads as what happened
    """The service was asked (or could not be), and there is no answer to show.

    `retry_at` is when it may be asked again, if that is known. Holds no address and no content.
    """

    def __init__(
        self, failure: Failure, *, status: int = 0, retry_at: datetime | None = None
    ) -> None:
        super().__init__(f"{failure.value} {status}" if status else failure.value)
        self.failure = failure
        self.status = status
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read whole. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes. `patience` is how long a call may sleep for the service's pace before the
    worker is given back; `deadline` is for one answer from first to last byte."""

    connect: float = 10.0
    read: float = 60.0
    deadline: float = 300.0
    max_bytes: int = 64 * 1024 * 1024
    patience: float = 90.0
    attempts: int = 3
    backoff: float = 1.0
    parallel: int = 8


_ALWAYS_REPEATABLE: Final = frozenset(
    {Failure.RATE_LIMITED, Failure.NO_CONNECTION}  # not carried out, or never arrived
)
_FOR_GOOD: Final = frozenset(
    {Failure.BAD_CERTIFICATE, Failure.TOO_LARGE, Failure.REDIRECTED, Failure.UNKNOWN_HOST}
)


def may_repeat(method: str, error: EgressFailed) -> bool:
    """Whether the same request may succeed, and has surely not been carried out before."""
    if error.failure in _FOR_GOOD:
        return False
    if error.failure is Failure.RATE_LIMITED and not error.status:
        return False  # nothing was sent: the wait is longer than our patience
    return method in _REPEATABLE or error.failure in _ALWAYS_REPEATABLE

"""The gate that adapters call through: the egress client, bound to one account, in their words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from integrations.base import (
    Access,
    AuthExpired,
    Http,
    PermanentError,
    Problem,
    Reply,
    TemporaryError,
    Vendor,
)
from kaizo.core import clock
from privacy.api import Answer, Egress, EgressFailed, EgressRefused, Failure, Limits

_TEMPORARY: Final = {
    Failure.UNKNOWN_HOST: Problem.WRONG_ADDRESS,
    Failure.NO_CONNECTION: Problem.UNREACHABLE,
    Failure.TIMED_OUT: Problem.UNREACHABLE,
    Failure.CUT_SHORT: Problem.UNREACHABLE,
    Failure.UNAVAILABLE: Problem.UNREACHABLE,
    Failure.RATE_LIMITED: Problem.RATE_LIMITED,
    Failure.BAD_CERTIFICATE: Problem.UNREACHABLE,
}
_PERMANENT: Final = {
    Failure.TOO_LARGE: Problem.MALFORMED,
    Failure.REDIRECTED: Problem.WRONG_ADDRESS,
}


class Gate(Http):
    """`clock_skew` is how many seconds the service's clock was ahead at its last answer. A gate of
    a stranger has no authorisation that could be over, so it hands out a 401 like any reply."""

    def __init__(self, egress: Egress, *, is_stranger: bool = False) -> None:
        self._egress = egress
        self._is_stranger = is_stranger
        self.clock_skew = 0

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, bucket: str = "") -> Reply:
        return self._call("GET", path, params=params, bucket=bucket)

    def send(self, method: str, path: str, payload: Any = None, *, bucket: str = "") -> Reply:
        return self._call(method, path, payload=payload, bucket=bucket)

    def get_many(self, paths: Iterable[str], *, bucket: str = "") -> list[Reply]:
        """As many at once as the client allows; see `base.get_many`."""
        with _in_our_words():
            answers = self._egress.get_many(paths, bucket=bucket)
        if answers:
            self._look_at_clock(answers[-1].headers.get("date", ""))
        return [self._reply(answer) for answer in answers]

    def close(self) -> None:
        self._egress.close()

    def _call(self, method: str, path: str, **words: Any) -> Reply:
        with _in_our_words():
            answer = self._egress.request(method, path, **words)
        self._look_at_clock(answer.headers.get("date", ""))
        return self._reply(answer)

    def _reply(self, answer: Answer) -> Reply:
        if answer.status == HTTPStatus.UNAUTHORIZED and not self._is_stranger:
            raise AuthExpired(Problem.REVOKED)
        return Reply(answer.status, answer.headers, answer.body)

    def _look_at_clock(self, value: str) -> None:
        try:
            there = parsedate_to_datetime(value)
        except ValueError:
            return
        there = there if there.tzinfo else there.replace(tzinfo=UTC)
        self.clock_skew = round((there - clock.now()).total_seconds())


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except EgressRefused as error:
        raise PermanentError(Problem.REFUSED_HERE, str(error)) from error
    except EgressFailed as error:
        raise _translated(error) from error


def _translated(error: EgressFailed) -> TemporaryError | PermanentError:
    if error.failure in _PERMANENT:
        return PermanentError(_PERMANENT[error.failure], str(error))
    return TemporaryError(_TEMPORARY[error.failure], str(error), retry_at=error.retry_at)


def open_gate(
    *,
    organisation_id: int,
    vendor: Vendor,
    access: Access,
    account: str,
    permit: Callable[[], None],
    limits: Limits | None = None,
    is_stranger: bool = False,
) -> Gate:
    """A gate to one account; close it after use. `account` names it across workers."""
    egress = Egress(
        organisation_id=organisation_id,
        base_url=access.base_url,
        account=account,
        headers=access.headers,
        allowances=access.rates or vendor.rates,
        counts_in_windows=vendor.counts_in_windows,
        permit=permit,
        limits=limits or Limits(),
    )
    return Gate(egress, is_stranger=is_stranger)

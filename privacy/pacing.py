"""How fast one account of a service may be called, by all workers together.

Two things are kept in the shared cache per account: until when nobody may ask (the service said
so), and per allowance the time at which the next call fits (GCRA, the generic cell rate algorithm:
ITU-T I.371). The cache's own clock counts, so that workers need not agree on the time.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Final, Protocol

import redis
from django.conf import settings

# A call must not fall into a window before the one it was timed for.
_MARGIN: Final = 1.01
_BURST_SHARE: Final = 20
_LONGEST_BLOCK: Final = 24 * 60 * 60.0
_MARK_SECONDS: Final = 60 * 60
_EPOCH: Final = 1_000_000_000
_EPOCH_MILLISECONDS: Final = 1_000_000_000_000
_RESETS: Final = (
    "ratelimit-reset",
    "rate-limit-reset",
    "x-ratelimit-reset",
    "x-rate-limit-reset",
)
_REMAINING: Final = (
    "ratelimit-remaining",
    "rate-limit-remaining",
    "x-ratelimit-remaining",
    "x-rate-limit-remaining",
)
_EXHAUSTED: Final = re.compile(r"remaining=0;.*?resets=([\d.]+)")

# KEYS: the mark, the block, then one key per allowance. ARGV: how many calls are wanted, then
# (interval, tolerance) of each allowance, in µs. Answers how many µs to wait, how many calls have
# been counted and may go when there is nothing to wait for, and the mark.
_TAKE: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local mark = redis.call('GET', KEYS[1]) or ''
local wait = (tonumber(redis.call('GET', KEYS[2]) or '0')) - now
local granted = tonumber(ARGV[1])
local due = {}
for i = 3, #KEYS do
  local interval, tolerance = tonumber(ARGV[2 * i - 4]), tonumber(ARGV[2 * i - 3])
  due[i] = math.max(tonumber(redis.call('GET', KEYS[i]) or '0'), now)
  wait = math.max(wait, due[i] - tolerance - now)
  granted = math.min(granted, math.floor((now + tolerance - due[i]) / interval) + 1)
end
if wait > 0 then return {string.format('%.0f', wait), 0, mark} end
for i = 3, #KEYS do
  due[i] = due[i] + granted * tonumber(ARGV[2 * i - 4])
  redis.call('SET', KEYS[i], string.format('%.0f', due[i]), 'PX',
             math.ceil((due[i] - now) / 1000) + 1000)
end
return {'0', granted, mark}
"""
_BLOCK: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local till = now + tonumber(ARGV[1])
if till > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], string.format('%.0f', till), 'PX', math.ceil(ARGV[1] / 1000) + 1000)
end
return '0'
"""


class Allowance(Protocol):
    """`calls` in `seconds`, for one bucket of endpoints; the bucket '' holds every call."""

    @property
    def calls(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def bucket(self) -> str: ...


@cache
def _store(location: str) -> redis.Redis:
    return redis.Redis.from_url(location)


@dataclass(frozen=True, slots=True)
class Turns:
    """Seconds to `wait` before asking again, or how many calls were `granted` and counted.

    `mark` changes when permissions of the organisation do (`permissions_changed`).
    """

    wait: float
    granted: int
    mark: str


class Pacer:
    """One account's pace. Raises redis.RedisError when the shared cache does not answer: without
    it nobody knows what the other workers have asked."""

    def __init__(
        self, organisation_id: int, account: str, allowances: Iterable[Allowance] = ()
    ) -> None:
        self._key = f"egress:{{{organisation_id}:{account}}}"
        self._mark = _mark_key(organisation_id)
        self._allowances = tuple(allowances)
        self._store = _store(settings.CACHES["default"]["LOCATION"])

    def take(self, bucket: str = "", most: int = 1) -> Turns:
        """Turns for up to `most` calls."""
        keys, numbers = [self._mark, f"{self._key}:until"], [most]
        for allowance in self._allowances:
            if allowance.bucket in {"", bucket}:
                keys.append(f"{self._key}:{allowance.bucket}:{allowance.seconds}")
                numbers += _spacing(allowance)
        wait, granted, mark = self._store.eval(_TAKE, len(keys), *keys, *numbers)
        return Turns(int(wait) / 1_000_000, int(granted), mark.decode())

    def block(self, seconds: float) -> None:
        """Nobody asks for so long. A shorter block never ends a longer one."""
        micros = int(min(max(seconds, 0.0), _LONGEST_BLOCK) * 1_000_000)
        self._store.eval(_BLOCK, 1, f"{self._key}:until", micros)

    def blocked_for(self) -> float:
        """Seconds for which the service has asked to be left alone, by the worker's clock."""
        until = self._store.get(f"{self._key}:until")
        if until is None:
            return 0.0
        return max(0.0, int(until) / 1_000_000 - datetime.now(UTC).timestamp())


def blocked_for(organisation_id: int, account: str) -> float:
    """Seconds for which a service has asked an organisation's workers to leave it alone."""
    return Pacer(organisation_id, account).blocked_for()


def permissions_changed(organisation_id: int) -> None:
    """Whoever sends many requests looks into the register again before the next one. Call it once
    a permission has ended, after the commit."""
    store = _store(settings.CACHES["default"]["LOCATION"])
    store.set(_mark_key(organisation_id), secrets.token_hex(8), ex=_MARK_SECONDS)


def _mark_key(organisation_id: int) -> str:
    return f"egress:{organisation_id}:mark"


def _spacing(allowance: Allowance) -> tuple[int, int]:
    """(interval, tolerance) in µs: a twentieth of the calls may come early, to catch up after a
    slow answer; in no window of `seconds` are there more than `calls`."""
    burst = allowance.calls // _BURST_SHARE
    interval = allowance.seconds * _MARGIN / (allowance.calls - burst)
    return round(interval * 1_000_000), round(interval * burst * 1_000_000)


def asked_to_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a 429 or 503 asks for; None when it does not say.

    `Retry-After` (seconds, also with a fraction, or a date) comes first. A reset header may count
    seconds from now or name an epoch in seconds or milliseconds; it often means the time of a full
    allowance, which is longer than needed. Dates are compared with the service's own clock.
    """
    there = _date(headers.get("date", "")) or now
    if (wait := _delay(headers.get("retry-after", ""), there)) is not None:
        return wait
    waits = [_reset(headers[name], there) for name in _RESETS if name in headers]
    waits += [float(m[1]) for value in headers.values() if (m := _EXHAUSTED.search(value))]
    known = [wait for wait in waits if wait is not None]
    return max(known) if known else None


def spent_until(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until the account's next window, when an answer says that it was the last one of
    this; None when it does not say both. Limits of single endpoints are not looked at."""
    if all(headers.get(name, "").strip() != "0" for name in _REMAINING):
        return None
    there = _date(headers.get("date", "")) or now
    waits = [_reset(headers[name], there) for name in _RESETS if name in headers]
    return max((wait for wait in waits if wait is not None), default=None)


def _delay(value: str, there: datetime) -> float | None:
    seconds = _number(value)
    if seconds is not None:
        return max(0.0, seconds)
    date = _date(value)
    return max(0.0, (date - there).total_seconds()) if date else None


def _reset(value: str, there: datetime) -> float | None:
    number = _number(value)
    if number is None:
        return None
    if number >= _EPOCH_MILLISECONDS:
        number /= 1000
    return max(0.0, number - there.timestamp() if number >= _EPOCH else number)


def _number(value: str) -> float | None:
    return float(value) if re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", value) else None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)

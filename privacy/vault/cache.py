"""Unwrapped keys, for a few minutes, in this process only.

Destroying a key must reach every process: each look-up compares the organisation's generation
mark in the shared cache with the one its entries were stored under. Without the shared cache
nothing is taken from here. 300 s is the outer bound that the erasure period counts with.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

from kaizo.core.logs import get_logger

MAX_SECONDS = 300
MAX_ENTRIES = 10_000
log = get_logger(__name__)


def _mark(organisation_id: int) -> str:
    return f"vault:generation:{organisation_id}"


def generation(organisation_id: int) -> str | None:
    """The organisation's current mark; None when the shared cache does not answer."""
    try:
        return str(cache.get(_mark(organisation_id), "0"))
    except RedisError:
        log.warning("vault_generation_unknown", organisation_id=organisation_id)
        return None


def broadcast_destruction(organisation_id: int) -> None:
    """Make every process drop what it holds for the organisation, this one at once."""
    KEYS.drop(organisation_id)
    try:
        cache.set(_mark(organisation_id), secrets.token_hex(8), timeout=None)
    except RedisError:
        log.warning("vault_destruction_not_broadcast", organisation_id=organisation_id)


class KeyCache:
    def __init__(self, *, entries: int = MAX_ENTRIES, seconds: float = MAX_SECONDS) -> None:
        self._limit = entries
        self._seconds = seconds
        self._kept: OrderedDict[tuple[int, Hashable], tuple[float, Any]] = OrderedDict()
        self._generations: dict[int, str | None] = {}
        self._lock = threading.Lock()

    def get_many(
        self, organisation_id: int, mark: str | None, names: Iterable[Hashable]
    ) -> dict[Any, Any]:
        """What is held for `names`, nothing when `mark` is not the one it was stored under."""
        with self._lock:
            if mark is None or self._generations.get(organisation_id) != mark:
                self._forget(organisation_id)
                return {}
            now = time.monotonic()
            found = {}
            for name in names:
                held = self._kept.get((organisation_id, name))
                if held is not None and held[0] > now:
                    found[name] = held[1]
            return found

    def put_many(self, organisation_id: int, mark: str | None, entries: Mapping[Any, Any]) -> None:
        """Hold `entries`, read from the vault after `mark` was read."""
        if mark is None:
            return
        with self._lock:
            if self._generations.setdefault(organisation_id, mark) != mark:
                return
            now = time.monotonic()
            for name, value in entries.items():
                self._kept.pop((organisation_id, name), None)
                self._kept[organisation_id, name] = (now + self._seconds, value)
            self._shrink(now)

    def drop(self, organisation_id: int) -> None:
        with self._lock:
            self._forget(organisation_id)

    def _shrink(self, now: float) -> None:
        """Let go of the oldest: what is past its time, and what is too many."""
        while self._kept:
            oldest = next(iter(self._kept))
            if len(self._kept) <= self._limit and self._kept[oldest][0] > now:
                return
            del self._kept[oldest]

    def _forget(self, organisation_id: int) -> None:
        self._generations.pop(organisation_id, None)
        for key in [key for key in self._kept if key[0] == organisation_id]:
            del self._kept[key]

    def __len__(self) -> int:
        return len(self._kept)


KEYS = KeyCache()

"""How long this process may hold an unwrapped key."""

from __future__ import annotations

import pytest

from privacy.vault import cache as cache_module
from privacy.vault.cache import MAX_SECONDS, KeyCache, broadcast_destruction, generation


@pytest.fixture
def held() -> KeyCache:
    cache = KeyCache()
    cache.put_many(1, "a", {"x": "key"})
    return cache


def test_a_held_key_is_found_under_the_same_mark(held: KeyCache) -> None:
    assert held.get_many(1, "a", ["x", "y"]) == {"x": "key"}


@pytest.mark.parametrize("mark", ["b", None])
def test_nothing_is_found_under_another_mark_or_without_one(
    held: KeyCache, mark: str | None
) -> None:
    assert held.get_many(1, mark, ["x"]) == {}
    assert len(held) == 0


def test_what_was_read_before_a_destruction_is_not_kept_after_it(held: KeyCache) -> None:
    held.put_many(1, "b", {"y": "old"})
    assert held.get_many(1, "a", ["x", "y"]) == {"x": "key"}


def test_another_organisation_finds_nothing(held: KeyCache) -> None:
    held.put_many(2, "a", {})
    assert held.get_many(2, "a", ["x"]) == {}


def test_a_key_is_held_for_at_most_three_hundred_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(cache_module.time, "monotonic", lambda: now)
    held = KeyCache()
    held.put_many(1, "a", {"x": "key"})

    now += MAX_SECONDS - 1
    assert held.get_many(1, "a", ["x"]) == {"x": "key"}
    now += 1
    assert held.get_many(1, "a", ["x"]) == {}
    held.put_many(1, "a", {"y": "key"})
    assert len(held) == 1


def test_the_oldest_make_room() -> None:
    held = KeyCache(entries=2)
    for name in "xyz":
        held.put_many(1, "a", {name: name})
    assert held.get_many(1, "a", "xyz") == {"y": "y", "z": "z"}


def test_a_destruction_changes_the_mark_for_everybody() -> None:
    before = generation(1)
    broadcast_destruction(1)
    assert generation(1) != before
    assert generation(2) == generation(3)


def test_without_the_shared_cache_nothing_is_held(
    monkeypatch: pytest.MonkeyPatch, held: KeyCache
) -> None:
    class Unreachable:
        def get(self, _name: str, _default: str) -> None:
            raise cache_module.RedisError

    monkeypatch.setattr(cache_module, "cache", Unreachable())
    assert generation(1) is None
    assert held.get_many(1, generation(1), ["x"]) == {}

"""What an orchestrator asks."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from kaizo.core import health

pytestmark = pytest.mark.django_db


def test_a_living_process_says_so_without_touching_anything(
    client: Client, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get("/healthz").content == b"ok\n"


def test_ready_when_every_part_answers(client: Client) -> None:
    health.worker_lives()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    parts = ("database", "vault", "migrations", "broker", "worker", "erasures")
    assert answer.json() == {"ready": True} | dict.fromkeys(parts, "ok")


def test_no_worker_is_named(client: Client) -> None:
    cache.clear()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == "failing"
    assert answer.json()["database"] == "ok"


@pytest.mark.parametrize("part", ["database", "vault", "migrations", "broker"])
def test_a_failing_part_is_named(
    client: Client, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def fails() -> bool:
        raise OSError

    health.worker_lives()
    monkeypatch.setitem(health._PARTS, part, fails)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert [name for name, state in answer.json().items() if state == "failing"] == [part]

"""Is the process alive, and can the product do its work?"""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from kaizo.core.routers import VAULT, labels_of

_HEARTBEAT = "health:worker"
_HEARTBEAT_SECONDS = 15


def worker_lives(**_: object) -> None:
    """A worker's main process says so every two seconds, also while all its children are busy."""
    cache.set(_HEARTBEAT, True, _HEARTBEAT_SECONDS)  # noqa: FBT003 - a value, not a flag


def _answers(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
        return True


def _migrated() -> bool:
    for alias in (DEFAULT_DB_ALIAS, VAULT):
        executor = MigrationExecutor(connections[alias])
        graph, labels = executor.loader.graph, labels_of(alias)
        wanted = [node for node in graph.leaf_nodes() if not labels or node[0] in labels]
        if executor.migration_plan(wanted):
            return False
    return True


def _broker_answers() -> bool:
    return bool(cache.get("health:probe", "") == "")


_PARTS: dict[str, Callable[[], bool]] = {
    "database": lambda: _answers(DEFAULT_DB_ALIAS),
    "vault": lambda: _answers(VAULT),
    "migrations": _migrated,
    "broker": _broker_answers,
    "worker": lambda: cache.get(_HEARTBEAT) is not None,
}


def add_part(name: str, probe: Callable[[], bool]) -> None:
    """One more part that has to be well, from an app that this module does not know."""
    _PARTS[name] = probe


def _state(probe: Callable[[], bool]) -> str:
    try:
        return "ok" if probe() else "failing"
    except (DatabaseError, RedisError, OSError):
        return "failing"


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """The process lives."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Every part the product needs answers; 503 with the failing part named otherwise."""
    parts = {name: _state(probe) for name, probe in _PARTS.items()}
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)

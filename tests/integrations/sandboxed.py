"""The sandbox helpdesk, connected for real: over HTTP, through the egress client."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from integrations.helpdesks.sandbox.server import Sandbox
from integrations.helpdesks.sandbox.tokens import TOKEN

if TYPE_CHECKING:
    from integrations.models import Connection

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@contextmanager
def sandbox(
    tickets: int, on_request: Callable[[int], None] = lambda _number: None
) -> Iterator[Sandbox]:
    """A running sandbox that tells of each request before it answers it."""
    running = Sandbox(tickets=tickets, now=NOW)
    whole: Callable[..., Any] = running.api.answer
    seen = []

    def answer(*args: Any) -> Any:
        seen.append(args)
        on_request(len(seen))
        return whole(*args)

    running.api.answer = answer
    with running:
        yield running


def settings_for(running: Sandbox) -> dict[str, str]:
    return {"address": running.url, "access_token": TOKEN, "page_size": "20"}


def worker_environment() -> dict[str, str]:
    """For a process of its own that uses this test's databases."""
    from django.db import connections

    urls = {"DATABASE_URL": "default", "VAULT_DATABASE_URL": "vault"}
    named = {
        name: urlsplit(os.environ[name])
        ._replace(path=f"/{connections[alias].settings_dict['NAME']}")
        .geturl()
        for name, alias in urls.items()
    }
    return {**os.environ, **named, "DJANGO_SETTINGS_MODULE": "kaizo.settings_test"}


class Nursery:
    """Starts workers quickly and kills them surely: a process that has imported everything and
    holds no connection forks each of them."""

    def __enter__(self) -> Nursery:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integrations.sandboxed"],
            cwd=ROOT,
            env=worker_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def begin(self, connection: Connection) -> None:
        """A worker that reads the connection's feed to its end."""
        self._ask(f"{connection.organisation_id} {connection.pk}")

    def kill(self) -> None:
        """With SIGKILL, in the middle of whatever it does. Raises if it has ended by itself."""
        assert self._ask("kill") == str(signal.SIGKILL), "the worker ended before it was killed"

    def _ask(self, words: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(words, file=self._process.stdin, flush=True)
        return self._process.stdout.readline().strip()


def main() -> None:
    """`python -m tests.integrations.sandboxed`: the nursery."""
    import django

    django.setup()
    from integrations import registry
    from integrations.sync import sync_connection

    registry.helpdesk("sandbox")
    worker = 0
    for line in sys.stdin:
        if line.strip() == "kill":
            os.kill(worker, signal.SIGKILL)
            print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) * -1, flush=True)  # noqa: T201
            continue
        worker = os.fork()
        if not worker:
            organisation_id, connection_id = map(int, line.split())
            sync_connection(organisation_id=organisation_id, connection_id=connection_id)
            os._exit(0)
        print(worker, flush=True)  # noqa: T201 - to whoever asked


if __name__ == "__main__":
    main()

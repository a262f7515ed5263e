"""A sandbox helpdesk in a process of its own, and organisations that are connected to it.

Django must be set up before this module is imported.
"""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from integrations.connections import Terms, connect, start
from integrations.helpdesks.sandbox.tokens import TOKEN
from integrations.models import Connection
from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from kaizo.embedded.home import ROOT

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_numbers = count(1)


class Desk:
    """The running sandbox, seen from outside."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, action: str, **values: Any) -> dict[str, Any]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            connection.request("POST", f"/_control/{action}", json.dumps(values))
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"The sandbox answered {answer.status} to {action}.")
        return json.loads(said)


@contextmanager
def desk(tickets: int) -> Iterator[Desk]:
    """Stopped at the end of the block."""
    words = ["sandbox_helpdesk", "--port", "0", "--tickets", str(tickets), "--now", NOW.isoformat()]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, str(ROOT / "manage.py"), *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101 - it is piped
        said = process.stdout.readline()
        found = re.search(r"http://[\d.]+:\d+", said)
        if found is None:
            raise RuntimeError(f"The sandbox did not start: {said}")
        yield Desk(found[0])
    finally:
        process.terminate()
        process.wait(10)


def new_organisation(name: str) -> Organisation:
    slug = f"{name}-{next(_numbers)}"
    return Organisation.objects.create(name=slug, slug=slug, is_demo=True)


def connected(organisation: Organisation, url: str, **settings: str) -> Connection:
    """A connection whose backfill may begin; nobody has been told to."""
    made = connect(
        organisation=organisation,
        kind="sandbox",
        name="Sandbox",
        settings={"address": url, "access_token": TOKEN, **settings},
        since=LONG_AGO,
        terms=Terms(country="NL", allows_private_address=True),
        actor=None,
    )
    start(connection=made)
    return again(made)


def again(connection: Connection) -> Connection:
    with tenant_scope(connection.organisation_id):
        fresh: Connection = Connection.objects.get(pk=connection.pk)
    return fresh

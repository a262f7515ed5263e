"""How tickets arrive: at what share of the allowance, how soon on the dashboard, by which hooks.

Django must be set up before this module is imported.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from django.db import connections
from django.test import Client

from bench.desk import LONG_AGO, NOW, Desk, connected, new_organisation
from bench.harness import backend_pid, cpu
from integrations import http as gate
from integrations.connections import Terms, connect, set_hook_secret, start
from integrations.helpdesks.sandbox.people import AGENT_BY_ID
from integrations.helpdesks.zendesk.webhooks import INVOCATION, SIGNATURE, TIMESTAMP
from integrations.models import HookDelivery
from integrations.sync import sync_connection
from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from kaizo.embedded.home import ROOT
from privacy.pacing import Pacer
from privacy.side_by_side import Lines

MINUTE = 60.0


def read_feed(organisation: Organisation, url: str, **settings: str) -> float:
    """A whole backfill in this process; its seconds."""
    made = connected(organisation, url, **settings)
    began = time.perf_counter()
    while sync_connection(organisation_id=organisation.pk, connection_id=made.pk):
        pass
    return time.perf_counter() - began


# --- The allowance -----------------------------------------------------------------------------


def used_of_allowance(desk: Desk, calls: int) -> tuple[float, int]:
    """The share of an account's allowance that a backfill uses, and how often it was refused.

    What may be sent early at the beginning is left out: it would flatter a short measurement.
    """
    desk.control("limit", calls=calls, incremental_calls=30, seconds=MINUTE)
    before = desk.control("state")
    seconds = read_feed(new_organisation("pace"), desk.url, calls_per_minute=str(calls))
    after = desk.control("state")
    desk.control("limit")
    made = sum(after["calls"].values()) - sum(before["calls"].values())
    early = calls // 20
    return (made - early) / (calls * seconds / MINUTE), after["refused"] - before["refused"]


@dataclass
class Waits:
    """When the service asked to be left alone, for how long, and what was sent meanwhile."""

    asked: list[tuple[float, float]] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)

    @property
    def too_early(self) -> int:
        return sum(any(since < at < since + wait for since, wait in self.asked) for at in self.sent)


@contextmanager
def watched() -> Iterator[Waits]:
    """Every request of this process as it is sent, every refusal as it is read."""
    found = Waits()
    block, send, session = Pacer.block, Lines.send, requests.Session.send

    def noting(act: Any) -> Any:
        def noted(*words: Any, **named: Any) -> Any:
            found.sent.append(time.monotonic())
            return act(*words, **named)

        return noted

    def blocked(pacer: Pacer, seconds: float) -> None:
        heard = time.monotonic()
        block(pacer, seconds)
        found.asked.append((heard, seconds))

    Pacer.block, Lines.send = blocked, noting(send)  # type: ignore[method-assign]
    requests.Session.send = noting(session)  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Pacer.block, Lines.send, requests.Session.send = block, send, session  # type: ignore[method-assign]


def sent_before_retry_after(desk: Desk, allowed: int) -> tuple[int, int]:
    """Requests sent too early, and refusals, with an account that allows half of what its plan
    promises (another program uses the rest)."""
    desk.control("limit", calls=allowed, incremental_calls=0, seconds=3)
    try:
        with watched() as found:
            read_feed(new_organisation("refused"), desk.url, calls_per_minute="2500")
    finally:
        desk.control("limit")
    return found.too_early, len(found.asked)


# --- Freshness ---------------------------------------------------------------------------------


@dataclass
class Fresh:
    """Seconds from the last reply of a page until its tickets are on the dashboard, of them CPU of
    this process and PostgreSQL; and how many tickets that were."""

    wall: float
    cpu: float
    tickets: int


def freshness(desk: Desk) -> Fresh:
    organisation = new_organisation("fresh")
    client = signed_in(organisation)
    span = f"first={NOW - timedelta(days=400):%Y-%m-%d}&last={NOW:%Y-%m-%d}"
    page = f"/o/{organisation.slug}/dashboard/?{span}"
    names = {agent.name for agent in AGENT_BY_ID.values()}
    if shown(client, page, names):
        raise SystemExit("The dashboard shows agents before there are any.")
    counts, measured = [], []
    whole = gate.Gate.get_many
    backends = [backend_pid(connections[alias]) for alias in connections]

    def get_many(self: gate.Gate, paths: Any, *, bucket: str = "") -> Any:
        found = whole(self, paths, bucket=bucket)
        counts.append(len(found))
        spent = cpu(*backends)
        measured.append((spent, spent.__enter__()))
        return found

    gate.Gate.get_many = get_many  # type: ignore[method-assign]
    try:
        read_feed(organisation, desk.url, page_size="1000")
    finally:
        gate.Gate.get_many = whole  # type: ignore[method-assign]
    if not shown(client, page, names):
        raise SystemExit("The dashboard does not show what has arrived.")
    running, spent = measured[-1]  # since the last replies
    running.__exit__(None, None, None)
    return Fresh(spent.wall, spent.total, sum(counts))


def signed_in(organisation: Organisation) -> Client:
    user = User.objects.create_user(f"admin@{organisation.slug}.example", name="Robin Admin")
    with tenant_scope(organisation.pk):
        Membership.objects.create(organisation=organisation, user=user, role=Role.ADMIN)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def shown(client: Client, page: str, names: set[str | None]) -> bool:
    answer = client.get(page)
    if answer.status_code != 200:
        raise SystemExit(f"{page} answered {answer.status_code}.")
    content = answer.content.decode()
    return any(name and name in content for name in names)


# --- Webhooks ----------------------------------------------------------------------------------

SECRET = "a-secret-that-signs"  # noqa: S105 - it protects nothing


def hooks(number: int) -> list[float]:
    """Seconds until each of so many signed calls is answered, by the web server as `./dev up` runs
    it, one call after the other as a helpdesk sends them for one account."""
    connection = _hooked_connection()
    with _web() as port:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        took = [_call(line, f"/hooks/{connection.public_id}/", one) for one in range(number + 20)]
        line.close()
    with tenant_scope(connection.organisation_id):
        remembered = HookDelivery.objects.count()
    if remembered != len(took):
        raise SystemExit(f"Of {len(took)} calls, {remembered} were remembered.")
    return took[20:]  # the first ones load what the server needs


def _hooked_connection() -> Any:
    made = connect(
        organisation=new_organisation("hooks"),
        kind="zendesk",
        name="Zendesk",
        settings={"subdomain": "shop", "access_token": "none"},
        since=LONG_AGO,
        terms=Terms(country="NL"),
        actor=None,
    )
    set_hook_secret(connection=made, secret=SECRET)
    start(connection=made)
    return made


def _call(line: http.client.HTTPConnection, path: str, number: int) -> float:
    event = {"type": "zen:event-type:ticket.comment_added", "subject": f"zen:ticket:{number}"}
    body = json.dumps({**event, "id": str(number), "detail": {"id": str(number)}}).encode()
    stamp = datetime.now(UTC).isoformat()
    digest = hmac.new(SECRET.encode(), stamp.encode() + body, hashlib.sha256).digest()
    headers = {
        SIGNATURE: base64.b64encode(digest).decode(),
        TIMESTAMP: stamp,
        INVOCATION: f"invocation-{number}",
        "Content-Type": "application/json",
    }
    began = time.perf_counter()
    line.request("POST", path, body, headers)
    answer = line.getresponse()
    answer.read()
    took = time.perf_counter() - began
    if answer.status != 200:
        raise SystemExit(f"The webhook was answered {answer.status}.")
    return took


@contextmanager
def _web() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(  # noqa: S603 - our own program
        [
            str(Path(sys.executable).parent / "gunicorn"), "-c",
            "python:kaizo.embedded.gunicorn_conf", "--bind", f"127.0.0.1:{port}",
            "kaizo.wsgi:application",
        ],
        cwd=ROOT, env={**os.environ, "KAIZO_PORT": str(port), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _await(port: int) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("The web server did not start.")

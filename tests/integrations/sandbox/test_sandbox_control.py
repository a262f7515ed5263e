"""The control endpoints' own manners, and the command."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.helpdesks.sandbox.answers import Request
from integrations.helpdesks.sandbox.server import Sandbox
from tests.integrations.sandbox.client import LoopbackHttp

NOW = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(tickets=3, now=NOW) as running:
        yield running


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("delete", b'{"ticket_id": 1}', 404),
        ("delete", b"{}", 404),
        ("status", b'{"ticket_id": 10001, "status": "frozen"}', 400),
        ("rate", b'{"ticket_id": 10001, "score": "lovely"}', 400),
        ("fail", b'{"kind": "hiccup"}', 400),
        ("reply", b'{"ticket_id": 10001, "agent": 5}', 404),
        ("dance", b"{}", 404),
        ("limit", b"no json", 200),
    ],
)
def test_orders_that_make_no_sense_are_refused(sandbox, action, body, status):
    answer = sandbox.answer(Request("POST", f"/_control/{action}", {}, {}, body))
    assert answer.status == status


def test_the_export_names_another_host_as_the_vendors_does(sandbox):
    http = LoopbackHttp(sandbox.url)
    body = http.get("/api/v2/incremental/tickets/cursor.json", {"start_time": 0}).body
    http.close()
    assert b"https://alias-of-sandbox.example/" in body


def test_tickets_arrive_and_are_answered_by_themselves(monkeypatch):
    with Sandbox(tickets=3, now=NOW) as sandbox:
        solved = threading.Event()
        change = sandbox.store.change_status

        def told(*args: object) -> None:
            change(*args)
            solved.set()

        monkeypatch.setattr(sandbox.store, "change_status", told)
        sandbox.arrive(per_minute=6_000)
        assert solved.wait(20)
        assert len(sandbox.store.live_ids()) > 4


def test_the_command_says_where_it_listens():
    command = [sys.executable, "manage.py", "sandbox_helpdesk", "--port", "0", "--tickets", "3"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Sandbox helpdesk at http://127.0.0.1:")
        http = LoopbackHttp(line.split()[3].rstrip(","))
        assert http.control("state")["tickets"] == 3
        http.close()
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()

"""`./dev up` as a person uses it: one instance from its start to its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest

from kaizo.embedded import up
from kaizo.embedded.home import ROOT, Home
from kaizo.embedded.processes import command_line
from kaizo.embedded.servers import ServerError

STOPPED_WITHIN = 10.0  # seconds, the promise of the set-up page


@pytest.fixture
def port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        threading.Event().wait(0.1)


def launch(environment, *words):
    return subprocess.Popen(  # noqa: S603 - our own launcher
        [sys.executable, "-m", "kaizo.embedded", *words],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def read_until(process, words):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return
    pytest.fail("".join(lines[-40:]))


def drain(process):
    """Read on, so that the pipe never fills."""
    reader = threading.Thread(target=process.stdout.read, daemon=True)
    reader.start()
    return reader


@pytest.fixture
def running(tmp_path, port):
    """An instance without the demo, its home and the environment it was started with."""
    home = Home(tmp_path / "home")
    environment = {**os.environ, "KAIZO_HOME": str(home.path), "KAIZO_PORT": str(port)}
    process, readers = launch(environment, "up", "--no-demo"), []
    try:
        read_until(process, "READY")
        readers.append(drain(process))
        yield process, home, environment
    finally:
        process.kill()
        process.wait()
        for reader in readers:
            reader.join(10)
        process.stdout.close()
        home.remove_sockets()


@pytest.mark.timeout(300)
def test_an_instance_lives_and_leaves_nothing(running, port):
    process, home, environment = running
    assert up.ask_ready(port) == ""
    assert_found(home)
    assert_alone(home, environment)
    assert_survives_a_kill(home, port)
    assert_ends(process, home, port)


def assert_found(home):
    """manage.py reads this record; it names the application's role, and not our own servers."""
    address = json.loads((home.run / "env.json").read_text())["env"]["DATABASE_URL"]
    assert address.startswith("postgres://kaizo_app@")
    assert address != os.environ.get("DATABASE_URL")


def assert_alone(home, environment):
    second = launch(environment, "up")
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f"already running with KAIZO_HOME={home.path}" in said


def assert_survives_a_kill(home, port):
    children = home.remembered()
    names = ("postgres", "valkey", "gunicorn", "celery", "celery", "privacy_deadlines")
    started = [command_line(child.pid) for child in children]
    assert [name for name, line in zip(names, started, strict=True) if name not in line] == []
    web = next(child for child in children if "gunicorn" in command_line(child.pid))
    os.kill(web.pid, signal.SIGKILL)
    wait_for(lambda: not web.alive and up.ask_ready(port) == "", 60)


def assert_ends(process, home, port):
    children = home.remembered()
    asked = time.monotonic()
    process.terminate()
    assert process.wait(60) == 0
    assert time.monotonic() - asked < STOPPED_WITHIN
    assert not [child for child in children if child.alive]
    assert home.published() is None
    assert up.port_is_free(port)


def test_a_taken_port_is_named_with_the_way_out(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "VAULT_DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(up, "PORT_PATIENCE", 0.0)
    home = Home(tmp_path)
    home.prepare()
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        monkeypatch.setenv("KAIZO_PORT", str(taken.getsockname()[1]))
        with pytest.raises(ServerError, match=re.escape("KAIZO_PORT=8001 ./dev up")):
            up.Instance(home, demo=False).run()


def test_a_silent_port_is_not_ready(port):
    assert "refused" in up.ask_ready(port)

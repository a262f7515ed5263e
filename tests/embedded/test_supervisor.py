"""Supervising, with small programs in the servers' place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaizo.embedded.home import ROOT
from kaizo.embedded.processes import Process, started
from kaizo.embedded.supervisor import Child, Log, StartError, Supervisor

SLEEPER = "import time; time.sleep(60)"


def python(code: str, *words: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", textwrap.dedent(code), *map(str, words)]


def leaves_a_note(folder: Path, name: str) -> list[str]:
    """A program that says when it is up and when it was told to stop."""
    code = """
        import pathlib, signal, sys, time
        folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
        def stopped(*_):
            with (folder / "stops").open("a") as notes:
                notes.write(name + chr(10))
            sys.exit(0)
        signal.signal(signal.SIGTERM, stopped)
        (folder / name).write_text("up")
        time.sleep(60)
    """
    return python(code, folder, name)


def until(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
    return True


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(Log(said.append))
    yield supervisor
    supervisor.stop()


def test_starting_returns_when_the_child_is_ready(supervisor, tmp_path):
    note = tmp_path / "server"
    supervisor.start(Child("server", leaves_a_note(tmp_path, "server"), ready=note.exists))
    assert note.read_text() == "up"


def test_a_child_that_is_never_ready_is_an_error(supervisor):
    with pytest.raises(StartError, match="server is not ready in time"):
        supervisor.start(Child("server", python(SLEEPER), ready=lambda: False), timeout=0.2)


def test_a_child_that_exits_at_first_is_started_again(supervisor, tmp_path):
    note = tmp_path / "tried"
    code = """
        import pathlib, sys, time
        note = pathlib.Path(sys.argv[1])
        if not note.exists():
            note.write_text("once")
            sys.exit(3)
        note.write_text("twice")
        time.sleep(60)
    """
    child = Child(
        "server",
        python(code, note),
        ready=lambda: note.exists() and note.read_text() == "twice",
    )
    supervisor.start(child)
    assert note.read_text() == "twice"


def test_a_killed_child_is_started_again(supervisor, said):
    child = Child("web", python(SLEEPER))
    supervisor.start(child)
    first = child.pid
    os.kill(first, signal.SIGKILL)
    supervisor.watch(until=lambda: child.running and child.pid != first)
    assert started(first) is None
    assert any("web exited (-9), starting it again" in line for line in said)


def test_workers_of_a_killed_child_are_gone_before_it_starts_again(supervisor, tmp_path):
    note = tmp_path / "worker"
    code = """
        import os, pathlib, sys, time
        if os.fork() == 0:
            pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
        time.sleep(60)
    """
    child = Child("web", python(code, note), ready=lambda: note.exists() and note.read_text())
    supervisor.start(child)
    worker = Process.of(int(note.read_text()))
    first = child.pid
    os.kill(first, signal.SIGKILL)
    supervisor.watch(until=lambda: child.pid != first)
    assert not worker.alive


def test_what_used_the_servers_stops_before_them(supervisor, tmp_path):
    for name, tier in (("server", 0), ("web", 1)):
        note = tmp_path / name
        supervisor.start(Child(name, leaves_a_note(tmp_path, name), ready=note.exists, tier=tier))
    supervisor.stop()
    assert (tmp_path / "stops").read_text().split() == ["web", "server"]


def test_a_child_that_ignores_its_signals_is_killed(supervisor, said, tmp_path):
    note = tmp_path / "deaf"
    code = """
        import pathlib, signal, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGQUIT, signal.SIG_IGN)
        pathlib.Path(sys.argv[1]).write_text("up")
        time.sleep(60)
    """
    signals = ((signal.SIGTERM, 0.1), (signal.SIGQUIT, 0.1))
    child = Child("deaf", python(code, note), ready=note.exists, stop=signals)
    supervisor.start(child)
    pid = child.pid
    supervisor.stop()
    assert started(pid) is None
    assert any("deaf did not stop, killing it" in line for line in said)


def test_stopping_twice_does_no_harm(supervisor):
    child = Child("web", python(SLEEPER))
    supervisor.start(child)
    supervisor.stop()
    supervisor.stop()
    assert not child.running


def test_a_terminal_signals_the_supervisor_alone(supervisor):
    child = Child("web", python(SLEEPER))
    supervisor.start(child)
    assert os.getsid(child.pid) != os.getsid(0)


def test_every_line_of_a_child_carries_its_name(supervisor, said):
    assert supervisor.run("migrate", python("print('one'); print('two')")) == 0
    assert [line for line in said if line.startswith("migrate")] == [
        "migrate | one",
        "migrate | two",
    ]


def test_a_task_tells_how_it_ended(supervisor):
    assert supervisor.run("migrate", python("raise SystemExit(3)")) == 3


def test_a_task_may_keep_its_output_from_the_log(supervisor, said):
    code = "import sys; print('lead@demo.example'); print('progress', file=sys.stderr)"
    task = supervisor.begin(Child("demo", python(code), kept=[]))
    supervisor.finish(task)
    assert task.kept == ["lead@demo.example"]
    assert [line for line in said if line.startswith("demo")] == ["demo    | progress"]


def test_children_are_remembered_for_the_next_start(tmp_path):
    noted: list[list[Process]] = []
    supervisor = Supervisor(Log(lambda _line: None), on_change=noted.append)
    child = Child("web", python(SLEEPER))
    supervisor.start(child)
    assert [process.pid for process in noted[-1]] == [child.pid]
    supervisor.stop()
    assert noted[-1] == []


@pytest.mark.skipif(sys.platform != "linux", reason="no parent-death signal elsewhere")
def test_killing_the_supervisor_ends_its_children(tmp_path):
    driver = """
        import sys
        from pathlib import Path
        from kaizo.embedded.supervisor import Child, Supervisor
        note = Path(sys.argv[1])
        supervisor = Supervisor()
        child = Child("web", [sys.executable, "-c", "import time; time.sleep(60)"])
        supervisor.start(child)
        note.write_text(str(child.pid))
        supervisor.watch()
    """
    note = tmp_path / "child"
    driving = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", textwrap.dedent(driver), str(note)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    assert until(lambda: note.exists() and note.read_text())
    child = Process.of(int(note.read_text()))
    driving.kill()
    driving.wait()
    assert until(lambda: not child.alive)

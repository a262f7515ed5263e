"""Start in order, wait until ready, prefix the logs, restart what dies, stop in reverse order."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from kaizo.embedded import processes

CONFINE = str(Path(__file__).with_name("confine.py"))
POLL = 0.1  # seconds between two looks at the children
FIRST_PAUSE, LONGEST_PAUSE = 0.3, 10.0  # seconds before a dead child is started again
HOPELESS_PAUSE = 4.0  # reached after the fourth exit in a row
STEADY = 60.0  # a child that lived this many seconds starts with the shortest pause again
COLOURS = (36, 33, 32, 35, 34, 31)


class StartError(Exception):
    """A child exited, or was not ready in time, on the first start."""


class StopRequested(BaseException):
    """SIGINT, SIGTERM or SIGHUP arrived. Like KeyboardInterrupt, no ordinary handler eats it."""


@dataclass
class Child:
    """One long-running program.

    `stop` lists signals and the seconds to wait after each; SIGKILL for the whole process group
    follows. Children of a higher `tier` are stopped first, those of one tier together.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    stop: Sequence[tuple[int, float]] = ((signal.SIGTERM, 5.0),)
    tier: int = 0
    mode: str = "plain"
    cwd: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    born: float = 0.0
    pause: float = FIRST_PAUSE
    next_start: float | None = None
    kept: list[str] | None = None  # standard output, for a caller who wants it off the log
    readers: list[threading.Thread] = field(default_factory=list)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    @property
    def status(self) -> int | None:
        return self.process.returncode if self.process else None


def confined(argv: Sequence[str], *, number: int, mode: str = "plain") -> list[str]:
    """`argv` wrapped so that the kernel sends it `number` when this process dies."""
    wrapper = [sys.executable, "-I", "-S", CONFINE]
    return [*wrapper, mode, str(int(number)), str(os.getpid()), *argv]


class Log:
    """Interleaves the children's lines, each under its child's name."""

    def __init__(self, write: Callable[[str], None] | None = None, width: int = 8) -> None:
        self._write = write or (lambda line: print(line, flush=True))
        self._width = width
        self._names: list[str] = []
        self._lock = threading.Lock()
        self._colour = write is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def __call__(self, name: str, line: str) -> None:
        with self._lock:
            self._write(f"{self._label(name)} {line}")

    def _label(self, name: str) -> str:
        label = f"{name:<{self._width}}|"
        if not self._colour:
            return label
        if name not in self._names:
            self._names.append(name)
        colour = COLOURS[self._names.index(name) % len(COLOURS)]
        return f"\x1b[{colour}m{label}\x1b[0m"

    def follow(self, child: Child) -> None:
        """Copy a child's output until it ends, each pipe in a thread of its own."""
        if child.process is None:
            return
        sinks = {child.process.stdout: child.kept, child.process.stderr: None}
        for pipe, kept in sinks.items():
            if pipe is not None:
                thread = threading.Thread(
                    target=self._copy, args=(pipe, child.name, kept), daemon=True
                )
                thread.start()
                child.readers.append(thread)

    def _copy(self, pipe: IO[bytes], name: str, kept: list[str] | None) -> None:
        with pipe:
            for line in pipe:
                text = line.decode("utf-8", "replace").rstrip().rpartition("\r")[2]
                if kept is not None:
                    kept.append(text)
                elif text:
                    self(name, text)


class Supervisor:
    """Owns every process of one instance. Use from the main thread only.

    The kernel ties a child to the *thread* that started it, so a start from a short-lived thread
    would be followed by the child's death.
    """

    def __init__(
        self,
        log: Log | None = None,
        on_change: Callable[[list[processes.Process]], None] | None = None,
    ) -> None:
        self.log = log or Log()
        self.children: list[Child] = []
        self._on_change = on_change

    def start(self, *children: Child, timeout: float = 30.0) -> None:
        """Start the children together and return when each is ready.

        A child that exits meanwhile is started again until `timeout` seconds are over: after a
        crash, PostgreSQL may have to wait for the last of its orphans. Raises StartError.
        """
        deadline = time.monotonic() + timeout
        for child in children:
            self.children.append(child)
            self._spawn(child)
        for child in children:
            self._await(child, deadline)

    def _await(self, child: Child, deadline: float) -> None:
        while not self._is_ready(child):
            if time.monotonic() > deadline:
                raise StartError(f"{child.name} is not ready in time (exit {child.status})")
            self._revive(child)
            time.sleep(0.03)

    @staticmethod
    def _is_ready(child: Child) -> bool:
        return child.running and (child.ready is None or child.ready())

    def _spawn(self, child: Child) -> None:
        child.next_start = None
        child.born = time.monotonic()
        child.process = self._open(child)
        self.log.follow(child)
        self._changed()

    @staticmethod
    def _open(child: Child) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            confined(child.argv, number=child.stop[0][0], mode=child.mode),
            env={**os.environ, **child.env},
            cwd=child.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if child.kept is None else subprocess.PIPE,
            start_new_session=True,  # a terminal's Ctrl-C reaches the supervisor alone
        )

    def _revive(self, child: Child) -> None:
        """Notice a death, and start the child again when its pause is over."""
        if child.running:
            return
        now = time.monotonic()
        if child.next_start is None:
            processes.signal_group(child.pid, signal.SIGKILL)  # its workers hold port and queue
            child.pause = FIRST_PAUSE if now - child.born > STEADY else child.pause
            child.next_start = now + child.pause
            self.log("dev", f"{child.name} exited ({child.status}), starting it again")
            child.pause = min(child.pause * 2, LONGEST_PAUSE)
        elif now >= child.next_start:
            self._spawn(child)

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Keep every child running until `until()` holds, or a stop is requested."""
        while not until():
            for child in self.children:
                self._revive(child)
            time.sleep(POLL)

    @property
    def in_vain(self) -> bool:
        """Whether a child was started again and again, and exits each time."""
        return any(child.pause >= HOPELESS_PAUSE for child in self.children)

    def watch_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.watch(until=lambda: time.monotonic() > end)

    def stop(self) -> None:
        """Stop everything: highest tier first, then the servers it used. Idempotent."""
        for tier in sorted({child.tier for child in self.children}, reverse=True):
            self._stop_together([child for child in self.children if child.tier == tier])
        self.children.clear()
        self._changed()

    def _stop_together(self, children: Sequence[Child]) -> None:
        asked = time.monotonic()
        for step in range(max(len(child.stop) for child in children)):
            self._signal_and_wait(children, step)
        for child in children:
            if child.running:
                self.log("dev", f"{child.name} did not stop, killing it")
            processes.signal_group(child.pid, signal.SIGKILL)
            if child.process:
                child.process.wait()
        names = ", ".join(child.name for child in children)
        self.log("dev", f"stopped {names} in {time.monotonic() - asked:.1f} s")

    @staticmethod
    def _signal_and_wait(children: Sequence[Child], step: int) -> None:
        asked = time.monotonic()
        told = [child for child in children if child.running and step < len(child.stop)]
        for child in told:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, child.stop[step][0])
        while any(
            child.running and time.monotonic() - asked < child.stop[step][1] for child in told
        ):
            time.sleep(0.02)

    def run(self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None) -> int:
        """Run a program to its end among the logs, minding the others. Returns its exit code."""
        task = self.begin(Child(name, argv, env=env or {}))
        self.finish(task)
        return task.status or 0

    def begin(self, task: Child) -> Child:
        """Start a program that ends by itself and is not started again. `finish` must follow."""
        task.process = self._open(task)
        self.log.follow(task)
        return task

    def finish(self, task: Child) -> None:
        """Wait for its end, minding the others; when interrupted, kill it first."""
        try:
            self.watch(until=lambda: not task.running)
        finally:
            processes.signal_group(task.pid, signal.SIGKILL)
            if task.process:
                task.process.wait()
        for reader in task.readers:
            reader.join(1.0)

    def _changed(self) -> None:
        if self._on_change is None:
            return
        alive = []
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                alive.append(processes.Process.of(child.pid))
        self._on_change(alive)


def stop_on_signals() -> None:
    """SIGINT, SIGTERM and SIGHUP raise StopRequested in the main thread, once."""

    def handler(number: int, _frame: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise StopRequested(signal.Signals(number).name)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, handler)

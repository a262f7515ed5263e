"""Who is alive: process ids are reused, so a process is named by its id and its start time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc/self/stat")
STATE, START_TIME = 0, 19  # fields of /proc/PID/stat, counted after the command's bracket


@dataclass(frozen=True)
class Process:
    """One process for ever: another one under the same id has another start time."""

    pid: int
    started: str

    @property
    def alive(self) -> bool:
        return started(self.pid) == self.started

    @classmethod
    def current(cls) -> Process:
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Process:
        """Raises ProcessLookupError if it is gone already."""
        when = started(pid)
        if when is None:
            raise ProcessLookupError(pid)
        return cls(pid, when)


def started(pid: int) -> str | None:
    """An opaque start time, None for a process that is gone or only waits to be reaped."""
    if not PROC.exists():
        return _started_by_ps(pid)
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[STATE] in "ZX" else fields[START_TIME]


def _started_by_ps(pid: int) -> str | None:
    answer = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def command_line(pid: int) -> str:
    """The words it was started with, separated by spaces; empty if it is gone."""
    if PROC.exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""
    answer = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def signal_group(pid: int, number: int) -> None:
    """Signal the group led by `pid`; quiet when nobody is left in it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def end_leftovers(processes: Sequence[Process], patience: float = 5.0) -> int:
    """Wait for processes of an earlier run to go, then kill their groups.

    `patience` is in seconds: children that were told to die with their supervisor need a moment.
    Returns how many had to be killed.
    """
    deadline = time.monotonic() + patience
    while any(process.alive for process in processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    stubborn = [process for process in processes if process.alive]
    for process in stubborn:
        signal_group(process.pid, signal.SIGKILL)
    return len(stubborn)

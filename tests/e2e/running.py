"""Starts the product as a newcomer would, in a folder and on a port of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN = 300.0
STOPPED_WITHIN = 30.0
_FOREIGN = ("KAIZO_", "DATABASE_", "VAULT_", "REDIS_", "EMAIL_", "DJANGO_", "PYTEST_", "PYTHON")
_SIGN_IN = re.compile(r"(?P<email>[\w.+-]+@[\w.-]+\.example)\s+(?:\S+:\s*)?(?P<password>\S+)")


@dataclass
class Instance:
    """A running product: where it answers, and who may sign in."""

    address: str
    home: Path
    sign_ins: dict[str, tuple[str, str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def note(self, line: str) -> None:
        self.lines.append(line)
        found = _SIGN_IN.search(line)
        if found:
            role = found["email"].split("@")[0]
            self.sign_ins[role] = (found["email"], found["password"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _read(process: subprocess.Popen[str], instance: Instance, ready: threading.Event) -> None:
    """Until the end, so that the pipe never fills."""
    assert process.stdout is not None
    for line in process.stdout:
        instance.note(line.rstrip())
        if "READY " in line:
            ready.set()
    ready.set()


@contextmanager
def instance(home: Path) -> Iterator[Instance]:
    """`./dev up` with the demo, stopped at the end. Raises with its log when it does not start."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
    environment |= {"KAIZO_HOME": str(home), "KAIZO_PORT": str(port), "DEV_NO_SANDBOX": "1"}
    running = Instance(f"http://127.0.0.1:{port}", home)
    ready = threading.Event()
    with subprocess.Popen(  # noqa: S603 - our own launcher
        [str(ROOT / "dev"), "up"], env=environment, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    ) as process:  # fmt: skip
        reader = threading.Thread(target=_read, args=(process, running, ready), daemon=True)
        reader.start()
        try:
            ready.wait(READY_WITHIN)
            assert process.poll() is None, "\n".join(running.lines[-40:])
            assert running.sign_ins, "\n".join(running.lines[-40:])
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOPPED_WITHIN)
            reader.join(STOPPED_WITHIN)

"""Roundup 2.6 on the loopback, unmodified: it answers too many calls with real 429s."""

from __future__ import annotations

import base64
import http.client
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from shutil import which

from kaizo.embedded.confine import mode_for_postgres
from kaizo.embedded.supervisor import confined

ROOT = Path(__file__).resolve().parents[3]
# Where .ci/run installs it; an installation on the PATH will do as well.
FOLDER = ROOT / ".kaizo" / "peers" / "roundup"
PASSWORD = "password"
TRACKER = "support"
_READY_WITHIN = 60.0  # seconds


def _program(name: str) -> str | None:
    return which(name, path=f"{FOLDER / 'bin'}:{os.environ.get('PATH', '')}")


def why_not() -> str:
    """Why it cannot be started here; empty when it can."""
    if _program("roundup-server") is None:
        where = FOLDER.relative_to(ROOT)
        return f"Roundup is not installed: tests/integrations/live/roundup.txt into {where}"
    if os.geteuid() == 0 and mode_for_postgres() != "userns":
        return "Roundup refuses root, and user namespaces do not work here"
    return ""


@dataclass
class Roundup:
    """A running one, and how many calls in how many seconds it allows."""

    port: int
    calls: int
    seconds: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{TRACKER}"

    @property
    def headers(self) -> dict[str, str]:
        secret = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        return {"Authorization": f"Basic {secret}"}

    def use_up(self, path: str) -> None:
        """Call, one after the other, until it refuses: calls at the same moment may pass all."""
        for _each in range(10 * self.calls):
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            line.request("GET", f"/{TRACKER}{path}", headers=self.headers)
            refused = line.getresponse().status == HTTPStatus.TOO_MANY_REQUESTS
            line.close()
            if refused:
                return


@contextmanager
def running(folder: Path, *, calls: int, seconds: int) -> Iterator[Roundup]:
    """Set up in `folder`, started, and stopped at the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tracker = folder / "tracker"
    options = f"rdbms_backend=sqlite,tracker_web=http://127.0.0.1:{port}/{TRACKER}/"
    options += ",mail_host=127.0.0.1,mail_domain=shop.example"
    _run("roundup-admin", "-i", str(tracker), "install", "classic", "sqlite", options)
    config = tracker / "config.ini"
    text = config.read_text()
    for name, value in (("api_calls_per_interval", calls), ("api_interval_in_sec", seconds)):
        text = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
    config.write_text(text)
    _run("roundup-admin", "-i", str(tracker), "initialise", PASSWORD)
    server = [str(_program("roundup-server")), "-n", "127.0.0.1", "-p", str(port)]
    mode = mode_for_postgres() if os.geteuid() == 0 else "plain"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - the package's own server
            confined([*server, f"{TRACKER}={tracker}"], number=signal.SIGTERM, mode=mode),
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _wait_for(port, process, folder / "log")
            yield Roundup(port, calls, seconds)
        finally:
            process.terminate()
            process.wait(30)


def _run(program: str, *words: str) -> None:
    done = subprocess.run(  # noqa: S603 - the package's own tools
        [str(_program(program)), *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _READY_WITHIN
    while process.poll() is None and time.monotonic() < until:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", f"/{TRACKER}/")
            if line.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            line.close()
    raise AssertionError(f"Roundup did not start: {log.read_text()}")

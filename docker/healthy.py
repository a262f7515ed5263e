"""Exit code 0 if this container does its work: `python docker/healthy.py web|worker|beat|watch`."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from pathlib import Path


def web() -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=4)
    host = os.environ["KAIZO_ALLOWED_HOSTS"].split(",")[0]
    connection.request("GET", "/healthz", headers={"Host": host})
    return connection.getresponse().status == http.client.OK


def worker() -> bool:
    name = f"celery@{os.uname().nodename}"
    ping = ["celery", "-A", "kaizo", "inspect", "ping", "--timeout", "10", "-d", name]
    return subprocess.run(ping, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own words


def beat() -> bool:
    return b"beat" in Path("/proc/1/cmdline").read_bytes()


def watch() -> bool:
    return b"privacy_deadlines" in Path("/proc/1/cmdline").read_bytes()


if __name__ == "__main__":
    try:
        healthy = {"web": web, "worker": worker, "beat": beat, "watch": watch}[sys.argv[1]]()
    except OSError:
        healthy = False
    sys.exit(not healthy)

"""`./dev up`: one instance, from nothing to a page that answers, until it is told to stop."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from kaizo.embedded import stack
from kaizo.embedded.home import ROOT, AlreadyRunningError, Home, given, write_private
from kaizo.embedded.processes import end_leftovers
from kaizo.embedded.servers import ServerError
from kaizo.embedded.supervisor import (
    Child,
    StartError,
    StopRequested,
    Supervisor,
    stop_on_signals,
)

BIN = Path(sys.executable).parent
APPLICATION = 1  # tier: stopped before the servers
READY_WITHIN = 120.0  # seconds, on a slow machine
BROKEN_FOR = 10.0  # seconds of errors or of children that exit: waiting will not help
ASK_EVERY = 0.5
PORT_PATIENCE = 5.0
# Set to start the demo without the helpdesk that makes tickets arrive: browser tests need quiet.
NO_SANDBOX = "DEV_NO_SANDBOX"


def up(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev up", description=__doc__)
    parser.add_argument(
        "--no-demo", action="store_true", help="start empty, with the first-run set-up page"
    )
    options = parser.parse_args(argv)
    stack.forget_throwaway()
    home = Home.from_environment()
    home.prepare()
    stop_on_signals()
    try:
        with home.lock():
            return Instance(home, demo=not options.no_demo).run()
    except (AlreadyRunningError, ServerError, StartError, OSError) as problem:
        print(f"./dev up: {problem}", file=sys.stderr)
        return 1
    except StopRequested:
        return 0


class Instance:
    """Everything between the lock and its release."""

    def __init__(self, home: Home, *, demo: bool) -> None:
        self.began = time.monotonic()
        self.home = home
        self.port = int(os.environ.get("KAIZO_PORT") or 8000)
        self.own_servers = stack.own_servers()
        # With servers of one's own and a public address, this is a production in all but name.
        self.local = not (self.own_servers and given("KAIZO_BASE_URL"))
        self.demo = demo and self.local
        self.helpdesk = self._helpdesk() if self.demo else None
        self.supervisor = Supervisor(on_change=home.remember)

    def run(self) -> int:
        try:
            self._clear_the_way()
            self._prepare()
            self._start_application()
            self.supervisor.watch()
        except StopRequested as request:
            self.say(f"{request}: stopping")
            raise
        finally:
            self.home.withdraw()
            self.supervisor.stop()
            self.home.remove_sockets()
        return 0

    def say(self, line: str) -> None:
        self.supervisor.log("dev", line)

    def _clear_the_way(self) -> None:
        killed = end_leftovers(self.home.remembered())
        if killed:
            self.say(f"ended {killed} processes of a run that was killed")
        deadline = time.monotonic() + PORT_PATIENCE
        while not port_is_free(self.port):
            if time.monotonic() > deadline:
                raise ServerError(
                    f"port {self.port} is in use: choose another with KAIZO_PORT=8001 ./dev up"
                )
            time.sleep(0.1)

    def _prepare(self) -> None:
        environment = {
            "KAIZO_HOME": str(self.home.path),
            "KAIZO_PORT": str(self.port),
            "KAIZO_EMBEDDED": str(int(self.local)),
            "KAIZO_DEMO": str(int(self.demo)),
            "PYTHONUNBUFFERED": "1",
            **self.home.secrets(),
        }
        if not self.own_servers:
            environment |= stack.start_servers(self.home, self.supervisor)
            self.say(f"servers ready after {self.elapsed}")
        os.environ.update(environment)
        self._migrate()
        self.home.publish({**_own_settings(), **environment})

    def _migrate(self) -> None:
        argv = [sys.executable, "-m", "kaizo.embedded.prepare"]
        if self.supervisor.run("migrate", argv, {"KAIZO_DATABASE_ROLE": "owner"}):
            raise StartError("the migrations failed, see above")
        self.say(f"migrated after {self.elapsed}")

    def _helpdesk(self) -> dict[str, str] | None:
        """Port and first day of the demo's helpdesk, chosen once; None when it cannot run."""
        if os.environ.get(NO_SANDBOX):
            return None
        kept = self.home.path / "sandbox.json"
        if not kept.exists():
            made = {"port": str(free_port()), "now": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S+00:00}"}
            write_private(kept, json.dumps(made))
        chosen: dict[str, str] = json.loads(kept.read_text())
        return chosen if port_is_free(int(chosen["port"])) else None

    def _start_application(self) -> None:
        self.supervisor.start(*self._children())
        signs = self._load_demo() if self.demo else self._first_run()
        answer = self._await_ready()
        if answer:
            raise StartError(f"not ready after {self.elapsed}: {answer}")
        self.say("")
        for line in signs:
            self.say(line)
        self.say(f"READY {self.address} after {self.elapsed} (Ctrl-C stops everything)")

    def _children(self) -> list[Child]:
        celery = [str(BIN / "celery"), "--quiet", "-A", "kaizo"]
        worker = ["worker", "--concurrency", "2", "--without-gossip", "--without-mingle"]
        worker += ["--queues", "celery,texts"]
        worker += ["--", "worker.soft_shutdown_timeout=2"]
        beat = ["beat", "--schedule", str(self.home.path / "beat-schedule"), "--pidfile="]
        web = [str(BIN / "gunicorn"), "-c", "python:kaizo.embedded.gunicorn_conf"]
        web += ["--bind", f"127.0.0.1:{self.port}", "kaizo.wsgi:application"]
        # SIGQUIT gives running tasks those two seconds, then puts them back in the queue; SIGTERM
        # would wait for each to finish.
        patient = ((signal.SIGQUIT, 5.5),)
        path = {"PYTHONPATH": str(ROOT)}
        calm = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
        children = [
            Child("web", web, path, stop=((signal.SIGTERM, 5.0),), tier=APPLICATION),
            Child("worker", [*celery, *worker], path | calm, stop=patient, tier=APPLICATION),
            Child("beat", [*celery, *beat], path, stop=((signal.SIGTERM, 5.0),), tier=APPLICATION),
            # Apart from the queue: it tells officers when a worker stands still.
            Child("watch", stack.manage("privacy_deadlines"), path, tier=APPLICATION),
        ]
        if self.helpdesk:
            sandbox = stack.manage("sandbox_helpdesk", "--port", self.helpdesk["port"])
            sandbox += ["--now", self.helpdesk["now"], "--tickets", "150", "--arrivals", "4"]
            children.append(Child("helpdesk", sandbox, path, tier=APPLICATION))
        return children

    def _load_demo(self) -> list[str]:
        """The sign-ins, one a line. Runs while the web server is starting."""
        command = [sys.executable, "-m", "kaizo.embedded.demo"]
        if self.helpdesk:
            command += ["--sandbox", f"http://127.0.0.1:{self.helpdesk['port']}"]
        task = self.supervisor.begin(Child("demo", command, kept=[]))
        self.supervisor.finish(task)
        failed = ["Not all of the demo could be loaded, see above."] if task.status else []
        return [*failed, *(task.kept or [])]

    def _first_run(self) -> list[str]:
        """Where to set the instance up and with which code, until somebody has."""
        command = stack.manage("setup_code", "--if-open")
        task = self.supervisor.begin(Child("setup", command, kept=[]))
        self.supervisor.finish(task)
        return [f"Set up at {self.address}/setup/ with the code {code}" for code in task.kept or []]

    def _await_ready(self) -> str:
        """Empty when /readyz says so, else its last answer."""
        began = time.monotonic()
        while answer := ask_ready(self.port):
            broken = answer.startswith("500") or self.supervisor.in_vain
            patience = BROKEN_FOR if broken else READY_WITHIN
            if time.monotonic() - began > patience:
                return answer
            self.supervisor.watch_for(ASK_EVERY)
        return ""

    @property
    def elapsed(self) -> str:
        return f"{time.monotonic() - self.began:.1f} s"

    @property
    def address(self) -> str:
        return os.environ.get("KAIZO_BASE_URL") or f"http://127.0.0.1:{self.port}"


def _own_settings() -> dict[str, str]:
    """What the person set: other shells must see the same instance."""
    prefixes = ("KAIZO_", "DATABASE_", "VAULT_DATABASE_", "REDIS_", "EMAIL_URL")
    return {name: value for name, value in os.environ.items() if name.startswith(prefixes)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def ask_ready(port: int) -> str:
    """Empty when everything works, else what /readyz answers or why it does not."""
    host = urlsplit(os.environ.get("KAIZO_BASE_URL", "")).netloc or f"127.0.0.1:{port}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": host})
        response = connection.getresponse()
        body = response.read(2000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return str(error)
    finally:
        connection.close()
    return "" if response.status == http.client.OK else f"{response.status} {body}"

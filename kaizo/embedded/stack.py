"""Servers for one run: an instance's own, or throw-away ones for tests, checks and benchmarks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from kaizo.embedded.home import OWNER_SERVERS, ROOT, SECRETS, SERVERS, Home, given
from kaizo.embedded.servers import Postgres, ServerError, Valkey
from kaizo.embedded.supervisor import Log, StartError, StopRequested, Supervisor, confined

MANAGE = str(ROOT / "manage.py")
# Set for programs that run beside throw-away servers: an `up` among them starts its own.
THROWAWAY = "DEV_THROWAWAY"
LAST_MOMENT = 8.0  # seconds a test run gets to end after Ctrl-C


def manage(*words: str) -> list[str]:
    return [sys.executable, MANAGE, *words]


def start_servers(
    home: Home, supervisor: Supervisor, *, careless: bool = False, for_tests: bool = False
) -> dict[str, str]:
    """Start both servers, make roles and databases; returns the variables that name them.

    `careless` servers lose everything in a crash. `for_tests` lets the owner create databases.
    """
    postgres, valkey = Postgres(home, careless=careless), Valkey(home, careless=careless)
    postgres.prepare()
    valkey.prepare()
    supervisor.start(postgres.child(), valkey.child())
    postgres.create_roles(for_tests=for_tests)
    return postgres.environment() | valkey.environment()


def own_servers() -> bool:
    """Whether the environment names servers of one's own. Raises ServerError if only some."""
    named = [name for name in SERVERS if given(name)]
    if not named:
        return False
    missing = [name for name in (*SERVERS, *OWNER_SERVERS) if not given(name)]
    if missing:
        raise ServerError(
            f"{named[0]} is set, so nothing embedded starts, but {', '.join(missing)} "
            "is missing: see docs/develop/setup.md"
        )
    return True


def forget_throwaway() -> None:
    """Drop the servers and keys of a test run that started us, keeping KAIZO_HOME and the like."""
    if os.environ.pop(THROWAWAY, None):
        alien = ("KAIZO_DATABASE_ROLE", "DJANGO_SETTINGS_MODULE")
        for name in (*SERVERS, *OWNER_SERVERS, *SECRETS, *alien):
            os.environ.pop(name, None)


@contextmanager
def throwaway(*, careless: bool = True) -> Iterator[dict[str, str]]:
    """Servers of their own in a temporary folder; yields the environment to use them with.

    They are gone, with all they held, when the block is left.
    """
    home = Home(Path(tempfile.mkdtemp(prefix="kaizo-throwaway-")))
    said: list[str] = []  # nothing to say unless they do not start
    supervisor = Supervisor(Log(said.append))
    postgres: Postgres | None = None
    try:
        home.prepare()
        postgres = Postgres(home, careless=careless)
        servers = start_servers(home, supervisor, careless=careless, for_tests=True)
        yield {
            **_without_settings(os.environ),
            **servers,
            **home.own_secrets(),
            "KAIZO_HOME": str(home.path),
            "KAIZO_EMBEDDED": "1",
            THROWAWAY: "1",
        }
    except StartError as error:
        raise StartError("\n".join([str(error), *said])) from error
    finally:
        supervisor.stop()
        if postgres is not None:
            postgres.remove()
        home.remove_sockets()
        shutil.rmtree(home.path, ignore_errors=True)


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What is left when an instance's servers, keys and settings are taken out."""
    ours = {f"{name}{ending}" for name in (*SERVERS, *OWNER_SERVERS) for ending in ("", "_FILE")}
    return {
        name: value
        for name, value in environment.items()
        if name not in ours and not name.startswith("KAIZO_")
    }


def run(argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program in the foreground and return its exit code, also after Ctrl-C."""
    program = subprocess.Popen(confined(argv, number=signal.SIGTERM), env=environment, cwd=ROOT)
    try:
        return program.wait()
    except StopRequested:
        # A terminal's Ctrl-C reached the program, too: let it tell what it had found.
        if program.poll() is None:
            program.terminate()
        return _last_moment(program)


def _last_moment(program: subprocess.Popen[bytes]) -> int:
    try:
        program.wait(LAST_MOMENT)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
    return 128 + signal.SIGINT

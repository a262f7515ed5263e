"""KAIZO_HOME: where one instance keeps its data, its secrets and what others need to find it."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from kaizo.embedded.processes import Process

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FOLDER = 80  # bytes; a socket's whole path must stay under 104 (macOS) or 108 (Linux)
SECRETS = ("KAIZO_SECRET_KEY", "KAIZO_ROOT_KEY")
SERVERS = ("DATABASE_URL", "VAULT_DATABASE_URL", "REDIS_URL")
OWNER_SERVERS = ("DATABASE_OWNER_URL", "VAULT_DATABASE_OWNER_URL")


class AlreadyRunningError(Exception):
    """Another `./dev up` holds this KAIZO_HOME."""


def given(name: str) -> bool:
    """Whether the environment has the setting, itself or in a file."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def private_folder(path: Path, mode: int = 0o700) -> Path:
    """Make it with this mode. Refuses one of somebody else's; heals one that others can read."""
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    found = path.lstat()
    if found.st_uid != os.getuid():
        raise PermissionError(f"{path} belongs to another user")
    if found.st_mode & 0o066:
        path.chmod(mode)
    return path


def write_private(path: Path, text: str) -> None:
    """Write whole or not at all, readable by us alone from the first byte on."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)


class Home:
    """The folder and the files in it whose names others rely on."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.run = self.path / "run"

    @classmethod
    def from_environment(cls) -> Home:
        """KAIZO_HOME, relative to where we are; `.kaizo` in the checkout by default."""
        named = os.environ.get("KAIZO_HOME")
        return cls(Path(named)) if named else cls(ROOT / ".kaizo")

    def prepare(self) -> None:
        private_folder(self.path)
        private_folder(self.run)

    @contextmanager
    def lock(self, patience: float = 2.0) -> Iterator[None]:
        """Hold the instance. Raises AlreadyRunningError after `patience` seconds."""
        with (self.run / "lock").open("w") as handle:
            deadline = time.monotonic() + patience
            while not _try_lock(handle.fileno()):
                if time.monotonic() > deadline:
                    raise AlreadyRunningError(f"already running with KAIZO_HOME={self.path}")
                time.sleep(0.1)
            yield

    def sockets(self) -> Path:
        """A private folder whose path is short enough for Unix sockets."""
        if len(os.fsencode(self.run)) <= LONGEST_FOLDER:
            return self.run
        named = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        return private_folder(_short_base() / f"kaizo-{os.getuid()}-{named}")

    def remove_sockets(self) -> None:
        """Take away the folder outside the home, if the path asked for one."""
        if self.sockets() != self.run:
            shutil.rmtree(self.sockets(), ignore_errors=True)

    def secrets(self) -> dict[str, str]:
        """The instance's own keys that the environment does not give."""
        return {name: key for name, key in self.own_secrets().items() if not given(name)}

    def own_secrets(self) -> dict[str, str]:
        """The instance's own keys, made on the first call."""
        stored = self.path / "secrets.json"
        if not stored.exists():
            made = {
                "KAIZO_SECRET_KEY": secrets.token_urlsafe(50),
                "KAIZO_ROOT_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            }
            write_private(stored, json.dumps(made, indent=1))
        kept: dict[str, str] = json.loads(stored.read_text())
        return {name: kept[name] for name in SECRETS}

    def publish(self, environment: Mapping[str, str]) -> None:
        """Let `manage.py` and `./dev manage` find the running instance."""
        owner = Process.current()
        record = {"pid": owner.pid, "started": owner.started, "env": dict(environment)}
        write_private(self.run / "env.json", json.dumps(record, indent=1))

    def withdraw(self) -> None:
        (self.run / "env.json").unlink(missing_ok=True)

    def published(self) -> dict[str, str] | None:
        """The environment of the running instance; None if there is none."""
        try:
            record = json.loads((self.run / "env.json").read_text())
            alive = Process(record["pid"], record["started"]).alive
            environment: dict[str, str] = record["env"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return environment if alive else None

    def remember(self, children: Sequence[Process]) -> None:
        """Note the children, for a start after this process was killed."""
        listed = [[child.pid, child.started] for child in children]
        write_private(self.run / "children.json", json.dumps(listed))

    def remembered(self) -> list[Process]:
        try:
            listed = json.loads((self.run / "children.json").read_text())
            return [Process(int(pid), str(started)) for pid, started in listed]
        except (OSError, ValueError, TypeError):
            return []


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _short_base() -> Path:
    named = [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/var/tmp"]  # noqa: S108 - a private folder of checked ownership is made in it
    for folder in named:
        if folder and len(folder) < LONGEST_FOLDER - 30 and os.access(folder, os.W_OK):
            return Path(folder)
    raise OSError("no writable folder with a short path for sockets: set XDG_RUNTIME_DIR")

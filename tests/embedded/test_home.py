"""KAIZO_HOME: secrets, lock, sockets, and how others find the running instance."""

from __future__ import annotations

import base64
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kaizo.embedded.home import AlreadyRunningError, Home, private_folder
from kaizo.embedded.processes import Process, end_leftovers


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("KAIZO_SECRET_KEY", "KAIZO_ROOT_KEY"):
        monkeypatch.delenv(name, raising=False)
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_and_only_we_can_read_them(home):
    first = home.secrets()
    assert home.secrets() == first
    assert len(base64.b64decode(first["KAIZO_ROOT_KEY"])) == 32
    assert mode(home.path / "secrets.json") == 0o600
    assert mode(home.path) == 0o700


def test_another_home_has_other_secrets(home, tmp_path):
    other = Home(tmp_path / "other")
    other.prepare()
    ours, theirs = home.secrets(), other.secrets()
    assert not set(ours.values()) & set(theirs.values())


def test_a_secret_of_the_environment_wins(home, monkeypatch):
    monkeypatch.setenv("KAIZO_ROOT_KEY_FILE", "/run/secrets/root_key")
    assert set(home.secrets()) == {"KAIZO_SECRET_KEY"}


def test_a_folder_that_others_can_read_is_closed(tmp_path):
    tmp_path.chmod(0o755)
    private_folder(tmp_path)
    assert mode(tmp_path) == 0o700


def test_only_one_instance_holds_a_home(home):
    with home.lock(), pytest.raises(AlreadyRunningError, match="already running"), home.lock(0.0):
        pass
    with home.lock(0.0):
        assert (home.run / "lock").exists()


def test_a_running_instance_is_found(home):
    home.publish({"DATABASE_URL": "postgres://kaizo_app@%2Ftmp/kaizo"})
    assert home.published() == {"DATABASE_URL": "postgres://kaizo_app@%2Ftmp/kaizo"}
    assert mode(home.run / "env.json") == 0o600
    home.withdraw()
    assert home.published() is None


def test_the_record_of_a_killed_instance_is_not_believed(home):
    home.publish({"DATABASE_URL": "postgres://kaizo_app@%2Ftmp/kaizo"})
    record = json.loads((home.run / "env.json").read_text())
    record["started"] = "1"  # our process id, used by another process before us
    (home.run / "env.json").write_text(json.dumps(record))
    assert home.published() is None


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"pid": 1}', "\0"])
def test_a_damaged_record_is_no_instance(home, content):
    (home.run / "env.json").write_text(content)
    assert home.published() is None


def test_sockets_stay_in_the_home_when_its_path_is_short():
    home = Home(Path("/srv/kaizo"))
    assert home.sockets() == Path("/srv/kaizo/run")


def test_sockets_of_a_long_path_go_to_a_short_private_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    home = Home(tmp_path / ("x" * 120))
    sockets = home.sockets()
    assert len(os.fsencode(sockets)) < 80
    assert mode(sockets) == 0o700
    other = Home(tmp_path / ("y" * 120))
    assert other.sockets() != sockets
    home.remove_sockets()
    other.remove_sockets()
    assert not sockets.exists()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(PermissionError, match="belongs to another user"):
        private_folder(tmp_path)


def test_what_a_killed_run_left_is_ended(home):
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )
    home.remember([Process.of(left.pid)])
    assert end_leftovers(home.remembered(), patience=0.0) == 1
    assert left.wait() == -signal.SIGKILL


def test_a_process_that_only_has_the_same_number_is_spared():
    assert end_leftovers([Process(os.getpid(), "another time")], patience=0.0) == 0

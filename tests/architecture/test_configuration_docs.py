"""The configuration page names every setting, and no setting that is not there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "install" / "configuration.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "kaizo" / "settings.py").read_text(encoding="utf-8")

_NAME = r"(?:KAIZO|DATABASE|VAULT|REDIS|EMAIL)_[A-Z_]*[A-Z]"


def documented() -> set[str]:
    return {
        name
        for line in PAGE.splitlines()
        if line.startswith("| `")
        for name in re.findall(f"`({_NAME})`", line.split("|")[1])
    }


def read() -> set[str]:
    return set(re.findall(f'"({_NAME})"', SETTINGS))


def test_every_setting_is_described() -> None:
    assert len(read()) > 15
    assert read() - documented() == set()


def test_no_described_setting_is_gone() -> None:
    assert documented() - read() == set()

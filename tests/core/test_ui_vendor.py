"""Vendored files are what the manifest says, and lead nowhere else."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = [ROOT / "kaizo/core/static/vendor", ROOT / "tests/e2e/vendor"]
STATIC = ROOT / "kaizo/core/static"


@pytest.mark.parametrize("folder", MANIFESTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_vendored_files_match_their_checksums(folder: Path) -> None:
    packages = tomllib.loads((folder / "manifest.toml").read_text())["package"]
    listed = {name: digest for package in packages for name, digest in package["files"].items()}
    found = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.toml"
    }
    assert found == listed


@pytest.mark.parametrize("folder", MANIFESTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_vendored_package_names_its_licence_and_carries_it(folder: Path) -> None:
    for package in tomllib.loads((folder / "manifest.toml").read_text())["package"]:
        assert package["licence"] in {"MIT", "MPL-2.0"}
        assert any(name.endswith("LICENSE") for name in package["files"])


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda p: p.name)
def test_style_sheets_load_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text()
    assert "sourceMappingURL" not in text
    assert "@import" not in text
    assert not re.search(r"url\(\s*[\"']?(https?:)?//", text)


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda p: p.name)
def test_style_sheets_hold_no_image_in_a_data_address(path: Path) -> None:
    """The content policy refuses them, and says so in the console: switching them off in a later
    sheet is too late for a page that is drawn before that sheet has come."""
    assert "data:" not in path.read_text()


def test_the_sprite_holds_every_icon_that_is_asked_for() -> None:
    sprite = (STATIC / "vendor/bootstrap-icons-1.13.2/icons.svg").read_text()
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    asked = set()
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        asked |= set(re.findall(r'{% icon "([^"]+)"', text))
        asked |= set(re.findall(r'{% badge \S+ "[^"]*" "([^"]+)"', text))
    asked |= set(re.findall(r'Entry\(_\("[^"]+"\), "[^"]+", "([^"]+)"', (
        ROOT / "kaizo/accounts/context.py").read_text()))  # fmt: skip
    assert asked
    assert asked <= there

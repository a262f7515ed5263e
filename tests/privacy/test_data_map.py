"""The data map that the documentation ships."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from privacy.data_map import data_map
from privacy.registry import registry


def test_the_page_in_the_documentation_is_up_to_date() -> None:
    call_command("privacy_map", check=True)


def test_the_map_names_every_declared_field() -> None:
    page = data_map(registry)
    for declaration in registry.declarations():
        assert f"### {declaration.label}\n" in page
        assert all(f"| `{name}` |" in page for name in declaration.fields)
    assert all(f"| {model._meta.label} |" in page for model in registry.not_personal)


def test_the_command_prints_and_writes_the_page(tmp_path: Path, settings: Settings) -> None:
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match="out of date"):
        call_command("privacy_map", check=True)

    out = StringIO()
    call_command("privacy_map", stdout=out)

    written = (tmp_path / "docs/privacy/data-map.md").read_text(encoding="utf-8")
    assert written == out.getvalue() == data_map(registry)
    call_command("privacy_map", check=True)

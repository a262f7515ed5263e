"""Everything that privacy officers and those who ask them read is there in Dutch and German."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import trans_real

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted((ROOT / "templates" / "privacy").rglob("*.html"))
CODE = sorted(
    path for app in ("rights", "accountability") for path in (ROOT / "privacy" / app).rglob("*.py")
)
_SHOWN = re.compile(r"""\{%\s*translate\s+"([^"]+)"|_\("([^"]+)"\)""")
_MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop"}


def words() -> Iterator[tuple[str, str]]:
    """(file, text) of each text that is marked to be translated."""
    for path in TEMPLATES:
        for found in _SHOWN.findall(path.read_text(encoding="utf-8")):
            yield path.name, found[0] or found[1]
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _MARKS:
                [text, *_rest] = node.args
                if isinstance(text, ast.Constant):
                    yield path.name, str(text.value)


@pytest.mark.parametrize("language", ["nl", "de"])
def test_no_word_of_the_privacy_pages_is_left_in_english(language: str) -> None:
    catalogue = trans_real.translation(language)._catalog
    found = list(words())
    assert len(found) > 300
    assert sorted({(where, text) for where, text in found if text not in catalogue}) == []

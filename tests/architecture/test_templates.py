"""What no template may contain, because the content policy would refuse it or nobody could
translate it, and what every page needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [p for p in TEMPLATES if not {"mail", "emails"} & set(p.parts)]
LIMIT = 150

ids = {"ids": lambda p: str(p.relative_to(ROOT / "templates"))}


@pytest.mark.parametrize("path", PAGES, **ids)
def test_a_template_carries_no_inline_style_script_or_handler(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<[^>{]*\sstyle\s*=", text)
    assert "<style" not in text
    assert not re.search(r"<[a-z][^>]*\son[a-z]+\s*=", text)
    assert "hx-on" not in text
    assert "javascript:" not in text
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag


@pytest.mark.parametrize("path", PAGES, **ids)
def test_a_template_loads_nothing_from_another_origin(path: Path) -> None:
    found = re.findall(r'(?:src|srcset|action|data|href)="((?:https?:)?//[^"]+)"', path.read_text())
    assert not found


@pytest.mark.parametrize("path", PAGES, **ids)
def test_text_of_a_template_can_be_translated(path: Path) -> None:
    text = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", text, flags=re.DOTALL)
    text = re.sub(r"{% blocktrans\w*.*?{% endblocktrans\w* %}", "", text, flags=re.DOTALL)
    text = re.sub(r"{% block card_class %}.*?{% endblock.*?%}", "", text)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    text = re.sub(r"<(title|kbd|code|svg)\b.*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r"<[^>]*>", " ", text, flags=re.DOTALL)
    words = set(re.findall(r"[A-Za-zÀ-ÿ]{3,}", text)) - {"Kaizo", "March"}
    assert not words


@pytest.mark.parametrize("path", PAGES, **ids)
def test_a_template_stays_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LIMIT


@pytest.mark.parametrize("path", sorted((ROOT / "templates/components").rglob("*.html")), **ids)
def test_a_component_includes_others_with_explicit_arguments(path: Path) -> None:
    for include in re.findall(r"{% include .*? %}", path.read_text()):
        assert include.endswith("only %}")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "kaizo/core/static/kaizo/js").glob("*.js")), ids=lambda p: p.name
)
def test_a_script_is_short_and_evaluates_no_text(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < 100
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", text)

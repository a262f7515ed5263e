"""The texts of the demo conversations, read from `texts/*.toml` once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).with_name("texts")
LANGUAGES: Final = ("en", "nl", "de")


@dataclass(frozen=True, slots=True)
class Script:
    """What is said about one matter, in one language. Every line has variants."""

    key: str
    language: str
    domain: str
    weight: int
    tags: tuple[str, ...]
    subjects: tuple[str, ...]
    open: tuple[str, ...]
    ask: tuple[str, ...]
    answer: tuple[str, ...]
    resolve: tuple[str, ...]


@cache
def scripts(language: str) -> tuple[Script, ...]:
    found: list[dict[str, Any]] = _load(language)["scenario"]
    return tuple(_script(language, one) for one in found)


def _script(language: str, one: dict[str, Any]) -> Script:
    frozen: dict[str, Any] = {
        key: tuple(given) if isinstance(given, list) else given for key, given in one.items()
    }
    return Script(language=language, **frozen)


@cache
def phrases(language: str) -> dict[str, tuple[str, ...]]:
    """What people say about any matter, by kind: greetings, thanks, notes, comments."""
    return {key: tuple(lines) for key, lines in _load(language)["phrases"].items()}


@cache
def _load(language: str) -> dict[str, Any]:
    with (_FOLDER / f"{language}.toml").open("rb") as file:
        return tomllib.load(file)

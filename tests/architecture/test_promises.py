"""What is claimed to be kept is proven by a test that says so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from privacy.accountability import promises as register
from privacy.accountability.promises import Kind, Promise, PromiseError, Status, promises

TESTS = Path(__file__).parents[1]


@cache
def marked() -> dict[str, set[str]]:
    """The ids that `@pytest.mark.promise` names, with the tests that carry it."""
    found: dict[str, set[str]] = {}
    for path in TESTS.rglob("test_*.py"):
        for name, promise in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(promise, set()).add(f"{path.relative_to(TESTS)}::{name}")
    return found


def _marks(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.promise":
                    yield from ((node.name, ast.literal_eval(each)) for each in mark.args)


def test_every_claim_has_a_test() -> None:
    unproven = [row.id for row in promises().values() if row.needs_test and row.id not in marked()]
    assert unproven == []


def test_no_test_names_a_promise_that_nobody_made() -> None:
    assert {i: tests for i, tests in marked().items() if i not in promises()} == {}


def test_the_register_is_whole() -> None:
    assert len(promises()) == 182
    assert {row.id[:2] for row in promises().values()} == {"KZ", "KF", "KS", "KU", "KM"}
    assert all(row.kinds and row.must and row.articles for row in promises().values())


def test_what_only_people_can_keep_needs_no_test() -> None:
    row = {"id": "X", "must": "Lock the door", "articles": "32", "status": Status.CLAIMED}
    assert not Promise(kinds=frozenset({Kind.ORGANISATIONAL}), **row).needs_test
    assert Promise(kinds=frozenset({Kind.ORGANISATIONAL, Kind.ENFORCED}), **row).needs_test


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[X]\nkinds = ["wished"]\nmust = "m"\narticles = "5"\nstatus = "open"', "wished"),
        ('[X]\nkinds = ["enforced"]\nmust = "m"\narticles = "5"\nstatus = "done"', "done"),
        ('[X]\nkinds = ["enforced"]\narticles = "5"\nstatus = "open"', "must"),
        (
            '[X]\nkinds = ["enforced"]\nmust = "m"\narticles = "5"\nstatus = "open"\n'
            'same_as = ["Y"]',
            "there is no Y",
        ),
    ],
)
def test_a_row_that_says_something_unknown_is_refused(
    text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "promises.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(register, "REGISTER", path)
    with pytest.raises(PromiseError, match=told):
        promises.__wrapped__()

"""`./dev check`: everything that can be wrong without running a test, fastest first."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kaizo.embedded import stack
from kaizo.embedded.home import ROOT

BIN = Path(sys.executable).parent
PACKAGES = ("kaizo", "tickets", "scoring", "privacy", "integrations")
PRODUCTION = {
    "KAIZO_EMBEDDED": "0",
    "KAIZO_BASE_URL": "https://kaizo.example",
    "KAIZO_ALLOWED_HOSTS": "kaizo.example",
}


@dataclass(frozen=True)
class Step:
    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


def steps() -> list[Step]:
    def tool(name: str, *words: str) -> list[str]:
        return [str(BIN / name), *words]

    pages = _templates()
    django = stack.manage
    lint = {"DJANGO_SETTINGS_MODULE": "kaizo.embedded.settings_lint"}
    return [
        Step("format", tool("ruff", "format", "--check", ".", "dev")),
        Step("lint", tool("ruff", "check", ".", "dev")),
        Step("types", tool("mypy", *PACKAGES)),
        Step("imports", tool("lint-imports", "--no-cache")),
        Step("template format", tool("djade", "--check", "--target-version", "5.2", *pages)),
        Step("template lint", tool("djlint", "--lint", "--quiet", *pages)),
        Step("spelling", tool("typos")),
        Step("deployment", django("check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
        Step("missing migrations", django("makemigrations", "--check", "--dry-run")),
        Step("migration lint", django("lintmigrations"), lint),
    ]


def _templates() -> list[str]:
    folders = [ROOT / "templates", *(ROOT / package for package in PACKAGES)]
    found = (page for folder in folders for page in folder.rglob("*.html"))
    return sorted(str(page.relative_to(ROOT)) for page in found if "static" not in page.parts)


def check(only: Sequence[str]) -> int:
    """Run every step, or those whose name contains one of `only`. Returns 1 if one failed."""
    chosen = [step for step in steps() if not only or any(word in step.name for word in only)]
    if not chosen:
        print(f"No such step. There are: {', '.join(step.name for step in steps())}")
        return 2
    with stack.throwaway() as environment:
        failed = [step.name for step in chosen if not _passes(step, environment)]
    print(f"{len(failed)} of {len(chosen)} failed: {', '.join(failed)}" if failed else "All good.")
    return int(bool(failed))


def _passes(step: Step, environment: Mapping[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        step.argv,
        cwd=ROOT,
        env={**environment, **step.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "FAILED" if done.returncode else "ok"
    print(f"{step.name:<20} {verdict:<7} {time.monotonic() - began:5.1f} s", flush=True)
    if done.returncode:
        print(done.stdout, flush=True)
    return not done.returncode

"""Rules of the code that no linter knows. Each list below is a decision with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kaizo", "tickets", "scoring", "privacy", "integrations")
LONGEST_FILE = 450

SOURCES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)

# Only the middleware's picker of organisations looks across tenants, under the policy that shows
# people their own memberships.
ALL_OBJECTS = {"kaizo/core/tenancy.py", "kaizo/accounts/selectors.py"}
# The launcher looks for a free port and asks its own server on the loopback whether it is ready,
# before Django exists.
HTTP = {
    "privacy/egress.py",
    "privacy/dialling.py",
    "privacy/wire.py",
    "kaizo/embedded/servers.py",
    "kaizo/embedded/up.py",
}
HTTP_MODULES = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httplib2",
    "httpx",
    "pycurl",
    "requests",
    "socket",
    "ssl",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "websocket",
    "websockets",
    "xmlrpc",
}
# Constants of ours, the library's own drawing of a code, and help texts, which developers write.
UNESCAPED = {
    "kaizo/core/templatetags/ui.py",
    "kaizo/core/templatetags/charts.py",
    "scoring/pages.py",
    "templates/components/field_notes.html",
    "templates/mfa/totp/activate_form.html",
}
# The e-mail's plain text is not HTML.
PLAIN_TEXT = {".txt"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(path: Path, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            called = node.func
            name = getattr(called, "attr", None) or getattr(called, "id", None)
            if name in names:
                yield node


def modules(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def places(path: Path, *names: str) -> list[str]:
    return [f"{name_of(path)}:{call.lineno}" for call in calls(path, *names)]


def test_there_is_code_to_look_at() -> None:
    assert len(SOURCES) > 100


def test_work_is_queued_on_commit_only() -> None:
    """A task that is queued at once may run before its row is committed, or after a roll-back."""
    at_once = [
        place for path in SOURCES for place in places(path, "delay", "apply_async", "send_task")
    ]
    assert at_once == []


def test_whoever_looks_across_organisations_is_listed() -> None:
    users = {name_of(path) for path in SOURCES if "all_objects" in path.read_text(encoding="utf-8")}
    assert users == ALL_OBJECTS


def test_objects_are_fetched_for_a_request_in_access_modules_only() -> None:
    elsewhere = [
        place
        for path in SOURCES
        if path.name != "access.py"
        for place in places(path, "get_object_or_404", "get_list_or_404")
    ]
    assert elsewhere == []


def test_a_row_is_saved_field_by_field() -> None:
    """A whole row that is saved takes back what somebody else changed meanwhile."""
    whole = [
        f"{name_of(path)}:{call.lineno}"
        for path in SOURCES
        for call in calls(path, "save")
        if isinstance(call.func, ast.Attribute)
        and not {word.arg for word in call.keywords} & {"update_fields", "force_insert", "using"}
    ]
    assert whole == []


def test_only_the_egress_client_speaks_http() -> None:
    speakers = {
        name_of(path)
        for path in SOURCES
        if any(
            found == name or found.startswith(f"{name}.")
            for found in modules(path)
            for name in HTTP_MODULES
        )
    }
    assert speakers <= HTTP


def test_text_that_is_not_escaped_is_listed() -> None:
    python = {
        name_of(path)
        for path in SOURCES
        if list(calls(path, "mark_safe", "SafeString", "SafeText"))
    }
    templates = {
        name_of(path)
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
        and path.suffix not in PLAIN_TEXT
        and re.search(
            r"\|\s*safe\b|\|\s*safeseq\b|autoescape off", path.read_text(encoding="utf-8")
        )
    }
    assert python | templates <= UNESCAPED


def test_no_sql_hides_in_a_queryset() -> None:
    """`raw`, `extra` and RawSQL pass by the manager that knows the scope."""
    raw = {name_of(path) for path in SOURCES if list(calls(path, "raw", "extra", "RawSQL"))}
    assert raw == set()


def test_no_signals_between_our_apps() -> None:
    listeners = {
        name_of(path)
        for path in SOURCES
        if {"django.db.models.signals", "django.dispatch", "django.dispatch.receiver"}
        & modules(path)
    }
    assert listeners == set()


def test_a_file_stays_readable() -> None:
    lengths = {name_of(path): path.read_text(encoding="utf-8").count("\n") for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}

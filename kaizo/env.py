"""Typed readers for the environment. A value that makes no sense stops the process at once.

Every secret may come from a mounted file instead: `NAME_FILE` holds the path.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def env_str(name: str, default: str | None = None) -> str:
    """The variable, or `default`. Raises ImproperlyConfigured when both are missing."""
    value = os.environ.get(name)
    if value is not None:
        return value
    if default is None:
        msg = f"{name} is not set. See docs/install/configuration.md."
        raise ImproperlyConfigured(msg)
    return default


def env_secret(name: str, default: str | None = None) -> str:
    """A secret from `NAME` or from the file that `NAME_FILE` names; both at once are an error."""
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return env_str(name, default)
    if name in os.environ:
        msg = f"Set either {name} or {name}_FILE, not both."
        raise ImproperlyConfigured(msg)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        msg = f"{name}_FILE names a file that cannot be read: {error.strerror}."
        raise ImproperlyConfigured(msg) from error


def env_bool(name: str, *, default: bool) -> bool:
    raw = os.environ.get(name)
    if raw is None:
        return default
    if raw.lower() in _TRUE:
        return True
    if raw.lower() in _FALSE:
        return False
    msg = f"{name} must be 1 or 0."
    raise ImproperlyConfigured(msg)


def env_int(name: str, default: int) -> int:
    raw = os.environ.get(name)
    try:
        return default if raw is None else int(raw)
    except ValueError as error:
        msg = f"{name} must be a whole number."
        raise ImproperlyConfigured(msg) from error


def env_list(name: str, default: Iterable[str] = ()) -> list[str]:
    """A comma-separated list; blanks are dropped."""
    raw = os.environ.get(name)
    return (
        list(default) if raw is None else [part.strip() for part in raw.split(",") if part.strip()]
    )


def refuse_unknown(prefix: str, known: Iterable[str]) -> None:
    """Stop on a misspelt setting: a variable with our prefix that nothing reads."""
    names = set(known)
    names |= {f"{name}_FILE" for name in names}
    unknown = sorted(n for n in os.environ if n.startswith(prefix) and n not in names)
    if unknown:
        msg = f"Unknown settings: {', '.join(unknown)}. See docs/install/configuration.md."
        raise ImproperlyConfigured(msg)

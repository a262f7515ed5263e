"""E012: the broker is a store, too, so tasks take ids and nothing that says more."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from celery import current_app
from django.core.checks import Error

_PLAIN = {"int", "bool", "date", "datetime", "UUID", "float"}
_CONTAINERS = ("list[", "tuple[", "Sequence[")


def messages() -> Iterator[Error]:
    for name, task in sorted(current_app.tasks.items()):
        if not name.startswith("celery."):
            yield from task_messages(name, task.run)


def task_messages(name: str, function: Callable[..., Any]) -> Iterator[Error]:
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name != "self" and not _says_nothing(parameter):
            yield Error(
                f"The task {name} takes {parameter.name!r}, which may hold personal data.",
                hint="Pass ids: a name that ends in _id or _ids, or a number, flag or date.",
                id="privacy.E012",
            )


def _says_nothing(parameter: inspect.Parameter) -> bool:
    if parameter.name.endswith(("_id", "_ids")):
        return True
    kind = parameter.annotation
    words = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
    parts = [part.strip() for part in words.split("|") if part.strip() != "None"]
    return all(_is_plain(part) for part in parts)


def _is_plain(word: str) -> bool:
    for container in _CONTAINERS:
        if word.startswith(container):
            word = word.removeprefix(container).rstrip("]").split(",")[0]
    return word in _PLAIN

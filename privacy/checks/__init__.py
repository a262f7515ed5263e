"""What `manage.py check` demands of every model: a declaration that holds together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error
from django.db import models

from privacy.checks import coverage, database, rules, tasks, tenancy
from privacy.registry import Registry, registry

__all__ = ["check_catalogue", "check_declarations", "check_tasks", "messages"]


def messages(declared: Registry, found: Iterable[type[models.Model]]) -> Iterator[Error]:
    """Every complaint about `found` models under the declarations in `declared`."""
    found = list(found)
    yield from coverage.messages(declared, found)
    yield from rules.messages(declared)
    yield from tenancy.messages(found)


def check_declarations(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **kwargs: Any,  # noqa: ARG001 - as above
) -> list[CheckMessage]:
    """E001 to E009, E011 and E015 (their static parts), E013, E014."""
    return list(messages(registry, apps.get_models(include_auto_created=True)))


def check_tasks(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **kwargs: Any,  # noqa: ARG001 - as above
) -> list[CheckMessage]:
    """E012."""
    return list(tasks.messages())


def check_catalogue(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    databases: Sequence[str] | None = None,
    **kwargs: Any,  # noqa: ARG001 - as above
) -> list[CheckMessage]:
    """E011, E015 and W016, which ask a live database, when one is at hand."""
    return [message for alias in databases or () for message in database.messages(alias)]

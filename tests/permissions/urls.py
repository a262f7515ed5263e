"""Every address of the product, read from the URL configuration itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from kaizo.core.permissions import Action

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>")
SLUG = "organisation"


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    route: str
    view: Callable[..., Any]

    @property
    def parameters(self) -> list[str]:
        return [typed or named for typed, named in _PARAMETER.findall(self.route)]

    @property
    def action(self) -> Action | None:
        return getattr(self.view, "required_action", None)

    @property
    def is_api(self) -> bool:
        """Opened by a token, not by a session: tests/permissions/test_api.py covers these."""
        return getattr(self.view, "is_api", False)

    @property
    def is_tenant(self) -> bool:
        return SLUG in self.parameters

    @property
    def is_public_in_organisation(self) -> bool:
        return getattr(self.view, "public_in_organisation", False)

    @property
    def objects(self) -> list[str]:
        """The parameters that name something of the organisation's."""
        return [name for name in self.parameters if name not in {SLUG, "code", "day", "table"}]


def addresses() -> list[Address]:
    return list(_walk(get_resolver().url_patterns, "", ()))


def _walk(
    patterns: Iterable[URLPattern | URLResolver], prefix: str, spaces: tuple[str, ...]
) -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern.url_patterns, route, inner)
        else:
            yield Address(":".join([*spaces, pattern.name or route]), route, pattern.callback)

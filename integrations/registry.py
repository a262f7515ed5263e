"""The helpdesks that there are: every package under `integrations.helpdesks` with an adapter."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from integrations import helpdesks
from integrations.base import (
    ConsentPage,
    Ending,
    Helpdesk,
    HookVerifier,
    Http,
    PermanentError,
    Problem,
    Tokens,
    Vendor,
)

Renew = Callable[[Mapping[str, str], Http], Tokens]


@cache
def all_helpdesks() -> Mapping[str, Helpdesk]:
    """Every helpdesk's adapter module by its kind, in the order of the vendors' names. One that
    does not say how its account is reached (`access`) cannot be connected, so it is not offered."""
    names = (entry.name for entry in pkgutil.iter_modules(helpdesks.__path__) if entry.ispkg)
    paths = (f"{helpdesks.__name__}.{name}.adapter" for name in names)
    modules = (import_module(path) for path in paths if find_spec(path))
    found = [cast("Helpdesk", module) for module in modules if hasattr(module, "access")]
    return {
        module.VENDOR.kind: module
        for module in sorted(found, key=lambda module: module.VENDOR.name.casefold())
    }


def helpdesk(kind: str) -> Helpdesk:
    """Raises PermanentError for a kind that does not exist (any more)."""
    module = all_helpdesks().get(kind)
    if module is None:
        raise PermanentError(Problem.UNSUPPORTED)
    return module


def vendor(kind: str) -> Vendor:
    return helpdesk(kind).VENDOR


def renewal(kind: str) -> Renew | None:
    """How the kind exchanges its tokens, if they end at all."""
    return getattr(all_helpdesks().get(kind), "renew", None)


def consent_page(kind: str) -> ConsentPage | None:
    """How an admin consents in the browser, if the kind knows that."""
    module = all_helpdesks().get(kind)
    return cast("ConsentPage", module) if hasattr(module, "consent_url") else None


def ending(kind: str, settings: Mapping[str, str], today: date) -> Ending | None:
    """What the vendor has announced the end of, if the settings use it."""
    ask = getattr(all_helpdesks().get(kind), "ending", None)
    return None if ask is None else ask(settings, today)


def hook_verifier(kind: str) -> HookVerifier | None:
    return getattr(all_helpdesks().get(kind), "verify_hook", None)

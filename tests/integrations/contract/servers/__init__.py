"""One module a vendor, each with a `SERVER`. They are found by themselves."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from tests.integrations.contract.desk import Server


def all_servers() -> list[Server]:
    names = sorted(entry.name for entry in pkgutil.iter_modules(__path__))
    return [import_module(f"{__name__}.{name}").SERVER for name in names]

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from typing_extensions import override


class CoreConfig(AppConfig):
    name = "kaizo.core"
    label = "core"

    @override
    def ready(self) -> None:
        # Every process that queues work needs the application: without it, Celery's shared tasks
        # would look for a broker of their own. By name, as the kernel imports nothing above it.
        import_module("kaizo.celery")
        import_module("kaizo.core.lookups")  # registers `any_of`

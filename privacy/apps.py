from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.module_loading import autodiscover_modules
from typing_extensions import override


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = "Privacy"

    @override
    def ready(self) -> None:
        from privacy import checks

        autodiscover_modules("personal_data")
        register(checks.check_declarations, Tags.models)
        register(checks.check_tasks, Tags.models)
        register(checks.check_catalogue, Tags.database)

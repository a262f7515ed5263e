from __future__ import annotations

from django.apps import AppConfig
from typing_extensions import override


class AccountsConfig(AppConfig):
    name = "kaizo.accounts"
    label = "accounts"

    @override
    def ready(self) -> None:
        from kaizo.accounts.notices import alerts

        alerts.register()

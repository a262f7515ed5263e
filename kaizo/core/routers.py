"""Which models live in the vault's database."""

from __future__ import annotations

from typing import Any

from django.db import models

VAULT = "vault"


class VaultRouter:
    """The `vault` app lives in the database of that name, everything else in the default one."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:  # noqa: ARG002 - Django's signature
        return VAULT if model._meta.app_label == VAULT else None  # noqa: SLF001 - Django's documented Meta API

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:  # noqa: ARG002 - Django's signature
        return (app_label == VAULT) == (db == VAULT)


def labels_of(alias: str) -> list[str]:
    """What to name in `migrate` for a database: the vault holds one app, and walking through all
    others' migrations only to skip them takes as long as making them."""
    return [VAULT] if alias == VAULT else []

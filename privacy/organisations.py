"""The tenants, for code that works through all of them. The app that owns them lies above."""

from __future__ import annotations

from typing import Any

from django.db import models

from privacy.models import Subject


def organisation_model() -> type[models.Model]:
    related = Subject._meta.get_field("organisation").related_model  # noqa: SLF001 - Django's documented Meta API
    assert isinstance(related, type)  # noqa: S101 - a foreign key always has one
    return related


def organisation_ids(slug: str | None = None) -> list[int]:
    """Every organisation, or the one of that slug. Empty when there is none."""
    rows: models.QuerySet[Any] = organisation_model()._default_manager.order_by("pk")  # noqa: SLF001 - Django's documented API
    if slug is not None:
        rows = rows.filter(slug=slug)
    return list(rows.values_list("pk", flat=True))

"""E011 and E015, as far as the models tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.core.checks import Error
from django.db import models

from kaizo.core.tenancy import TenantForeignKey, TenantModel


def messages(found: Iterable[type[models.Model]]) -> Iterator[Error]:
    for model in found:
        if not issubclass(model, TenantModel):
            continue
        for field in model._meta.local_fields:  # noqa: SLF001 - Django's documented Meta API
            related = field.related_model
            to_tenant = isinstance(related, type) and issubclass(related, TenantModel)
            if to_tenant and not isinstance(field, TenantForeignKey):
                yield Error(
                    f"The key {field.name!r} could cross to another organisation.",
                    hint="Make it a TenantForeignKey; EnableTenancy binds it to the organisation.",
                    obj=model,
                    id="privacy.E011",
                )

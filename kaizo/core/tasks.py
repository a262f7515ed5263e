"""Base classes of background tasks. A task takes ids only and says for whom it works."""

from __future__ import annotations

from typing import Any

from celery.contrib.django.task import DjangoTask

from kaizo.core.tenancy import tenant_scope


def _required_organisation(args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
    if args:
        msg = "Tasks take keyword arguments only."
        raise TypeError(msg)
    try:
        return int(kwargs["organisation_id"])
    except KeyError:
        msg = "A tenant's task needs organisation_id."
        raise TypeError(msg) from None


class SystemTask(DjangoTask[Any, Any]):
    """Works for no organisation: lists ids and queues tenants' tasks."""


class LongTask(DjangoTask[Any, Any]):
    """Works for one organisation in many transactions; opens its own scopes, page by page."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        _required_organisation(args, kwargs)
        return super().__call__(**kwargs)


class TenantTask(DjangoTask[Any, Any]):
    """Works for one organisation, in one transaction."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with tenant_scope(_required_organisation(args, kwargs)):
            return super().__call__(**kwargs)

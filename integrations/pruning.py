"""What is remembered of imports and connections goes when its time is over."""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from integrations.models import HookDelivery, ImportRun, SyncRun
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from privacy.api import kept_for

_AT_ONCE: Final = 1_000
# Each names what is old of its kind: when its time began, and under which rule.
_KINDS: Final = (
    (SyncRun, "started_at", "finished_at", "connection_history"),
    (ImportRun, "created_at", "finished_at", "import_report"),
    (HookDelivery, "received_at", "received_at", "webhook_delivery"),
)


def prune(*, organisation_id: int) -> int:
    """Delete finished runs, import reports and remembered webhooks that are past their period;
    returns how many. What is at work stays. In short transactions; idempotent."""
    return sum(
        _prune(organisation_id, model, began, ended, rule) for model, began, ended, rule in _KINDS
    )


def _prune(
    organisation_id: int,
    model: type[SyncRun] | type[ImportRun] | type[HookDelivery],
    began: str,
    ended: str,
    rule: str,
) -> int:
    """`began` spares the database a look at what cannot have ended long enough ago."""
    before = clock.now() - kept_for(rule)
    old = Q(**{f"{began}__lt": before, f"{ended}__lt": before})
    total = 0
    while True:
        with tenant_scope(organisation_id):
            ids = list(model.objects.filter(old).values_list("pk", flat=True)[:_AT_ONCE])
            model.objects.filter(pk__in=ids).delete()
        total += len(ids)
        if len(ids) < _AT_ONCE:
            return total

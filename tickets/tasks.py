"""Background work on tickets. Tasks carry ids of a chunk, never words."""

from __future__ import annotations

from collections.abc import Sequence

from celery import shared_task
from django.core.cache import cache

from kaizo.accounts.models import Organisation
from kaizo.core.tasks import LongTask, SystemTask, TenantTask
from tickets import scanner, search

MODEL_SECONDS = 3.0  # a task of the model goes on as another, so that none keeps a worker
_LOCKED_FOR = 120  # seconds: far more than a task takes


@shared_task(base=TenantTask, ignore_result=True)
def check_texts(*, organisation_id: int, ticket_ids: Sequence[int]) -> None:
    """Read a chunk of tickets by the rules; what the model has to read goes on in its queue."""
    complete = scanner.check(organisation_id=organisation_id, ticket_ids=ticket_ids)
    if len(complete) < len(ticket_ids):
        check_pending.delay_on_commit(organisation_id=organisation_id)


@shared_task(base=LongTask, ignore_result=True)
def check_pending(*, organisation_id: int) -> None:
    """Let the model read what waits for it, one worker at a time for an organisation. Raises
    DetectionUnavailable when there is no model: the texts go on waiting."""
    lock = f"check-pending:{organisation_id}"
    if not cache.add(lock, 1, _LOCKED_FOR):
        return
    try:
        has_more = scanner.check_pending(organisation_id=organisation_id, seconds=MODEL_SECONDS)
    finally:
        cache.delete(lock)
    if has_more:
        check_pending.delay_on_commit(organisation_id=organisation_id)


@shared_task(base=TenantTask, ignore_result=True)
def check_again(*, organisation_id: int) -> None:
    """After other rules, a crash or a new version of the detector."""
    scanner.ask_again(organisation_id=organisation_id)
    check_pending.delay_on_commit(organisation_id=organisation_id)


@shared_task(base=TenantTask, ignore_result=True)
def tidy_search(*, organisation_id: int) -> None:
    """Drop what left the search window and index what a crash emptied."""
    search.tidy(organisation_id=organisation_id)


@shared_task(base=SystemTask, ignore_result=True)
def look_after_search() -> None:
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        check_again.delay_on_commit(organisation_id=organisation_id)
        tidy_search.delay_on_commit(organisation_id=organisation_id)

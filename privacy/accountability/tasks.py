"""Sealing, checking the seals and looking out for mass reading, in the background."""

from __future__ import annotations

from celery import shared_task

from kaizo.core.tasks import LongTask, SystemTask
from privacy.accountability.alerts import raise_alerts
from privacy.accountability.checking import check_seals
from privacy.accountability.seals import seal_events, settled_up_to
from privacy.organisations import organisation_ids


@shared_task(base=SystemTask)
def seal_all() -> None:
    """Seal every organisation's events; when somebody is writing, the next run does it."""
    up_to = settled_up_to()
    if up_to is not None:
        for organisation_id in organisation_ids():
            seal_events(organisation_id, up_to)


@shared_task(base=SystemTask)
def watch_readings() -> None:
    """Look in every organisation whether somebody reads the data of very many people."""
    for organisation_id in organisation_ids():
        raise_alerts(organisation_id)


@shared_task(base=SystemTask)
def check_all_seals() -> None:
    """Queue a check of every organisation's seals."""
    for organisation_id in organisation_ids():
        check_seals_of.delay_on_commit(organisation_id=organisation_id)


@shared_task(base=LongTask)
def check_seals_of(*, organisation_id: int, asked_by_user_id: int | None = None) -> None:
    """Compute an organisation's seals anew, and record what was found."""
    check_seals(organisation_id, actor_user_id=asked_by_user_id)

"""Background work on reviews. Tasks take ids only."""

from __future__ import annotations

from celery import shared_task

from kaizo.accounts.models import Organisation
from kaizo.core.tasks import SystemTask, TenantTask
from scoring.quality.assignments import running
from scoring.quality.calibration.reminders import remind_participants
from scoring.quality.disputes.reminders import remind_deciders


@shared_task(base=TenantTask, ignore_result=True)
def run_assignments(*, organisation_id: int) -> None:  # noqa: ARG001 - opens the scope
    """Start cycles that are due, end what is over, remind of what is due soon. Idempotent."""
    running.tidy_picks()
    running.start_due_cycles()
    running.remind_due()


@shared_task(base=SystemTask, ignore_result=True)
def look_after_assignments() -> None:
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        run_assignments.delay_on_commit(organisation_id=organisation_id)


@shared_task(base=TenantTask, ignore_result=True)
def remind_of_dates(*, organisation_id: int) -> None:  # noqa: ARG001 - opens the scope
    """Remind of disputes to decide and calibrations to score. Nobody is told twice of the same."""
    remind_deciders()
    remind_participants()


@shared_task(base=SystemTask, ignore_result=True)
def look_after_dates() -> None:
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        remind_of_dates.delay_on_commit(organisation_id=organisation_id)

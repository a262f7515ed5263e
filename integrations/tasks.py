"""Background work on imports and connections. Tasks carry ids, never words."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

from celery import shared_task

from integrations import mails, people, pruning, reconciliation, services, sync, uploads, webhooks
from kaizo.accounts.models import Organisation
from kaizo.core.tasks import LongTask, SystemTask, TenantTask
from kaizo.core.tenancy import tenant_scope

MAIL_RETRY: dict[str, Any] = {
    "autoretry_for": (SMTPException, OSError),
    "retry_backoff": True,
    "retry_jitter": True,
    "max_retries": 6,
    "time_limit": 60,
}


@shared_task(base=LongTask, ignore_result=True)
def run_import(*, organisation_id: int, run_id: int) -> None:
    """Work through an uploaded file."""
    services.run_import(organisation_id=organisation_id, run_id=run_id)


@shared_task(base=TenantTask, ignore_result=True)
def resume_imports(*, organisation_id: int) -> None:
    """Take up the organisation's imports that have lost their worker."""
    services.resume_imports(organisation_id=organisation_id)


@shared_task(base=SystemTask, ignore_result=True)
def look_after_uploads() -> None:
    """Delete uploads a day old; resume the imports of those that are still at work."""
    uploads.delete_old_uploads()
    for organisation_id in uploads.organisations_with_uploads():
        resume_imports.delay_on_commit(organisation_id=organisation_id)


@shared_task(base=SystemTask, ignore_result=True)
def queue_due_connections() -> None:
    """Queue a run for every connection that is due. Runs every few seconds."""
    sync.queue_due()


@shared_task(base=LongTask, ignore_result=True)
def sync_connection(*, organisation_id: int, connection_id: int) -> None:
    """Read a connection's feed; when its time is up, go on behind others that wait."""
    if sync.sync_connection(organisation_id=organisation_id, connection_id=connection_id):
        sync_connection.delay_on_commit(
            organisation_id=organisation_id, connection_id=connection_id
        )


@shared_task(base=LongTask, ignore_result=True)
def read_delivery(*, organisation_id: int, delivery_row_id: int) -> None:
    """Read the tickets again that a webhook named."""
    webhooks.read_delivery(organisation_id=organisation_id, delivery_row_id=delivery_row_id)


@shared_task(base=LongTask, ignore_result=True)
def reconcile_connection(*, organisation_id: int, connection_id: int) -> None:
    """Look for tickets that the helpdesk deleted without saying so; when its time is up, go on
    behind others that wait."""
    if reconciliation.reconcile(organisation_id=organisation_id, connection_id=connection_id):
        reconcile_connection.delay_on_commit(
            organisation_id=organisation_id, connection_id=connection_id
        )


@shared_task(base=LongTask, ignore_result=True)
def read_deleted_people(*, organisation_id: int, connection_id: int) -> None:
    """Erase whom the helpdesk has deleted."""
    people.read_deleted_people(organisation_id=organisation_id, connection_id=connection_id)


@shared_task(base=SystemTask, ignore_result=True)
def look_after_connections() -> None:
    """Queue the weekly search for silent deletions, the hourly one for deleted people, and webhooks
    that were lost."""
    for organisation_id in sync.organisations_with_connections():
        with tenant_scope(organisation_id):
            reconciliation.queue_reconciliations()
            people.queue_readings()
            webhooks.tidy_deliveries()


@shared_task(base=LongTask, ignore_result=True)
def prune_history_of(*, organisation_id: int) -> None:
    """Delete an organisation's runs, reports and webhooks whose time is over."""
    pruning.prune(organisation_id=organisation_id)


@shared_task(base=SystemTask, ignore_result=True)
def prune_history() -> None:
    """The same for every organisation. Runs once a day."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        prune_history_of.delay_on_commit(organisation_id=organisation_id)


@shared_task(base=TenantTask, ignore_result=True, **MAIL_RETRY)
def mail_problem(*, organisation_id: int, connection_id: int) -> None:  # noqa: ARG001 - opens the scope
    """Tell the owners what is wrong with a connection; nothing when it has been put right."""
    mails.mail_problem(connection_id)

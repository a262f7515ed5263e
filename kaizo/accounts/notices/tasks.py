"""Mails about notices, at once and gathered. Tasks carry ids only."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

from celery import shared_task

from kaizo.accounts.models import Organisation
from kaizo.accounts.notices import digests, mails
from kaizo.core.tasks import SystemTask, TenantTask

_RETRY: dict[str, Any] = {
    "autoretry_for": (SMTPException, OSError),
    "retry_backoff": True,
    "retry_jitter": True,
    "max_retries": 6,
    "time_limit": 60,
}


@shared_task(base=TenantTask, ignore_result=True, **_RETRY)
def mail_notice(*, organisation_id: int, notice_id: int) -> None:  # noqa: ARG001 - opens the scope
    """Nothing when it was read or mailed meanwhile."""
    mails.mail_notices([notice_id])


@shared_task(base=SystemTask, ignore_result=True)
def queue_notice_digests() -> None:
    """Look at every organisation: in each it is another time of the day."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        queue_digests.delay_on_commit(organisation_id=organisation_id)


@shared_task(base=TenantTask, ignore_result=True)
def queue_digests(*, organisation_id: int) -> None:
    """One mail per member who has something in a digest that is due."""
    for membership_id in digests.members_with_digest(organisation_id):
        mail_digest.delay_on_commit(organisation_id=organisation_id, membership_id=membership_id)


@shared_task(base=TenantTask, ignore_result=True, **_RETRY)
def mail_digest(*, organisation_id: int, membership_id: int) -> None:
    mails.mail_notices(digests.due_notices(organisation_id, membership_id))

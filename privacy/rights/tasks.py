"""The work behind requests. Tasks take ids only, and can always run once more."""

from __future__ import annotations

from celery import shared_task

from kaizo.core.tasks import LongTask, SystemTask
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.organisations import organisation_ids
from privacy.rights import executor, holds, notices, vacuum
from privacy.rights.models import Plan, RequestStatus, RightsRequest

_GOES_ON = (RequestStatus.APPROVED, RequestStatus.RUNNING)


def queue_erasure(request: RightsRequest) -> None:
    """Queue the work of a request's current plan, once the caller's transaction commits."""
    plan = Plan.objects.filter(request=request, superseded_at__isnull=True).first()
    if plan is not None:
        carry_out.delay_on_commit(organisation_id=request.organisation_id, plan_id=plan.pk)


@shared_task(base=LongTask)
def carry_out(*, organisation_id: int, plan_id: int) -> None:
    """One run of an erasure, and the next one if the time was too short."""
    if not executor.run_erasure(organisation_id=organisation_id, plan_id=plan_id):
        with tenant_scope(organisation_id):
            carry_out.delay_on_commit(organisation_id=organisation_id, plan_id=plan_id)


@shared_task(base=SystemTask)
def look_after_requests() -> None:
    """Queue a look at every organisation's requests."""
    for organisation_id in organisation_ids():
        look_after_requests_of.delay_on_commit(organisation_id=organisation_id)


@shared_task(base=SystemTask)
def vacuum_after_erasures() -> None:
    """Take what was erased since yesterday out of the tables' files as well."""
    vacuum.vacuum(vacuum.touched_tables())


@shared_task(base=LongTask)
def look_after_requests_of(*, organisation_id: int) -> None:
    """End holds whose time is over, ask recipients again, and take up what a worker dropped."""
    with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        holds.release_expired()
        for request in notices.requests_due():
            holds.wake_request(request, "recipient_due")
        for request in RightsRequest.objects.filter(status__in=_GOES_ON).order_by("pk"):
            queue_erasure(request)

"""The work behind copies. Tasks take ids only, and can always run once more."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from kaizo.core.tasks import LongTask, SystemTask, TenantTask
from kaizo.core.tenancy import tenant_scope
from privacy.organisations import organisation_ids, organisation_model
from privacy.rights import states, words
from privacy.rights.export import delivery, running
from privacy.rights.export.models import ExportPackage
from privacy.rights.models import RequestStatus, RightsRequest

_GOES_ON = (RequestStatus.VERIFIED, RequestStatus.RUNNING, RequestStatus.WAITING)


def queue_copy(package: ExportPackage) -> None:
    """Queue the work of a copy, once the caller's transaction commits."""
    carry_out_copy.delay_on_commit(organisation_id=package.organisation_id, package_id=package.pk)


def queue_start(request: RightsRequest) -> None:
    """Queue the copy that a request asks for, once it is committed that it is verified."""
    start_copy.delay_on_commit(organisation_id=request.organisation_id, request_id=request.pk)


@shared_task(base=TenantTask)
def start_copy(*, organisation_id: int, request_id: int) -> None:  # noqa: ARG001 - the scope's
    request = RightsRequest.objects.filter(pk=request_id, status=RequestStatus.VERIFIED).first()
    if request is not None:
        running.begin(request)


@shared_task(base=LongTask)
def carry_out_copy(*, organisation_id: int, package_id: int) -> None:
    """One run of a copy, and the next one if the time was too short."""
    if not running.run_copy(organisation_id=organisation_id, package_id=package_id):
        with tenant_scope(organisation_id):
            carry_out_copy.delay_on_commit(organisation_id=organisation_id, package_id=package_id)


@shared_task(base=SystemTask)
def look_after_copies() -> None:
    """Queue a look at every organisation's copies."""
    for organisation_id in organisation_ids():
        look_after_copies_of.delay_on_commit(organisation_id=organisation_id)


@shared_task(base=TenantTask)
def look_after_copies_of(*, organisation_id: int) -> None:  # noqa: ARG001 - the scope's
    """Start what is verified, go on with what waited or a worker dropped, delete what is over."""
    delivery.delete_overdue()
    for request in RightsRequest.objects.filter(
        kind__in=states.COPIED, status__in=_GOES_ON
    ).order_by("pk"):
        running.begin(request)


@shared_task(base=TenantTask)
def mail_ready(*, organisation_id: int, package_id: int) -> None:
    """Tell the person that their copy can be fetched. The passphrase goes another way."""
    from privacy.rights.export.links import ready_path

    package = ExportPackage.objects.select_related("request").filter(pk=package_id).first()
    if package is None or not delivery.can_be_fetched(package):
        return
    address = words.read(package.request, "contact")
    if not address or "@" not in address:
        return
    organisation = organisation_model()._default_manager.get(pk=organisation_id)  # noqa: SLF001 - Django's documented API
    with translation.override(package.request.language or settings.LANGUAGE_CODE):
        context = {
            "name": organisation.name,  # type: ignore[attr-defined]  # the tenant
            "until": package.expires_at,
            "url": f"{settings.BASE_URL}{ready_path(package, organisation.slug)}",  # type: ignore[attr-defined]  # as above
        }
        body = render_to_string("privacy/mail/copy_ready.txt", context)
        subject = _("Your data from %(name)s is ready") % {"name": context["name"]}
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [address])

"""Telling somebody that a letter waits for them. The mail holds nothing of it."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kaizo.core import clock
from kaizo.core.tasks import TenantTask
from privacy.organisations import organisation_model
from privacy.rights import words
from privacy.rights.correspondence.models import RequestMessage


@shared_task(base=TenantTask)
def mail_notice(*, organisation_id: int, message_id: int) -> None:
    """Mail that there is a letter, once: sent again after a failure, never after a success."""
    rows = RequestMessage.objects.select_related("request").select_for_update(of=("self",))
    message = rows.filter(pk=message_id, told_at__isnull=True).first()
    address = words.read(message.request, "contact") if message else None
    if message is None or not address:
        return
    organisation = organisation_model()._default_manager.get(pk=organisation_id)  # noqa: SLF001 - Django's documented API
    path = reverse("portal:see", kwargs={"of": organisation.slug})  # type: ignore[attr-defined]  # the tenant
    with translation.override(message.request.language or settings.LANGUAGE_CODE):
        context = {
            "name": organisation.name,  # type: ignore[attr-defined]  # the tenant
            "request": message.request,
            "url": f"{settings.BASE_URL}{path}",
        }
        body = render_to_string("privacy/mail/letter.txt", context)
        subject = _("News about your privacy request to %(name)s") % {"name": context["name"]}
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [address])
    message.told_at = clock.now()
    message.save(update_fields=["told_at"])

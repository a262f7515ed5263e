"""Mails of the portal. A task is told ids; the address is read under the request's key."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kaizo.core.tasks import TenantTask
from privacy.organisations import organisation_model
from privacy.rights import words
from privacy.rights.portal.models import PortalLink


@shared_task(base=TenantTask)
def mail_link(*, organisation_id: int, link_id: int) -> None:
    """Send a one-time link in the language in which was asked. Sent again after a failure, never
    once it was used."""
    from privacy.rights.portal.services import token_of

    link = PortalLink.objects.select_related("request").filter(pk=link_id).first()
    address = words.read(link.request, "contact") if link and not link.used_at else None
    if link is None or not address:
        return
    organisation = organisation_model()._default_manager.get(pk=organisation_id)  # noqa: SLF001 - Django's documented API
    path = reverse("portal:link", kwargs={"of": organisation.slug, "token": token_of(link)})  # type: ignore[attr-defined]  # the tenant
    with translation.override(link.request.language or settings.LANGUAGE_CODE):
        context = {
            "name": organisation.name,  # type: ignore[attr-defined]  # the tenant
            "request": link.request,
            "is_view": link.purpose == PortalLink.Purpose.VIEW,
            "url": f"{settings.BASE_URL}{path}",
        }
        body = render_to_string("privacy/mail/link.txt", context)
        subject = _("Your privacy request to %(name)s") % {"name": context["name"]}
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [address])

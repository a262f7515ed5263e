"""Mails about accounts. A task takes ids only; addresses and links are made where it runs."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from kaizo.accounts.api.tokens import forget_requests
from kaizo.accounts.models import Invitation, Membership, Organisation
from kaizo.accounts.services.invitations import is_open, issue_invitation_link
from kaizo.core.tasks import SystemTask, TenantTask

_RETRY: dict[str, Any] = {
    "autoretry_for": (SMTPException, OSError),
    "retry_backoff": True,
    "retry_jitter": True,
    "max_retries": 6,
    "time_limit": 60,
}


@shared_task(base=TenantTask, **_RETRY)
def mail_invitation(*, organisation_id: int, invitation_id: int) -> None:  # noqa: ARG001 - opens the scope
    """Running it twice sends two mails, of which the later one's link works."""
    invitation = Invitation.objects.select_related("organisation").get(pk=invitation_id)
    if is_open(invitation):
        link = issue_invitation_link(invitation=invitation)
        _send("invitation", invitation.email, {"invitation": invitation, "link": link})


@shared_task(base=TenantTask, **_RETRY)
def mail_password_reset_forced(*, organisation_id: int, membership_id: int) -> None:  # noqa: ARG001 - opens the scope
    member = Membership.objects.select_related("organisation", "user").get(pk=membership_id)
    link = f"{settings.BASE_URL}{reverse('account_login')}"
    _send("password_reset_forced", member.user.email, {"member": member, "link": link})


def _send(template: str, address: str, context: dict[str, Any]) -> None:
    subject = " ".join(render_to_string(f"accounts/mail/{template}_subject.txt", context).split())
    body = render_to_string(f"accounts/mail/{template}.txt", context)
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [address])


@shared_task(base=SystemTask, ignore_result=True)
def queue_forgetting() -> None:
    """Every organisation's API requests of yesterday are forgotten."""
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        forget_api_requests.delay_on_commit(organisation_id=organisation_id)


@shared_task(base=TenantTask, ignore_result=True)
def forget_api_requests(*, organisation_id: int) -> None:  # noqa: ARG001 - opens the scope
    forget_requests()

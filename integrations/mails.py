"""Mails about connections."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from integrations.health import words_for
from integrations.models import Connection
from kaizo.accounts.models import Membership
from kaizo.core.permissions import Role


def mail_problem(connection_id: int) -> None:
    """To the owners of the organisation in scope."""
    connection = Connection.objects.select_related("organisation").get(pk=connection_id)
    words = words_for(connection)
    if not connection.problem or words is None:
        return
    path = reverse(
        "integrations:connection", args=[connection.organisation.slug, connection.public_id]
    )
    context = {
        "connection": connection,
        "words": words,
        "link": f"{settings.BASE_URL}{path}",
    }
    subject = " ".join(render_to_string("integrations/mail/problem_subject.txt", context).split())
    body = render_to_string("integrations/mail/problem.txt", context)
    owners = Membership.objects.filter(role=Role.OWNER, is_active=True)
    for address in owners.values_list("user__email", flat=True):
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [address])

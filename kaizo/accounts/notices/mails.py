"""Mails about notices: what happened and where to look, never whom it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import ngettext

from kaizo.accounts.models import Notice
from kaizo.accounts.notices.selectors import existing
from kaizo.core import clock


def mail_notices(notice_ids: Iterable[int]) -> None:
    """Send one mail about some notices of one member, without those that were read or mailed
    meanwhile or whose object is gone. Runs in the task's transaction: a mail that could not be
    sent leaves them unmailed."""
    notices = list(
        Notice.objects.select_for_update(of=("self",))
        .filter(pk__in=list(notice_ids), read_at__isnull=True, mailed_at__isnull=True)
        .select_related("recipient__user", "recipient__organisation")
        .order_by("pk")
    )
    there = existing({(notice.object_label, notice.object_id) for notice in notices})
    notices = [n for n in notices if (n.object_label, n.object_id) in there]
    if not notices or not notices[0].recipient.is_active:
        return
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=clock.now())
    _send(notices)


def _send(notices: Sequence[Notice]) -> None:
    recipient = notices[0].recipient
    slug = recipient.organisation.slug
    context = {
        "organisation": recipient.organisation,
        "lines": [
            (notice.get_kind_display(), _link("accounts:notice_open", slug, notice_id=notice.pk))
            for notice in notices
        ],
        "preferences": _link("accounts:notice_preferences", slug),
    }
    body = render_to_string("accounts/mail/notices.txt", context)
    send_mail(_subject(notices), body, settings.DEFAULT_FROM_EMAIL, [recipient.user.email])


def _subject(notices: Sequence[Notice]) -> str:
    if len(notices) == 1:
        return f"Kaizo: {notices[0].get_kind_display()}"
    n = len(notices)
    return ngettext("Kaizo: %(n)s notice", "Kaizo: %(n)s notices", n) % {"n": n}


def _link(view: str, slug: str, **arguments: int) -> str:
    path = reverse(view, kwargs={"organisation": slug, **arguments})
    return f"{settings.BASE_URL}{path}"

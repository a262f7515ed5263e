"""The only way to a notice: its recipient's own."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from kaizo.accounts.models import Membership, Notice


def access_notice(*, actor: Membership, notice_id: int) -> Notice:
    notice: Notice = get_object_or_404(Notice.objects.filter(recipient=actor), pk=notice_id)
    return notice

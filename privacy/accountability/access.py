"""The only way a page gets an alert; foreign and missing are both 404."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from privacy.accountability.models import Alert


def access_alert(alert_id: int) -> Alert:
    found: Alert = get_object_or_404(Alert.objects.all(), pk=alert_id)
    return found

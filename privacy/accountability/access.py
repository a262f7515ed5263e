"""The only way a page gets an alert or a check; foreign and missing are both 404."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from privacy.accountability.checking import CHECKED
from privacy.accountability.models import Alert
from privacy.models import AuditEvent


def access_alert(alert_id: int) -> Alert:
    found: Alert = get_object_or_404(Alert.objects.all(), pk=alert_id)
    return found


def access_check(event_id: int) -> AuditEvent:
    """The event of a check of the seals."""
    found: AuditEvent = get_object_or_404(AuditEvent.objects.filter(action=CHECKED), pk=event_id)
    return found

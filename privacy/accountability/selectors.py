"""What the page of alerts shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privacy.accountability.explorer import number_of
from privacy.accountability.models import Alert

SHOWN = 100


@dataclass(frozen=True, slots=True)
class AlertLine:
    alert: Alert
    reader: str  # the sixteen digits of the account


def alert_lines() -> tuple[Sequence[AlertLine], Sequence[AlertLine]]:
    """Those that wait for somebody, and the latest that were judged."""
    waiting = Alert.objects.filter(acknowledged_at__isnull=True).order_by("-raised_at", "-pk")
    judged = Alert.objects.filter(acknowledged_at__isnull=False).order_by("-raised_at", "-pk")
    is_open, past = list(waiting[:SHOWN]), list(judged[:SHOWN])
    numbers = number_of(alert.actor_user_id for alert in [*is_open, *past])
    lines = [AlertLine(alert, numbers.get(alert.actor_user_id, "")) for alert in [*is_open, *past]]
    return lines[: len(is_open)], lines[len(is_open) :]

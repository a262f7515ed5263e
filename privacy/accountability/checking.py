"""Checking the seals from inside the product, with the result as an event of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable

from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.accountability.seals import Verdict, verify
from privacy.audit import record_event, register_actions
from privacy.models import AuditEvent, Outcome

CHECKED = "privacy.audit.checked"
logger = logging.getLogger(__name__)

register_actions({CHECKED: {"seals": int, "events": int, "problems": int}})

# Who is told that a chain is broken, in the transaction that records it.
_listeners: list[Callable[[int, int], None]] = []


def on_broken_chain(listener: Callable[[int, int], None]) -> None:
    """Call `listener` with an organisation's id and that of the event of the check that found its
    chain broken. Repeatable."""
    if listener not in _listeners:
        _listeners.append(listener)


def check_seals(organisation_id: int, *, actor_user_id: int | None = None) -> Verdict:
    """Verify an organisation's seals and record the result: refused events would be no news, so a
    broken chain is a failure in the log, too. Listeners hear of it once, and again when there are
    more problems than at the check before."""
    verdict = verify(organisation_id)
    with tenant_scope(organisation_id, purpose=Purpose.SECURITY):
        known = _problems_before()
        event = record_event(
            organisation_id=organisation_id,
            action=CHECKED,
            actor_user_id=actor_user_id,
            purpose=Purpose.SECURITY,
            outcome=Outcome.DONE if verdict.is_intact else Outcome.FAILED,
            detail={
                "seals": verdict.seals,
                "events": verdict.events,
                "problems": len(verdict.problems),
            },
        )
        if len(verdict.problems) > known:
            for listener in _listeners:
                listener(organisation_id, event.pk)
    if not verdict.is_intact:
        logger.error("the audit events of an organisation are not what was sealed")
    return verdict


def _problems_before() -> int:
    """How many the check before found."""
    before = AuditEvent.objects.filter(action=CHECKED).order_by("-pk").first()
    return int(before.detail.get("problems", 0)) if before else 0

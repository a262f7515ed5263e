"""Checking the seals from inside the product, with the result as an event of its own."""

from __future__ import annotations

import logging

from kaizo.core.tenancy import Purpose
from privacy.accountability.seals import Verdict, verify
from privacy.audit import record_event, register_actions
from privacy.models import Outcome

CHECKED = "privacy.audit.checked"
logger = logging.getLogger(__name__)

register_actions({CHECKED: {"seals": int, "events": int, "problems": int}})


def check_seals(organisation_id: int, *, actor_user_id: int | None = None) -> Verdict:
    """Verify an organisation's seals and record the result: refused events would be no news, so a
    broken chain is a failure in the log, too."""
    verdict = verify(organisation_id)
    record_event(
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
    if not verdict.is_intact:
        logger.error("the audit events of an organisation are not what was sealed")
    return verdict

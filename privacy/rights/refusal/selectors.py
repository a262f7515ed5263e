"""What pages show of a proposed refusal."""

from __future__ import annotations

from dataclasses import dataclass

from privacy.rights.models import RightsRequest
from privacy.rights.refusal.models import Refusal
from privacy.rights.refusal.services import proposal_of, reasons_of


@dataclass(frozen=True, slots=True)
class RefusalPanel:
    refusal: Refusal
    reasons: str
    may_confirm: bool  # not by whoever proposed it


def refusal_panel(request: RightsRequest, *, user_id: int) -> RefusalPanel | None:
    """None while no refusal waits for a second person."""
    found = proposal_of(request)
    if found is None:
        return None
    return RefusalPanel(found, reasons_of(found), may_confirm=found.proposed_by_id != user_id)

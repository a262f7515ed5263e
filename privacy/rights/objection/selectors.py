"""What the page of an objection shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from privacy.rights import states
from privacy.rights.models import RequestStatus, RightsRequest
from privacy.rights.objection.models import NEVER_WEIGHED, Balancing, BarredUse, uses_of
from privacy.rights.objection.services import balancing_of, words_of
from privacy.vault.cipher import Erased


@dataclass(frozen=True, slots=True)
class ObjectionPanel:
    stopped: Sequence[BarredUse]
    balancing: Balancing | None
    words: Mapping[str, str]  # none once the request's words have ended
    may_weigh: bool
    may_decide: bool


def objection_panel(request: RightsRequest) -> ObjectionPanel | None:
    """None for requests that object to nothing."""
    if request.kind != states.Kind.OBJECTION:
        return None
    found = balancing_of(request)
    is_open = request.status == RequestStatus.VERIFIED
    is_weighed = not set(uses_of(request.purpose)) <= NEVER_WEIGHED
    return ObjectionPanel(
        stopped=list(BarredUse.objects.filter(request=request).order_by("use", "pk")),
        balancing=found,
        words=_words(found),
        may_weigh=is_open and is_weighed,
        may_decide=is_open and found is not None and found.decided_at is None,
    )


def _words(balancing: Balancing | None) -> dict[str, str]:
    if balancing is None:
        return {}
    try:
        return words_of(balancing)
    except Erased:
        return {}

"""What pages show of freezes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privacy.models import Subject, SubjectState
from privacy.rights.models import RightsRequest
from privacy.rights.requests import subject_ids_of
from privacy.rights.restriction.models import Restriction
from privacy.rights.restriction.services import grounds_hold, in_force

MOST = 200
_GONE = (SubjectState.ERASING, SubjectState.ERASED)


@dataclass(frozen=True, slots=True)
class FreezePanel:
    """What the page of one request says and offers."""

    restrictions: Sequence[Restriction]
    may_freeze: bool
    may_announce: bool
    may_lift: bool

    @property
    def is_shown(self) -> bool:
        return bool(self.restrictions) or self.may_freeze


def freeze_panel(request: RightsRequest) -> FreezePanel:
    found = in_force(request)
    here = Subject.objects.filter(pk__in=subject_ids_of(request)).exclude(state__in=_GONE)
    known = request.verified_at is not None and here.exists()
    told = bool(found) and all(each.notice and each.notice.told_at for each in found)
    return FreezePanel(
        restrictions=found,
        may_freeze=not found and known and grounds_hold(request.kind),
        may_announce=bool(found) and not any(each.notice_id for each in found),
        may_lift=told,
    )


def frozen_lines() -> list[Restriction]:
    """Who is frozen, the longest first."""
    rows = Restriction.objects.filter(lifted_at__isnull=True).exclude(subject__state__in=_GONE)
    return list(rows.select_related("request", "notice").order_by("frozen_at", "pk")[:MOST])

"""What the page of a request to correct shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kaizo.core.tenancy import Purpose, purpose_scope
from privacy.rights import states
from privacy.rights.correction.models import CorrectionNotice
from privacy.rights.correction.services import CorrectionLine, lines_of
from privacy.rights.hooks import hooks
from privacy.rights.models import RequestStatus, RightsRequest
from privacy.rights.requests import subject_ids_of


@dataclass(frozen=True, slots=True)
class CorrectionPanel:
    lines: Sequence[CorrectionLine]
    notices: Sequence[CorrectionNotice]
    may_propose: bool


def correction_panel(request: RightsRequest) -> CorrectionPanel | None:
    """None for requests that correct nothing."""
    if request.kind != states.Kind.RECTIFICATION:
        return None
    is_open = request.status in (RequestStatus.VERIFIED, RequestStatus.RUNNING)
    return CorrectionPanel(
        lines=lines_of(request),
        notices=list(CorrectionNotice.objects.filter(request=request).order_by("pk")),
        may_propose=is_open and bool(subject_ids_of(request)),
    )


def rows_to_correct(request: RightsRequest) -> list[tuple[str, str]]:
    """Choices of a form: `name:row`, or `name` alone where the row is named by number."""
    if request.kind != states.Kind.RECTIFICATION:
        return []
    choices: list[tuple[str, str]] = []
    with purpose_scope(Purpose.SUBJECT_ACCESS):
        for name, corrector in sorted(hooks.correctors.items()):
            rows = corrector.rows(request.organisation_id, subject_ids_of(request))
            if rows is None:
                choices.append((name, str(corrector.label)))
                continue
            choices += [(f"{name}:{row}", f"{corrector.label}: {now or '–'}") for row, now in rows]
    return choices

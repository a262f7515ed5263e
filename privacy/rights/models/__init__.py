"""Requests of data subjects, and what is done about them.

Words of a request lie under a key of the request's own (`privacy.rights.words`), not under the
person's: the answer to an erasure has to be written after the person's key is gone, and the
request's words end with the request, when its key is destroyed.
"""

from __future__ import annotations

# Django looks for models here.
from privacy.rights.correction.models import Correction, CorrectionNotice
from privacy.rights.correspondence.models import RequestMessage
from privacy.rights.deadline_watch.models import DeadlineAlert, DeadlineWatch
from privacy.rights.export.models import (
    ExportPackage,
    ExportPart,
    ExportTransfer,
)
from privacy.rights.export.review.models import ExportCheck
from privacy.rights.marks import LedgerMark, RestoreEpoch
from privacy.rights.models.choices import (
    RIGHTS,
    Decision,
    RefusalGround,
    RequestChannel,
    RequestKind,
    RequestStatus,
    Verification,
    WaitingFor,
)
from privacy.rights.models.holds import HeldRow, HoldReason, LegalHold
from privacy.rights.models.plans import Plan, PlanStep, RecipientNotice
from privacy.rights.models.requests import RequestEvent, RequestSubject, RightsRequest
from privacy.rights.objection.models import Balancing, BarredUse
from privacy.rights.portal.models import PortalLink
from privacy.rights.refusal.models import Refusal
from privacy.rights.restriction.models import Restriction

__all__ = [
    "RIGHTS",
    "Balancing",
    "BarredUse",
    "Correction",
    "CorrectionNotice",
    "DeadlineAlert",
    "DeadlineWatch",
    "Decision",
    "ExportCheck",
    "ExportPackage",
    "ExportPart",
    "ExportTransfer",
    "HeldRow",
    "HoldReason",
    "LedgerMark",
    "LegalHold",
    "Plan",
    "PlanStep",
    "PortalLink",
    "RecipientNotice",
    "Refusal",
    "RefusalGround",
    "RequestChannel",
    "RequestEvent",
    "RequestKind",
    "RequestMessage",
    "RequestStatus",
    "RequestSubject",
    "RestoreEpoch",
    "Restriction",
    "RightsRequest",
    "Verification",
    "WaitingFor",
]

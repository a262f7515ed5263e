"""Taking requests in and moving them on. Whoever changes a request's status does it here."""

from __future__ import annotations

from privacy.rights.requests.deciding import (
    appeal_request,
    decide_appeal,
    finish,
    grant,
    refuse_request,
)
from privacy.rights.requests.errors import NoGround, NotAllowedNow, NotVerified, SamePerson
from privacy.rights.requests.intake import (
    add_subject,
    receive_request,
    recover_request,
    require_verified,
    subject_ids_of,
    verify_request,
)
from privacy.rights.requests.moving import extend_request, follow, move, note_event

__all__ = [
    "NoGround",
    "NotAllowedNow",
    "NotVerified",
    "SamePerson",
    "add_subject",
    "appeal_request",
    "decide_appeal",
    "extend_request",
    "finish",
    "follow",
    "grant",
    "move",
    "note_event",
    "receive_request",
    "recover_request",
    "refuse_request",
    "require_verified",
    "subject_ids_of",
    "verify_request",
]

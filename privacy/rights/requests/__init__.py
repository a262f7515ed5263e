"""Taking requests in and moving them on. Whoever changes a request's status does it here."""

from __future__ import annotations

from privacy.rights.requests.deciding import (
    appeal_request,
    decide_appeal,
    finish,
    grant,
    refuse_request,
    tell_erased,
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
from privacy.rights.requests.moving import (
    arrived,
    audit,
    extend_request,
    follow,
    locked_request,
    move,
    note_event,
    wait_for_staff,
)

__all__ = [
    "NoGround",
    "NotAllowedNow",
    "NotVerified",
    "SamePerson",
    "add_subject",
    "appeal_request",
    "arrived",
    "audit",
    "decide_appeal",
    "extend_request",
    "finish",
    "follow",
    "grant",
    "locked_request",
    "move",
    "note_event",
    "receive_request",
    "recover_request",
    "refuse_request",
    "require_verified",
    "subject_ids_of",
    "tell_erased",
    "verify_request",
    "wait_for_staff",
]

"""What letters keep about people. Their words end with the request's own key."""

from __future__ import annotations

from kaizo.core.tenancy import Purpose
from privacy.registry import Keep, NotPersonal, Personal, Rule, Via, declare
from privacy.rights.correspondence.models import RequestMessage

_PROOF = Keep("proof that the request was answered (GDPR Art. 5(2), 12)", rule="rights_request")
_WORDS = Keep("needed to answer; unreadable once the request's key ends", rule="rights_words")
_TIME = Personal("metadata.time", erase=_PROOF)

declare(
    RequestMessage,
    subject=[
        Via("request__subject", "customer", role="requester", on_erase="keep"),
        Via("request__subject", "agent", role="requester", on_erase="keep"),
        Via("written_by_id", "user", role="author", on_erase="keep", by_value=True),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="request__closed_at"),
    row=_PROOF,
    fields={
        "public_id": NotPersonal("random name of the letter"),
        "kind": NotPersonal("one of three kinds"),
        "is_from_person": Personal("metadata.state", erase=_PROOF),
        "body": Personal(
            "content.message", erase=_WORDS, sensitive=True, free_text=True, others_possible=True
        ),
        "written_at": _TIME,
        "written_by_id": Personal("identity.pseudonym", erase=_PROOF),
        "told_at": _TIME,
        "told_by_hand": NotPersonal("how the person was told"),
    },
)

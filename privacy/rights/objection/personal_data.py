"""What objections keep about people."""

from __future__ import annotations

from kaizo.core.tenancy import Purpose
from privacy.registry import Keep, NotPersonal, Personal, Rule, Via, declare
from privacy.rights.objection.models import Balancing, BarredUse

_PROOF = Keep("proof that the request was answered (GDPR Art. 5(2), 21)", rule="rights_request")
_WORDS = Keep("needed to answer; unreadable once the request's key ends", rule="rights_words")
_TIME = Personal("metadata.time", erase=_PROOF)
_STATE = Personal("metadata.state", erase=_PROOF)
_SURROGATE = Personal("identity.pseudonym", erase=_PROOF)
_TEXT = Personal("content.note", erase=_WORDS, sensitive=True, free_text=True, others_possible=True)

declare(
    BarredUse,
    subject=[
        Via("subject", "customer", role="who objects", on_erase="keep"),
        Via("subject", "agent", role="who objects", on_erase="keep"),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="ended_at"),
    row=_PROOF,
    fields={"use": _STATE, "barred_at": _TIME, "ended_at": _TIME},
)

declare(
    Balancing,
    subject=[
        Via("request__subject", "customer", role="who objects", on_erase="keep"),
        Via("request__subject", "agent", role="who objects", on_erase="keep"),
        Via("proposed_by_id", "user", role="author", on_erase="keep", by_value=True),
        Via("decided_by_id", "user", role="decider", on_erase="keep", by_value=True),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="request__closed_at"),
    row=_PROOF,
    fields={
        "interests": _TEXT,
        "situation": _TEXT,
        "less": _TEXT,
        "proposed": NotPersonal("one of two outcomes"),
        "proposed_by_id": _SURROGATE,
        "proposed_at": _TIME,
        "outcome": _STATE,
        "decided_by_id": _SURROGATE,
        "decided_at": _TIME,
    },
)

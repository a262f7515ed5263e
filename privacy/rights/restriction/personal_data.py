"""What a freeze keeps about people: that they asked for it, and when."""

from __future__ import annotations

from kaizo.core.tenancy import Purpose
from privacy.registry import Keep, NotPersonal, Personal, Rule, Via, declare
from privacy.rights.restriction.models import Restriction

_PROOF = Keep("proof that the request was answered (GDPR Art. 5(2), 18)", rule="rights_request")
_TIME = Personal("metadata.time", erase=_PROOF)
_SURROGATE = Personal("identity.pseudonym", erase=_PROOF)

declare(
    Restriction,
    subject=[
        Via("subject", "customer", role="who is frozen", on_erase="keep"),
        Via("subject", "agent", role="who is frozen", on_erase="keep"),
        Via("frozen_by_id", "user", role="who froze", on_erase="keep", by_value=True),
        Via("lifted_by_id", "user", role="who lifted", on_erase="keep", by_value=True),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="lifted_at"),
    row=_PROOF,
    fields={
        "ground": NotPersonal("one of the law's grounds"),
        "frozen_at": _TIME,
        "frozen_by_id": _SURROGATE,
        "told_at": _TIME,
        "lift_reason": NotPersonal("one of three reasons"),
        "lifted_at": _TIME,
        "lifted_by_id": _SURROGATE,
    },
)

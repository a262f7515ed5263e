"""What refusals keep about people. Their words end with the request's own key."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kaizo.core.tenancy import Purpose
from privacy.registry import Keep, NotPersonal, Personal, Rule, Via, call, declare
from privacy.rights.refusal.models import Refusal

_PROOF = Keep("proof that the request was answered (GDPR Art. 5(2), 12(4))", rule="rights_request")
_WORDS = Keep("needed to answer; unreadable once the request's key ends", rule="rights_words")
_TIME = Personal("metadata.time", erase=_PROOF)
_SURROGATE = Personal("identity.pseudonym", erase=_PROOF)

declare(
    Refusal,
    subject=[
        Via("request__subject", "customer", role="requester", on_erase="keep"),
        Via("request__subject", "agent", role="requester", on_erase="keep"),
        Via("proposed_by_id", "user", role="author", on_erase="keep", by_value=True),
        Via("decided_by_id", "user", role="second person", on_erase="keep", by_value=True),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="request__closed_at"),
    row=_PROOF,
    fields={
        "public_id": NotPersonal("random name of the refusal"),
        "ground": NotPersonal("one of the law's grounds"),
        "reasons": Personal(
            "content.message", erase=_WORDS, sensitive=True, free_text=True, others_possible=True
        ),
        "proposed_at": _TIME,
        "proposed_by_id": _SURROGATE,
        "outcome": NotPersonal("whether it was confirmed"),
        "decided_at": _TIME,
        "decided_by_id": _SURROGATE,
    },
)

call({Refusal: _("this request and how it was answered")})

"""What corrections keep about people. Their words end with the request's own key."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kaizo.core.tenancy import Purpose
from privacy.registry import Keep, NotPersonal, Personal, Rule, Via, call, declare
from privacy.rights.correction.models import Correction, CorrectionNotice

_PROOF = Keep("proof that the request was answered (GDPR Art. 5(2), 16)", rule="rights_request")
_WORDS = Keep("needed to answer; unreadable once the request's key ends", rule="rights_words")
_TIME = Personal("metadata.time", erase=_PROOF)
_SURROGATE = Personal("identity.pseudonym", erase=_PROOF)
_TEXT = Personal(
    "content.message", erase=_WORDS, sensitive=True, free_text=True, others_possible=True
)
_REQUESTER = [
    Via("request__subject", "customer", role="requester", on_erase="keep"),
    Via("request__subject", "agent", role="requester", on_erase="keep"),
]

declare(
    Correction,
    subject=[
        *_REQUESTER,
        Via("proposed_by_id", "user", role="author", on_erase="keep", by_value=True),
        Via("applied_by_id", "user", role="second person", on_erase="keep", by_value=True),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="request__closed_at"),
    row=_PROOF,
    fields={
        "public_id": NotPersonal("random name of the correction"),
        "corrector": NotPersonal("which value of which table"),
        "target_id": _SURROGATE,
        "before": _TEXT,
        "after": _TEXT,
        "proposed_at": _TIME,
        "proposed_by_id": _SURROGATE,
        "applied_at": _TIME,
        "applied_by_id": _SURROGATE,
    },
)

declare(
    CorrectionNotice,
    subject=[
        *_REQUESTER,
        Via("settled_by_id", "user", role="who saw to it", on_erase="keep", by_value=True),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="request__closed_at"),
    row=_PROOF,
    fields={
        "public_id": NotPersonal("random name of the notice"),
        "recipient": NotPersonal("a kind of recipient"),
        "reference": NotPersonal("which recipient of that kind"),
        "state": NotPersonal("whether it was done"),
        "settled_at": _TIME,
        "settled_by_id": _SURROGATE,
    },
)

call(dict.fromkeys((Correction, CorrectionNotice), _("this request and how it was answered")))

"""What requests, plans, holds and notices keep about people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kaizo.core.tenancy import Purpose
from privacy.registry import (
    Keep,
    NotPersonal,
    Personal,
    Rule,
    Via,
    call,
    declare,
    no_personal_data,
    register_store,
)
from privacy.rights.correction import personal_data as correction
from privacy.rights.correspondence import personal_data as correspondence
from privacy.rights.deadline_watch import personal_data as deadline_watch
from privacy.rights.export import sealed
from privacy.rights.export.access_log import AccessLog
from privacy.rights.export.delivery import Copies
from privacy.rights.export.models import ExportPackage, ExportPart, ExportTransfer
from privacy.rights.export.review.models import ExportCheck
from privacy.rights.hooks import hooks
from privacy.rights.marks import LedgerMark, RestoreEpoch
from privacy.rights.models import (
    HeldRow,
    LegalHold,
    Plan,
    PlanStep,
    RecipientNotice,
    RequestEvent,
    RequestSubject,
    RightsRequest,
)
from privacy.rights.objection import personal_data as objection
from privacy.rights.portal.models import PortalLink
from privacy.rights.refusal import personal_data as refusal
from privacy.rights.restriction import personal_data as restriction

# Imported for what they declare.
__all__ = [
    "correction",
    "correspondence",
    "deadline_watch",
    "objection",
    "refusal",
    "restriction",
]

_PROOF = Keep(
    gettext_noop("proof that the request was answered (GDPR Art. 5(2), 12)"), rule="rights_request"
)
_WORDS = Keep("needed to answer; unreadable once the request's key ends", rule="rights_words")
_STATE = Personal("metadata.state", erase=_PROOF)
_TIME = Personal("metadata.time", erase=_PROOF)
_SURROGATE = Personal("identity.pseudonym", erase=_PROOF)
_TEXT = Personal(
    "content.message", erase=_WORDS, sensitive=True, free_text=True, others_possible=True
)


def _member(path: str, role: str) -> Via:
    """Of the staff's own part: what the request says is the requester's."""
    return Via(path, "user", role=role, on_erase="keep", by_value=True, sees="part")


declare(
    RightsRequest,
    subject=[
        Via("subject", "customer", role="requester", on_erase="keep"),
        Via("subject", "agent", role="requester", on_erase="keep"),
        Via(
            "account_user_id", "user", role="requester", on_erase="keep", by_value=True, sees="all"
        ),
        _member("entered_by_id", "intake"),
        _member("verified_by_id", "intake"),
        _member("decided_by_id", "decider"),
        _member("decision_proposed_by_id", "decider"),
        _member("appeal_decided_by_id", "decider"),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="closed_at"),
    row=_PROOF,
    fields={
        "public_id": _SURROGATE,
        "kind": _STATE,
        "status": _STATE,
        "channel": _STATE,
        "language": Personal("preference", erase=_PROOF),
        "account_user_id": _SURROGATE,
        "contact": Personal("contact.email", erase=_WORDS, sensitive=True),
        "contact_index": Personal("identity.index", erase=_WORDS, index="email"),
        "message": _TEXT,
        "purpose": _STATE,
        "target_type": NotPersonal("name of a table"),
        "target_id": _SURROGATE,
        "received_at": _TIME,
        "due_at": NotPersonal("when the law wants an answer"),
        "extended_to": NotPersonal("when the law wants an answer after an extension"),
        "entered_by_id": _SURROGATE,
        "verification": _STATE,
        "verified_at": _TIME,
        "verified_by_id": _SURROGATE,
        "decision": _STATE,
        "refusal_ground": _STATE,
        "decision_text": _TEXT,
        "decided_at": _TIME,
        "decided_by_id": _SURROGATE,
        "decision_proposed_by_id": _SURROGATE,
        "appealed_at": _TIME,
        "appeal_text": _TEXT,
        "appeal_decided_by_id": _SURROGATE,
        "waiting_for": NotPersonal("what will wake the request, out of four"),
        "closed_at": _TIME,
        "words_erased_at": NotPersonal("when the request's own key was destroyed"),
    },
)

declare(
    RequestSubject,
    subject=[
        Via("subject", "customer", role="requester", on_erase="keep"),
        Via("subject", "agent", role="requester", on_erase="keep"),
        _member("confirmed_by_id", "intake"),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="request__closed_at"),
    row=_PROOF,
    fields={"confirmed_by_id": _SURROGATE, "confirmed_at": _TIME},
)

declare(
    RequestEvent,
    subject=[
        Via("request__subject", "customer", role="requester", on_erase="keep"),
        Via("request__subject", "agent", role="requester", on_erase="keep"),
        _member("actor_user_id", "actor"),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="at"),
    row=_PROOF,
    fields={
        "what": _STATE,
        "before": _STATE,
        "after": _STATE,
        "reason": NotPersonal("one of a list of codes"),
        "actor_user_id": _SURROGATE,
        "at": _TIME,
    },
)

declare(
    Plan,
    subject=[
        Via("request__subject", "customer", role="requester", on_erase="keep"),
        Via("request__subject", "agent", role="requester", on_erase="keep"),
        _member("made_by_id", "planner"),
        _member("approved_by_id", "approver"),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="made_at"),
    row=_PROOF,
    fields={
        "public_id": NotPersonal("random name of the plan"),
        "data": NotPersonal("names of tables, counts, reasons and surrogate ids"),
        "digest": NotPersonal("digest of the plan"),
        "made_at": _TIME,
        "made_by_id": _SURROGATE,
        "approved_at": _TIME,
        "approved_by_id": _SURROGATE,
        "superseded_at": NotPersonal("when a newer plan took its place"),
        "started_at": _TIME,
        "finished_at": _TIME,
        "claimed_until": NotPersonal("how long a worker is at it"),
        "certificate": NotPersonal("names of tables, counts and reasons"),
    },
)

declare(
    LegalHold,
    subject=[
        _member("opened_by_id", "opener"),
        _member("approved_by_id", "approver"),
        _member("released_by_id", "releaser"),
    ],
    role="controller",
    purposes={Purpose.STORAGE},
    retention=Rule("rights_request", trigger="released_at"),
    row=_PROOF,
    fields={
        "public_id": NotPersonal("random name of the hold"),
        "reason": NotPersonal("one of the law's grounds"),
        "matter": Personal(
            "content.note",
            erase=Keep("names the case for which rows stay; ends with the hold"),
            sensitive=True,
            free_text=True,
            others_possible=True,
        ),
        "opened_at": _TIME,
        "opened_by_id": _SURROGATE,
        "approved_at": _TIME,
        "approved_by_id": _SURROGATE,
        "review_at": NotPersonal("when the hold is looked at again"),
        "expires_at": NotPersonal("when the hold ends by itself"),
        "released_at": _TIME,
        "released_by_id": _SURROGATE,
    },
)

declare(
    RecipientNotice,
    subject=[
        Via("plan__request__subject", "customer", role="requester", on_erase="keep"),
        Via("plan__request__subject", "agent", role="requester", on_erase="keep"),
        _member("confirmed_by_id", "confirmer"),
    ],
    purposes={Purpose.SUBJECT_ACCESS, Purpose.STORAGE},
    retention=Rule("rights_request", trigger="done_at"),
    row=_PROOF,
    fields={
        "public_id": NotPersonal("random name of the notice"),
        "recipient": NotPersonal("a kind of recipient"),
        "reference": NotPersonal("which recipient of that kind"),
        "payload": Personal(
            "identity.source",
            erase=Keep("what the recipient still has to erase; removed when it has"),
            sensitive=True,
        ),
        "people": NotPersonal("a count"),
        "records": NotPersonal("a count"),
        "state": _STATE,
        "waiting_for": NotPersonal("what will wake it"),
        "attempts": NotPersonal("a count"),
        "next_at": NotPersonal("when it is tried again"),
        "receipt": NotPersonal("a hash of the recipient's answer"),
        "confirmed_by_id": _SURROGATE,
        "done_at": _TIME,
    },
)

declare(
    PortalLink,
    subject=[
        Via("request__subject", "customer", role="requester", on_erase="keep"),
        Via("request__subject", "agent", role="requester", on_erase="keep"),
    ],
    purposes={Purpose.SUBJECT_ACCESS},
    retention=Rule("verification", trigger="created_at"),
    row=_PROOF,
    fields={
        "public_id": Personal("security.credential", erase=_PROOF, exported=False),
        "purpose": NotPersonal("what the link is for"),
        "expires_at": NotPersonal("when it stops working"),
        "attempts": _STATE,
        "used_at": _TIME,
        "created_at": _TIME,
    },
)

_OF_A_COPY = [
    Via("request__subject", "customer", role="requester", on_erase="keep"),
    Via("request__subject", "agent", role="requester", on_erase="keep"),
]

declare(
    ExportPackage,
    subject=[*_OF_A_COPY, _member("reviewed_by_id", "reader")],
    purposes={Purpose.SUBJECT_ACCESS},
    retention=Rule("rights_request", trigger="started_at"),
    row=_PROOF,
    fields={
        "public_id": NotPersonal("random name of the copy"),
        "state": _STATE,
        "started_at": _TIME,
        "finished_at": _TIME,
        "expires_at": NotPersonal("until when the copy can be fetched"),
        "delete_at": NotPersonal("when the file is deleted"),
        "deleted_at": _TIME,
        "size": NotPersonal("a number of bytes"),
        "digest": NotPersonal("a hash of an encrypted file"),
        "passphrase": Personal(
            "security.credential",
            erase=Keep("opens the copy; removed with the file"),
            sensitive=True,
            exported=False,
        ),
        "downloads": _STATE,
        "attempts": _STATE,
        "claimed_until": NotPersonal("how long a worker is at it"),
        "reviewed_at": _TIME,
        "reviewed_by_id": _SURROGATE,
        "problem": NotPersonal("name of a table or a field"),
    },
    derived=["Copies of people's data"],
)

declare(
    ExportCheck,
    subject=[
        Via(f"package__{via.path}", via.person, role=via.role, on_erase="keep")
        for via in _OF_A_COPY
    ],
    purposes={Purpose.SUBJECT_ACCESS},
    retention=Rule("rights_request", trigger="package__started_at"),
    row=_PROOF,
    fields={
        "label": NotPersonal("name of a table"),
        "record": _SURROGATE,
        "field": NotPersonal("name of a column"),
        "mentions": _STATE,
        "is_seen": _STATE,
        "is_withheld": _STATE,
    },
)

declare(
    ExportTransfer,
    subject=[
        Via(f"package__{via.path}", via.person, role=via.role, on_erase="keep")
        for via in _OF_A_COPY
    ],
    purposes={Purpose.SUBJECT_ACCESS},
    retention=Rule("rights_request", trigger="named_at"),
    row=_PROOF,
    fields={
        "public_id": Personal("security.credential", erase=_PROOF, exported=False),
        "controller": Personal("content.message", erase=_WORDS, sensitive=True),
        "named_at": _TIME,
        "confirmed_at": _TIME,
        "expires_at": NotPersonal("until when the copy can be fetched"),
        "fetched_at": _TIME,
    },
)

register_store(
    "Copies of people's data",
    "Encrypted archives and their working files, under the request's key; deleted when the period"
    " `export_file` ends, and when the person is erased.",
)

no_personal_data(ExportPart, "names of tables, counts and codes")
no_personal_data(PlanStep, "names of tables, counts and codes")
no_personal_data(HeldRow, "a table's name and a row's number")
no_personal_data(LedgerMark, "a random id of an entry in the vault's ledger")
no_personal_data(RestoreEpoch, "one number of the whole installation")

hooks.add_section(AccessLog())
hooks.erase_store(Copies())
sealed.register()

call(
    {
        "privacy_rights": _("this request and how it was answered"),
        ExportPackage: _("copies of the person's data"),
        ExportTransfer: _("whom a copy was handed to"),
        Copies.name: _("copies of the person's data"),
    }
)

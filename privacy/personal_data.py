"""What the privacy app itself keeps about people: subjects, keys, events, the suppression list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kaizo.core.tenancy import Purpose
from privacy import declarations
from privacy.models import (
    Alert,
    AlertLimit,
    AuditEvent,
    AuditSeal,
    EventSubject,
    Processor,
    Subject,
)
from privacy.registry import (
    Keep,
    NotPersonal,
    Null,
    Personal,
    Rule,
    Via,
    call,
    declare,
    no_personal_data,
)
from privacy.vault.models import (
    IndexKey,
    LedgerEntry,
    LedgerEpoch,
    LedgerStep,
    OrganisationKey,
    SubjectKey,
    Suppression,
)

__all__ = ["declarations"]

_TOMBSTONE = Keep("a random id that means nothing once every row and the key are gone")

declare(
    Subject,
    subject=[
        Via("self", "customer", on_erase="keep"),
        Via("self", "agent", on_erase="keep"),
    ],
    purposes={Purpose.SERVICE, Purpose.STORAGE},
    retention=Rule("subject_key"),
    row=_TOMBSTONE,
    fields={
        "id": Personal("identity.pseudonym", erase=_TOMBSTONE),
        "kind": Personal("metadata.state", erase=_TOMBSTONE),
        "state": Personal("metadata.state", erase=Keep("says that the person was erased")),
        "created_at": Personal("metadata.time", erase=_TOMBSTONE),
    },
)

_ACCOUNTABLE = Keep(
    gettext_noop("proof of who did what (GDPR Art. 5(2)); names only surrogate ids")
)

declare(
    AuditEvent,
    subject=[
        Via("actor_user_id", "user", role="actor", on_erase="keep", by_value=True, sees="all"),
        Via(
            "affected_user_id", "user", role="affected", on_erase="keep", by_value=True, sees="all"
        ),
        Via("subject_id", "customer", role="affected", on_erase="keep", by_value=True),
        Via("subject_id", "agent", role="affected", on_erase="keep", by_value=True),
    ],
    role="controller",
    purposes={Purpose.SECURITY, Purpose.STORAGE},
    retention=Rule("security_log", trigger="occurred_at"),
    row=_ACCOUNTABLE,
    fields={
        "occurred_at": Personal("metadata.time", erase=_ACCOUNTABLE),
        "actor_user_id": Personal("identity.pseudonym", erase=_ACCOUNTABLE),
        "action": Personal("security.event", erase=_ACCOUNTABLE),
        "object_type": NotPersonal("name of a table"),
        "object_id": Personal("identity.pseudonym", erase=_ACCOUNTABLE),
        "affected_user_id": Personal("identity.pseudonym", erase=_ACCOUNTABLE),
        "subject_id": Personal("identity.pseudonym", erase=_ACCOUNTABLE),
        "purpose": NotPersonal("one of the product's purposes"),
        "outcome": NotPersonal("one of three outcomes"),
        "detail": NotPersonal("codes, counts and flags that the action declares, nothing else"),
    },
)

declare(
    EventSubject,
    subject=[
        Via("subject_id", "customer", role="affected", on_erase="keep", by_value=True),
        Via("subject_id", "agent", role="affected", on_erase="keep", by_value=True),
    ],
    role="controller",
    purposes={Purpose.SECURITY, Purpose.STORAGE},
    retention=Rule("security_log", trigger="event__occurred_at"),
    row=_ACCOUNTABLE,
    fields={"subject_id": Personal("identity.pseudonym", erase=_ACCOUNTABLE)},
)

declare(
    Alert,
    subject=[
        Via("actor_user_id", "user", role="actor", on_erase="keep", by_value=True, sees="all"),
        Via("acknowledged_by_id", "user", role="privacy officer", on_erase="keep", by_value=True),
    ],
    role="controller",
    purposes={Purpose.SECURITY, Purpose.STORAGE},
    retention=Rule("security_log", trigger="raised_at"),
    row=_ACCOUNTABLE,
    fields={
        "public_id": NotPersonal("random name of the alert"),
        "kind": Personal("security.event", erase=_ACCOUNTABLE),
        "actor_user_id": Personal("identity.pseudonym", erase=_ACCOUNTABLE),
        "people": NotPersonal("a count"),
        "allowed": NotPersonal("the policy's limit"),
        "started_at": Personal("metadata.time", erase=_ACCOUNTABLE),
        "last_at": Personal("metadata.time", erase=_ACCOUNTABLE),
        "raised_at": Personal("metadata.time", erase=_ACCOUNTABLE),
        "conclusion": Personal("security.event", erase=_ACCOUNTABLE),
        "acknowledged_at": Personal("metadata.time", erase=_ACCOUNTABLE),
        "acknowledged_by_id": Personal("identity.pseudonym", erase=_ACCOUNTABLE),
    },
)

declare(
    AlertLimit,
    subject=[
        Via("set_by_id", "user", role="who chose it", on_erase="keep", by_value=True, sees="part")
    ],
    role="controller",
    purposes={Purpose.SECURITY, Purpose.STORAGE},
    retention=Rule("security_log", trigger="set_at"),
    row=_ACCOUNTABLE,
    fields={
        "kind": NotPersonal("what is counted"),
        "people": NotPersonal("how many are ordinary"),
        "set_at": Personal("metadata.time", erase=_ACCOUNTABLE),
        "set_by_id": Personal("identity.pseudonym", erase=_ACCOUNTABLE),
    },
)

declare(
    SubjectKey,
    subject=[
        Via("subject_id", "customer", on_erase="keep", by_value=True),
        Via("subject_id", "agent", on_erase="keep", by_value=True),
    ],
    tenant="organisation_id",
    purposes={Purpose.SERVICE, Purpose.SECURITY},
    retention=Rule("subject_key"),
    row=Keep("a tombstone, so that the key is never made anew"),
    fields={
        "subject_id": Personal("identity.pseudonym", erase=_TOMBSTONE),
        "organisation_id": NotPersonal("the tenant"),
        "wrapped_key": Personal("security.credential", erase=Null(), exported=False),
        "organisation_key_version": NotPersonal("which key wraps it"),
        "created_at": Personal("metadata.time", erase=_TOMBSTONE),
        "destroyed_at": Personal("metadata.time", erase=Keep("proof of the erasure")),
    },
)

_HONOURED = Keep("the duty to keep honouring the request (GDPR Art. 17, 21)", rule="suppression")

declare(
    Suppression,
    subject=[Via("index_hash", "customer", on_erase="keep", by_value=True)],
    tenant="organisation_id",
    purposes={Purpose.STORAGE},
    retention=Rule("suppression", trigger="created_at"),
    row=_HONOURED,
    fields={
        "organisation_id": NotPersonal("the tenant"),
        "kind": NotPersonal("whether a person or a ticket is refused"),
        "index_hash": Personal("identity.index", erase=_HONOURED),
        "mode": Personal("preference", erase=_HONOURED),
        "cutoff": Personal("metadata.time", erase=_HONOURED),
        "created_at": Personal("metadata.time", erase=_HONOURED),
        "expires_at": NotPersonal("when the entry ends"),
    },
)

declare(
    LedgerEntry,
    subject=[Via("hashes", "customer", on_erase="keep", by_value=True)],
    tenant="organisation_id",
    purposes={Purpose.STORAGE},
    retention=Rule("suppression", trigger="written_at"),
    row=_HONOURED,
    fields={
        "organisation_id": NotPersonal("the tenant"),
        "entry_id": NotPersonal("random name of the entry"),
        "action": Personal("metadata.state", erase=_HONOURED),
        "request_id": Personal("identity.pseudonym", erase=_HONOURED),
        "subject_ids": Personal("identity.pseudonym", erase=_HONOURED),
        "hashes": Personal("identity.index", erase=_HONOURED),
        "scope": Personal("metadata.state", erase=_HONOURED),
        "plan_digest": NotPersonal("digest of a plan"),
        "written_at": Personal("metadata.time", erase=_HONOURED),
    },
)

no_personal_data(LedgerStep, "names of tables and counts")
no_personal_data(LedgerEpoch, "one number of the whole installation")
no_personal_data(OrganisationKey, "a key of the organisation")
no_personal_data(IndexKey, "a key of the organisation")
no_personal_data(Processor, "a company, its addresses and the terms on which it gets data")
no_personal_data(AuditSeal, "hashes, counts and a signature over events that name surrogate ids")

_EVENTS = _("the log of who did what")
call(
    {
        AuditEvent: _EVENTS,
        EventSubject: _EVENTS,
        Alert: _EVENTS,
        Subject: _("the random number under which your data is kept"),
        SubjectKey: _("the key under which your data is encrypted"),
    }
)

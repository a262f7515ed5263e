"""What imports and connections leave behind about people: who started or made them. What came in
is the tickets' own matter; an uploaded file is encrypted, and deleted when the import ends."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from integrations import recipients
from integrations.models import (
    Connection,
    ConnectionAddress,
    HookDelivery,
    ImportFault,
    ImportRun,
    SetAsideRecord,
    SyncRun,
)
from kaizo.core.tenancy import Purpose
from privacy.api import (
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

_COUNT = NotPersonal("a number about the whole file")

declare(
    ImportRun,
    subject=[Via("started_by", "user", role="importer", on_erase="unlink")],
    role="controller",
    purposes={Purpose.SERVICE},
    retention=Rule("import_report", trigger="finished_at"),
    row="keep",
    fields={
        "public_id": NotPersonal("random name of the import"),
        "stored_name": NotPersonal("random name of the encrypted file"),
        "size": _COUNT,
        "position": _COUNT,
        "done_line": _COUNT,
        "state": NotPersonal("state of the import"),
        "attempt": _COUNT,
        "tickets_created": _COUNT,
        "tickets_updated": _COUNT,
        "tickets_unchanged": _COUNT,
        "tickets_erased": _COUNT,
        "messages_created": _COUNT,
        "suppressed": _COUNT,
        "set_aside": _COUNT,
        "dropped_fields": NotPersonal("names of fields and how often they stood in the file"),
        "error": NotPersonal("one of the reader's own sentences"),
        "created_at": Personal(
            "metadata.time", erase=Keep("says nothing once the importer is unlinked")
        ),
        "seen_at": NotPersonal("when a worker last got a page done"),
        "finished_at": NotPersonal("when the import ended"),
    },
)

no_personal_data(
    ImportFault, "a line's number and one of the reader's own sentences, which hold no value"
)

register_store(
    "Uploaded files", "Encrypted under the organisation's key; deleted when the import ends."
)

_OF_ACCOUNT = NotPersonal("about the whole account")

declare(
    Connection,
    subject=[Via("created_by", "user", role="maker", on_erase="unlink")],
    role="controller",
    purposes={Purpose.SERVICE},
    retention=Rule("organisation", trigger="disconnected_at"),
    row="keep",
    fields={
        "public_id": NotPersonal("random name of the connection"),
        "kind": NotPersonal("which helpdesk"),
        "name": NotPersonal("what the organisation calls the account"),
        "source": NotPersonal("which helpdesk, and a hash of its address"),
        "host": NotPersonal("the helpdesk's address"),
        "processor_id": NotPersonal("a line of the register of processors"),
        "credentials": NotPersonal("settings and tokens of the account, encrypted"),
        "hook_secret": NotPersonal("a secret shared with the helpdesk, encrypted"),
        "token_expires_at": _OF_ACCOUNT,
        "created_at": Personal("metadata.time", erase=Keep("part of the connection's history")),
        "state": _OF_ACCOUNT,
        "erase_instruction": NotPersonal("the organisation's instruction"),
        "since": _OF_ACCOUNT,
        "cursor": NotPersonal("a place in the account's change feed"),
        "reached_at": _OF_ACCOUNT,
        "backfilled_at": _OF_ACCOUNT,
        "synced_at": _OF_ACCOUNT,
        "due_at": _OF_ACCOUNT,
        "claimed_by": NotPersonal("random name of a worker's claim"),
        "claimed_until": _OF_ACCOUNT,
        "failures": _OF_ACCOUNT,
        "problem": NotPersonal("one of a list of problems"),
        "problem_since": _OF_ACCOUNT,
        "told_at": _OF_ACCOUNT,
        "clock_skew": NotPersonal("about the helpdesk's clock"),
        "reconciled_at": _OF_ACCOUNT,
        "people_cursor": NotPersonal("a place in the account's list of changed people"),
        "people_read_at": _OF_ACCOUNT,
        "disconnected_at": _OF_ACCOUNT,
    },
)

no_personal_data(ConnectionAddress, "a random name and the organisation it belongs to")
no_personal_data(SyncRun, "counts, times and names of fields of a whole run")
no_personal_data(SetAsideRecord, "a ticket's number at its source and the name of a field")
no_personal_data(HookDelivery, "a delivery's and tickets' numbers at their source, kept a week")

call({recipients.Helpdesks.name: _("the helpdesk")})

recipients.register()

"""What is kept about people who sign in, and about those invited to."""

from __future__ import annotations

from kaizo.accounts import copies
from kaizo.accounts.models import (
    ApiRequest,
    ApiToken,
    Holiday,
    Invitation,
    Membership,
    Notice,
    NoticePreference,
    OpeningHours,
    Organisation,
    SavedFilter,
    Team,
    TeamLead,
    User,
)
from kaizo.accounts.officers import officer_addresses
from kaizo.accounts.resealing import reseal_second_factors
from kaizo.core.tenancy import Purpose
from privacy.api import (
    NotPersonal,
    Personal,
    Rule,
    Via,
    ask_officers,
    declare,
    no_personal_data,
    register_resealer,
)

declare(
    User,
    subject=[Via("self", "user", role="account holder")],
    tenant="",
    role="controller",
    purposes={Purpose.SERVICE, Purpose.SECURITY},
    retention=Rule("account"),
    fields={
        "password": Personal("security.credential", exported=False),
        "last_login": Personal("metadata.time"),
        "email": Personal("contact.email"),
        "name": Personal("identity.name"),
        "public_number": Personal("identity.account"),
        "theme": Personal("preference"),
        "is_active": Personal("metadata.state"),
        "password_reset_required": Personal("metadata.state"),
        "date_joined": Personal("metadata.time"),
    },
)

declare(
    Membership,
    subject=[Via("user", "user", role="member")],
    role="controller",
    purposes={Purpose.SERVICE, Purpose.SECURITY},
    retention=Rule("account"),
    fields={
        "role": Personal("work.role"),
        "is_active": Personal("metadata.state"),
        "joined_at": Personal("metadata.time"),
        "deactivated_at": Personal("metadata.time"),
    },
)

declare(
    TeamLead,
    subject=[Via("membership__user", "user", role="team lead")],
    role="controller",
    purposes={Purpose.SERVICE},
    retention=Rule("account"),
    fields={
        "valid_from": Personal("metadata.time"),
        "valid_to": Personal("metadata.time"),
    },
)

declare(
    Invitation,
    subject=[
        Via("email", "user", role="invited", by_value=True),
        Via("invited_by", "user", role="inviter", on_erase="unlink"),
    ],
    role="controller",
    purposes={Purpose.SERVICE},
    retention=Rule("invitation", trigger="created_at"),
    fields={
        "email": Personal("contact.email"),
        "role": Personal("work.role"),
        "token_digest": Personal("security.credential", exported=False),
        "created_at": Personal("metadata.time"),
        "expires_at": NotPersonal("when the door closes"),
        "accepted_at": Personal("metadata.time"),
        "revoked_at": Personal("metadata.time"),
    },
)

declare(
    Notice,
    subject=[Via("recipient__user", "user", role="recipient")],
    role="controller",
    purposes={Purpose.SERVICE},
    retention=Rule("notice", trigger="created_at"),
    fields={
        "kind": Personal("metadata.state"),
        "object_label": NotPersonal("which kind of object it leads to"),
        "object_id": NotPersonal("which object it leads to; that has a declaration of its own"),
        "created_at": Personal("metadata.time"),
        "read_at": Personal("metadata.time"),
        "mailed_at": Personal("metadata.time"),
    },
)

declare(
    NoticePreference,
    subject=[Via("membership__user", "user", role="member")],
    role="controller",
    purposes={Purpose.SERVICE},
    retention=Rule("account"),
    fields={"kind": Personal("preference"), "frequency": Personal("preference")},
)

declare(
    SavedFilter,
    subject=[Via("owner__user", "user", role="owner")],
    role="controller",
    purposes={Purpose.SERVICE},
    retention=Rule("account"),
    fields={
        "page": NotPersonal("which list it is of"),
        "name": Personal("preference"),
        "query": Personal("preference"),
        "is_shared": NotPersonal("whether colleagues see it"),
        "created_at": Personal("metadata.time"),
    },
)

declare(
    ApiToken,
    subject=[Via("membership__user", "user", role="holder")],
    role="controller",
    purposes={Purpose.SERVICE, Purpose.SECURITY},
    retention=Rule("account"),
    fields={
        "name": Personal("preference"),
        "digest": Personal("security.credential", exported=False),
        "ending": Personal("security.credential", exported=False),
        "scopes": NotPersonal("what a program may do"),
        "created_at": Personal("metadata.time"),
        "expires_at": NotPersonal("when the token ends"),
        "last_used_at": Personal("metadata.time"),
        "revoked_at": Personal("metadata.time"),
    },
)

declare(
    ApiRequest,
    subject=[Via("token__membership__user", "user", role="holder of the token")],
    role="controller",
    purposes={Purpose.SERVICE},
    retention=Rule("api_request", trigger="created_at"),
    fields={
        "key": NotPersonal("a digest of what the program chose"),
        "fingerprint": NotPersonal("a digest that tells one request from another"),
        "status": NotPersonal("what was answered, as a number"),
        "made": NotPersonal("which object was made or changed, not whose"),
        "created_at": Personal("metadata.time"),
    },
)

no_personal_data(Organisation, "an organisation's name and settings")
no_personal_data(OpeningHours, "when the organisation is open")
no_personal_data(Holiday, "when the organisation is closed")
no_personal_data(Team, "the name of a group of people, not who is in it")

copies.register()
register_resealer("Second factors", reseal_second_factors)
ask_officers(officer_addresses)

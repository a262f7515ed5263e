"""What django-allauth keeps about people who sign in."""

from __future__ import annotations

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from kaizo.core.tenancy import Purpose
from privacy.registry import NotPersonal, Personal, Rule, Via, declare

_PURPOSES = {Purpose.SERVICE, Purpose.SECURITY}

declare(
    EmailAddress,
    subject=[Via("user", "user", role="account holder")],
    tenant="",
    role="controller",
    purposes=_PURPOSES,
    retention=Rule("account"),
    fields={
        "email": Personal("contact.email"),
        "verified": Personal("metadata.state"),
        "primary": NotPersonal("which of the person's addresses is used"),
    },
)

declare(
    EmailConfirmation,
    subject=[Via("email_address__user", "user", role="account holder")],
    tenant="",
    role="controller",
    purposes=_PURPOSES,
    retention=Rule("verification", trigger="created"),
    fields={
        "created": Personal("metadata.time"),
        "sent": Personal("metadata.time"),
        "key": Personal("security.credential", exported=False),
    },
)

declare(
    Authenticator,
    subject=[Via("user", "user", role="account holder")],
    tenant="",
    role="controller",
    purposes={Purpose.SECURITY},
    retention=Rule("account"),
    fields={
        "type": Personal("preference"),
        # Secrets are sealed under a key derived from the root key before they get here.
        "data": Personal(
            "security.credential",
            keys=(
                "credential",
                "migrated_codes",
                "name",
                "passwordless",
                "secret",
                "seed",
                "used_mask",
            ),
            exported=False,
        ),
        "created_at": Personal("metadata.time"),
        "last_used_at": Personal("metadata.time"),
    },
)

declare(
    UserSession,
    subject=[Via("user", "user", role="account holder")],
    tenant="",
    role="controller",
    purposes={Purpose.SECURITY},
    retention=Rule("session", trigger="last_seen_at"),
    fields={
        "created_at": Personal("metadata.time"),
        "ip": Personal("network.address"),
        "last_seen_at": Personal("metadata.time"),
        "session_key": Personal("security.credential", exported=False),
        "user_agent": Personal("network.device"),
        "data": NotPersonal("stays empty: the product adds nothing to it"),
    },
)

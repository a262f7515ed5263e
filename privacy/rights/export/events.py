"""What is recorded about copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaizo.core.tenancy import Purpose
from privacy.audit import record_event, register_actions
from privacy.rights.export.models import ExportPackage

PROBLEMS: Final = frozenset(
    {"unrenderable", "not_as_planned", "being_erased", "refused_by_database"}
)
register_actions(
    {
        "privacy.export.started": {},
        "privacy.export.ready": {"records": int, "removed": int},
        "privacy.export.held": {"texts": int},
        "privacy.export.released": {"texts": int, "withheld": int},
        "privacy.export.blocked": {"problem": PROBLEMS},
        "privacy.export.downloaded": {
            "by": frozenset({"person", "staff", "controller"}),
            "left": int,
        },
        "privacy.export.passphrase_shown": {"to": frozenset({"person", "staff"})},
        "privacy.export.passphrase_refused": {},
        "privacy.export.deleted": {},
        "privacy.transfer.named": {},
        "privacy.transfer.confirmed": {},
        "privacy.transfer.fetched": {},
    }
)


def note(
    package: ExportPackage,
    what: str,
    *,
    actor_user_id: int | None = None,
    detail: Mapping[str, int | bool | str] | None = None,
) -> None:
    """Record `privacy.<what>` about the copy and its person. In the tenant's scope."""
    request = package.request
    record_event(
        organisation_id=package.organisation_id,
        action=f"privacy.{what}",
        actor_user_id=actor_user_id,
        object_type="privacy_rights.ExportPackage",
        object_id=package.public_id,
        affected_user_id=request.account_user_id,
        subject_id=request.subject_id,
        purpose=Purpose.SUBJECT_ACCESS,
        detail=detail,
    )

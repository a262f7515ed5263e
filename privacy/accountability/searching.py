"""Finding every mention of a person for a request, as an event of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kaizo.core.tenancy import Purpose, current_organisation_id, purpose_scope
from privacy.audit import record_event, register_actions
from privacy.mentions import MentionedIn, find_mentions, unread_count
from privacy.rights.hooks import hooks

SHOWN = 200
_KINDS = ("names", "emails", "phones", "numbers")
register_actions(
    {
        "privacy.mentions.searched": {
            **{f"by_{kind}": int for kind in _KINDS},
            "certain": int,
            "hints": int,
        }
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How somebody is called and reached. Never stored."""

    names: Sequence[str] = ()
    emails: Sequence[str] = ()
    phones: Sequence[str] = ()
    numbers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Mentions:
    """`shown` are the first of them, certain ones on top. `unread`: how much was not read yet.
    `own`: the person's own records, in words; what is theirs is no mention."""

    shown: Sequence[MentionedIn]
    certain: int
    hints: int
    unread: int
    own: Sequence[str] = ()

    @property
    def total(self) -> int:
        return self.certain + self.hints


def search_mentions(
    wanted: Wanted, *, actor_user_id: int, subject_id: UUID | None = None, limit: int = SHOWN
) -> Mentions:
    """Where somebody is mentioned, in the organisation in scope, without a word of it. That there
    was a search is recorded with counts; for whom is not, unless it is a known person."""
    found = find_mentions(
        organisation_id=current_organisation_id(),
        names=wanted.names,
        emails=wanted.emails,
        phones=wanted.phones,
        numbers=wanted.numbers,
    )
    certain = sum(each.is_certain for each in found)
    record_event(
        organisation_id=current_organisation_id(),
        action="privacy.mentions.searched",
        actor_user_id=actor_user_id,
        subject_id=subject_id,
        purpose=Purpose.SUBJECT_ACCESS,
        detail={
            **{f"by_{kind}": len(getattr(wanted, kind)) for kind in _KINDS},
            "certain": certain,
            "hints": len(found) - certain,
        },
    )
    own = _own_records([*wanted.emails, *wanted.phones, *wanted.names])
    return Mentions(found[:limit], certain, len(found) - certain, unread_count(), own)


def _own_records(said: Sequence[str]) -> list[str]:
    organisation_id = current_organisation_id()
    words: dict[UUID, str] = {}
    with purpose_scope(Purpose.SUBJECT_ACCESS):
        for directory in hooks.directories:
            found = {key for each in said for key in directory.find(organisation_id, each)}
            words |= directory.describe(organisation_id, sorted(found, key=str))
    return sorted(words.values())

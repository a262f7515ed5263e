"""Which way a request goes, as a table.

    received -> verifying -> verified -> planned -> approved -> running -> verified_done -> closed
                                                                running <-> waiting
                                                                running  -> blocked

A request that needs no plan (`PLANNED` does not name its kind) goes from verified to running. An
extension moves the deadline and not the request: it is an event, and `extended_to` is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What is asked for, with its article of the GDPR in `ARTICLES`."""

    ACCESS = "access"
    PORTABILITY = "portability"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    CONSENT_WITHDRAWAL = "consent_withdrawal"
    CONTEST = "contest"
    COMPLAINT_INFORMATION = "complaint_information"


ARTICLES: Final[Mapping[Kind, str]] = {
    Kind.ACCESS: "15",
    Kind.PORTABILITY: "20",
    Kind.RECTIFICATION: "16",
    Kind.ERASURE: "17",
    Kind.RESTRICTION: "18",
    Kind.OBJECTION: "21",
    Kind.CONSENT_WITHDRAWAL: "7(3)",
    Kind.CONTEST: "22(3)",
    Kind.COMPLAINT_INFORMATION: "13(2)(d)",
}

# These end in a copy of the data.
COPIED: Final = frozenset({Kind.ACCESS, Kind.PORTABILITY})

# What destroys data is shown first and approved by a second person.
PLANNED: Final = frozenset({Kind.ERASURE})


class Status(StrEnum):
    RECEIVED = "received"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    PLANNED = "planned"
    APPROVED = "approved"
    RUNNING = "running"
    WAITING = "waiting"
    BLOCKED = "blocked"
    VERIFIED_DONE = "verified_done"
    CLOSED = "closed"
    REFUSED = "refused"
    APPEALED = "appealed"


class WaitingFor(StrEnum):
    """What will wake a waiting request."""

    HOLD = "hold"
    PROVIDER_EXPIRY = "provider_expiry"
    RECIPIENT = "recipient"
    SOURCE = "source"
    TEXTS = "texts"
    REVIEW = "review"


class Channel(StrEnum):
    """How a request came in."""

    PORTAL = "portal"
    MAIL = "mail"
    POST = "post"
    PHONE = "phone"
    SIGNED_IN = "signed_in"
    SOURCE = "source"
    STAFF = "staff"


_S = Status
# Nothing is destroyed for somebody whose identity is not established: there is no way from
# received or verifying to planned.
_MOVES: Final[Mapping[Status, frozenset[Status]]] = {
    _S.RECEIVED: frozenset({_S.VERIFYING, _S.VERIFIED, _S.REFUSED, _S.CLOSED}),
    _S.VERIFYING: frozenset({_S.VERIFIED, _S.REFUSED, _S.CLOSED}),
    _S.VERIFIED: frozenset({_S.PLANNED, _S.RUNNING, _S.REFUSED, _S.CLOSED}),
    _S.PLANNED: frozenset({_S.PLANNED, _S.APPROVED, _S.VERIFIED, _S.REFUSED, _S.CLOSED}),
    _S.APPROVED: frozenset({_S.RUNNING, _S.PLANNED, _S.REFUSED}),
    _S.RUNNING: frozenset({_S.WAITING, _S.BLOCKED, _S.VERIFIED_DONE, _S.REFUSED}),
    _S.WAITING: frozenset({_S.RUNNING, _S.BLOCKED, _S.VERIFIED_DONE}),
    _S.BLOCKED: frozenset({_S.RUNNING, _S.PLANNED}),
    _S.VERIFIED_DONE: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset({_S.APPEALED}),
    _S.REFUSED: frozenset({_S.APPEALED, _S.CLOSED}),
    _S.APPEALED: frozenset({_S.VERIFIED, _S.REFUSED, _S.CLOSED}),
}

OPEN: Final = frozenset(_S) - {_S.CLOSED, _S.REFUSED, _S.VERIFIED_DONE}
# Identity is established; before these nobody may plan or approve.
ESTABLISHED: Final = frozenset(_S) - {_S.RECEIVED, _S.VERIFYING, _S.REFUSED}


def may_move(kind: Kind, before: Status, after: Status) -> bool:
    if after not in _MOVES[before]:
        return False
    planned = kind in PLANNED
    if before is _S.VERIFIED and after is _S.RUNNING:
        return not planned  # a plan comes first
    return planned or after not in {_S.PLANNED, _S.APPROVED}


def moves(kind: Kind, before: Status) -> frozenset[Status]:
    """Where a request of this kind can go from here."""
    return frozenset(after for after in _MOVES[before] if may_move(kind, before, after))

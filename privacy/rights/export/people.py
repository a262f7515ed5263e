"""Whose copy it is, as far as the data goes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from uuid import UUID

from privacy.models import SubjectKind
from privacy.rights.hooks import Asker, hooks
from privacy.rights.models import RightsRequest, Verification
from privacy.rights.people import load_person
from privacy.rights.requests import subject_ids_of


def asker_of(request: RightsRequest) -> Asker:
    """Whom a verified request is about. In the tenant's scope. Only who asked while signed in is
    known by their account: a number in a request proves nothing by itself."""
    signed_in = request.verification == Verification.SIGNED_IN
    account = request.account_user_id if signed_in else None
    return make_asker(request.organisation_id, subject_ids_of(request), account)


def make_asker(
    organisation_id: int, subject_ids: Iterable[UUID], account: int | None = None
) -> Asker:
    kinds = load_person(organisation_id, set(subject_ids)).kinds
    return Asker(
        organisation_id=organisation_id,
        customers=frozenset(s for s, kind in kinds.items() if kind == SubjectKind.CUSTOMER),
        agents=frozenset(s for s, kind in kinds.items() if kind == SubjectKind.AGENT),
        user_id=account,
        identities=tuple(
            chain.from_iterable(
                find(organisation_id, set(kinds), account) for find in hooks.identities
            )
        ),
    )


def subjects_of_account(organisation_id: int, user_id: int) -> list[UUID]:
    """The records that belong to an account. In the tenant's scope."""
    found = chain.from_iterable(find(organisation_id, user_id) for find in hooks.accounts)
    return sorted(set(found), key=str)

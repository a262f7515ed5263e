"""People whom their helpdesk has deleted: who of them is here, and erasing them here, too."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from kaizo.core.tenancy import Purpose, tenant_scope
from privacy import api as privacy
from tickets.ingest.people import CUSTOMER_FIELD, Profile
from tickets.models import Customer, Message, Ticket, TicketSearch

_profile = msgspec.json.Decoder(Profile).decode


def customers_by_id(
    organisation_id: int, source: str, external_ids: Collection[str]
) -> dict[str, int]:
    """Those of the source's customers who are here and not erased. Inside the tenant's scope."""
    index = privacy.blind_index(organisation_id)
    digests = {index.external(source, each): each for each in external_ids}
    rows = _present(source).filter(external_index__any_of=list(digests))
    return {
        digests[bytes(digest)]: customer_id
        for digest, customer_id in rows.values_list("external_index", "pk")
    }


def customers_after(
    organisation_id: int, source: str, last: int, limit: int
) -> tuple[int, list[str]]:
    """The next customers behind a key, by the source's own ids, and the key reached: the same one
    when there are no more. Those of whom nothing but an id was ever here are left out: the source
    had deleted them before. Inside the tenant's scope."""
    rows = list(
        _present(source)
        .filter(pk__gt=last)
        .order_by("pk")
        .values_list("pk", "subject_id", "profile")[:limit]
    )
    ciphers = privacy.ciphers_for(organisation_id, [row[1] for row in rows], create=False)
    found = []
    for customer_id, subject_id, stored in rows:
        cipher = ciphers.get(subject_id)
        if cipher is not None and not cipher.erased:
            bound_to = privacy.aad(organisation_id, CUSTOMER_FIELD, customer_id, subject_id)
            who = _profile(cipher.decrypt(bytes(stored), bound_to))
            if who.name or who.email or who.phone:
                found.append(who.id)
    return (rows[-1][0] if rows else last), found


def tickets_of(customer_ids: Collection[int]) -> list[str]:
    """The source's own ids of the tickets that these customers have asked. Inside the scope."""
    rows = Ticket.objects.filter(requester_id__in=customer_ids).order_by("pk")
    return list(rows.values_list("external_id", flat=True))


def erase_people(*, organisation_id: int, source: str, external_ids: Collection[str]) -> int:
    """Erase customers whom the source has deleted; returns how many were here.

    What they are called and what they wrote becomes unreadable for good, they are found by nothing
    any more, and they do not come back. Their tickets' times and figures stay. Idempotent: cut off
    in the middle, a repetition finishes it.
    """
    with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        ids = list(customers_by_id(organisation_id, source, external_ids).values())
        subjects = _forget(ids)
    for subject_id in subjects:
        privacy.shred_subject(organisation_id=organisation_id, subject_id=subject_id)
    return len(subjects)


def _present(source: str) -> QuerySet[Customer]:
    rows: QuerySet[Customer] = Customer.objects.filter(source=source)
    return rows.exclude(subject__state=privacy.SubjectState.ERASED)


def _forget(customer_ids: Collection[int]) -> list[UUID]:
    """What is about the people and does not lie under their key. Returns their subjects."""
    if not customer_ids:
        return []
    rows = Customer.objects.filter(pk__in=customer_ids)
    rows.update(email_index=None, phone_index=None, profile_digest=b"", language="")
    TicketSearch.objects.filter(ticket__requester_id__in=customer_ids).delete()
    Message.objects.filter(other_customer_id__in=customer_ids).update(other_customer=None)
    return list(rows.values_list("subject_id", flat=True))

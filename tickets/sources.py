"""What the sources call people and their tickets, for telling them of an erasure."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import msgspec

from privacy import api as privacy
from tickets.ingest.people import CUSTOMER_FIELD, Profile
from tickets.models import Customer, Ticket


def source_ids_of(
    *, organisation_id: int, subject_ids: Collection[UUID]
) -> dict[str, tuple[list[str], list[str]]]:
    """External ids of the customers' tickets and of themselves, sorted, by source. In the tenant's
    scope. People whose key is destroyed are left out."""
    people = Customer.objects.filter(subject_id__in=subject_ids).values_list(
        "id", "subject_id", "source", "profile"
    )
    ciphers = privacy.ciphers_for(organisation_id, subject_ids, create=False)
    found: dict[str, tuple[list[str], list[str]]] = {}
    for customer_id, subject_id, source, profile in people:
        cipher = ciphers.get(subject_id)
        if cipher is None or cipher.erased:
            continue
        aad = privacy.aad(organisation_id, CUSTOMER_FIELD, customer_id, subject_id)
        stored = msgspec.json.decode(cipher.decrypt(profile, aad), type=Profile)
        found.setdefault(source, ([], []))[1].append(stored.id)
    tickets = Ticket.objects.filter(subject_id__in=subject_ids, source__in=found)
    for source, external_id in tickets.values_list("source", "external_id").iterator(5_000):
        found[source][0].append(external_id)
    return {source: (sorted(ids), sorted(users)) for source, (ids, users) in found.items()}

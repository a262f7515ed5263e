"""What ingest asks before it writes: which values were corrected, by row. In the tenant's scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from privacy import api as privacy
from tickets.correcting.models import CorrectedValue

VALUE = "tickets.CorrectedValue.value"
_Field = CorrectedValue.Field
# Row -> field -> value.
Profiles = dict[int, dict[str, str]]


@dataclass(slots=True)
class KeptPeople:
    """Who handled and wrote what, by ticket and by message, as it was corrected."""

    assignees: dict[int, int | None] = field(default_factory=dict)
    authors: dict[tuple[int, str], int | None] = field(default_factory=dict)


def kept_profiles(organisation_id: int, kind: str, ids: Collection[int]) -> Profiles:
    """Corrected parts of profiles of customers or agents (`kind`). One query, and one for keys
    where there are any; those whose key is destroyed are left out."""
    rows = list(
        CorrectedValue.objects.filter(**{f"{kind}__in": list(ids)})
        .exclude(value=None)
        .values_list(f"{kind}_id", "field", "pk", "subject_id", "value")
    )
    found: Profiles = defaultdict(dict)
    ciphers = privacy.ciphers_for(organisation_id, {row[3] for row in rows}, create=False)
    for row_id, name, key, subject_id, stored in rows:
        cipher = ciphers.get(subject_id)
        if cipher is not None and not cipher.erased:
            bound_to = privacy.aad(organisation_id, VALUE, key, subject_id)
            found[row_id][name] = cipher.decrypt(bytes(stored), bound_to)
    return found


def kept_people(ticket_ids: Collection[int]) -> KeptPeople:
    """One query."""
    found = KeptPeople()
    if not ticket_ids:
        return found
    ids = list(ticket_ids)
    of_tickets = CorrectedValue.objects.filter(ticket__in=ids)
    for ticket_id, agent_id in of_tickets.values_list("ticket_id", "to_agent_id"):
        found.assignees[ticket_id] = agent_id
    of_messages = CorrectedValue.objects.filter(message__ticket__in=ids)
    for ticket_id, message, agent_id in of_messages.values_list(
        "message__ticket_id", "message__external_id", "to_agent_id"
    ):
        found.authors[ticket_id, message] = agent_id
    return found

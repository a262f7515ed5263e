"""Who is mentioned in tickets, by blind index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

from privacy import api as privacy
from tickets.models import Mention

_FORGET = "DELETE FROM tickets_mention WHERE organisation_id = %s AND ticket_id = ANY(%s)"
_KEEP = """
INSERT INTO tickets_mention (organisation_id, ticket_id, trait_index)
SELECT %s, * FROM unnest(%s::bigint[], %s::bytea[])
    ON CONFLICT (organisation_id, trait_index, ticket_id) DO NOTHING
"""


def indexes_of(organisation_id: int, found: Iterable[tuple[str, privacy.Span]]) -> set[bytes]:
    """The blind indexes of spans, each given with its text."""
    index = privacy.blind_index(organisation_id)
    return {
        privacy.mention_index(index, trait, value)
        for text, span in found
        for trait, value in privacy.of_span(text, span)
    }


def keep(
    organisation_id: int, ticket_ids: Sequence[int], mentions: Sequence[tuple[int, bytes]]
) -> None:
    """Put (ticket, index) pairs in the place of what these tickets mentioned before."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [organisation_id, list(ticket_ids)])
        tickets, indexes = [key for key, _ in mentions], [index for _, index in mentions]
        cursor.execute(_KEEP, [organisation_id, tickets, indexes])


def find(_organisation_id: int, traits: dict[bytes, privacy.Trait]) -> list[privacy.MentionedIn]:
    """Tickets that mention somebody with one of these traits. In the tenant's scope."""
    found: dict[int, set[privacy.Trait]] = {}
    rows = Mention.objects.filter(trait_index__in=list(traits))
    for ticket_id, index in rows.values_list("ticket_id", "trait_index").iterator(5_000):
        found.setdefault(ticket_id, set()).add(traits[bytes(index)])
    return [privacy.MentionedIn("tickets.ticket", key, frozenset(by)) for key, by in found.items()]

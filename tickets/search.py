"""Search over redacted text.

The index holds what redaction left of a conversation, in an UNLOGGED table. Under row-level
security PostgreSQL will not use a text index for `@@` (the operator is not leakproof), so the
query narrows by organisation and time first; the newest tickets of the last months are a small
part of a big table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from kaizo.core import clock
from tickets.conversations import redacted_texts
from tickets.models import TextScan, Ticket, TicketSearch

WINDOW = timedelta(days=90)
CHUNK = 200
TIDIED_AT_ONCE = 1_000

_UPSERT = """
INSERT INTO tickets_ticketsearch (organisation_id, ticket_id, words, active_at)
SELECT t.organisation_id, t.id, to_tsvector('simple', w.words), t.updated_at
  FROM unnest(%(ids)s::bigint[], %(words)s::text[]) AS w(id, words)
  JOIN tickets_ticket t ON t.organisation_id = %(organisation)s AND t.id = w.id
    ON CONFLICT (organisation_id, ticket_id)
    DO UPDATE SET words = excluded.words, active_at = excluded.active_at
"""
_MATCHING = """
SELECT ticket_id FROM tickets_ticketsearch
 WHERE organisation_id = %s AND active_at >= %s AND words @@ websearch_to_tsquery('simple', %s)
 ORDER BY active_at DESC LIMIT %s
"""


def index(*, organisation_id: int, ticket_ids: Sequence[int]) -> None:
    """Write the search rows of these tickets anew, as far as they are checked. Idempotent. Erased
    people's words are left out, since nothing can decrypt them."""
    texts = redacted_texts(organisation_id, ticket_ids)
    parameters: dict[str, Any] = {
        "organisation": organisation_id,
        "ids": list(texts),
        # A tsvector holds at most a megabyte; nobody looks for the end of such a conversation.
        "words": [words[:200_000].replace("\0", "") for words in texts.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, parameters)


def tidy(*, organisation_id: int) -> None:
    """Drop rows that left the search window; index tickets that have none, at most a thousand a
    call, the latest first (the table is empty after a crash). Idempotent."""
    since = clock.now() - WINDOW
    TicketSearch.objects.filter(active_at__lt=since).delete()
    indexed = TicketSearch.objects.filter(ticket=OuterRef("pk"))
    checked = TextScan.objects.filter(ticket=OuterRef("pk"), version__gt=0)
    missing = Ticket.objects.filter(Exists(checked), ~Exists(indexed), updated_at__gte=since)
    ids = list(missing.order_by("-updated_at").values_list("pk", flat=True)[:TIDIED_AT_ONCE])
    for start in range(0, len(ids), CHUNK):
        index(organisation_id=organisation_id, ticket_ids=ids[start : start + CHUNK])


def matching_tickets(*, organisation_id: int, query: str, limit: int = 1_000) -> list[int]:
    """Ids of tickets active in the search window that hold all the words, newest first."""
    since = clock.now() - WINDOW
    with connection.cursor() as cursor:
        cursor.execute(_MATCHING, [organisation_id, since, query, limit])
        return [row[0] for row in cursor.fetchall()]

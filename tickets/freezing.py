"""What freezing a person does to what was made of their conversations, and what thawing makes
again."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from privacy.api import after_thaw, before_freeze
from tickets import scans
from tickets.ingest.service import CHECK_CHUNK
from tickets.models import Ticket, TicketSearch


def leave_search(_organisation_id: int, subject_ids: Collection[UUID]) -> None:
    """Nobody finds a frozen conversation by its words."""
    TicketSearch.objects.filter(ticket__subject__in=list(subject_ids)).delete()


def read_again(organisation_id: int, subject_ids: Collection[UUID]) -> None:
    """Texts that came in meanwhile were read by nothing; reading also brings back the search."""
    from tickets.tasks import check_texts

    rows = Ticket.objects.filter(subject__in=list(subject_ids)).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    scans.ask_for(organisation_id, ids)
    for start in range(0, len(ids), CHECK_CHUNK):
        check_texts.delay_on_commit(
            organisation_id=organisation_id, ticket_ids=ids[start : start + CHECK_CHUNK]
        )


def register() -> None:
    before_freeze(leave_search)
    after_thaw(read_again)

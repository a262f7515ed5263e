"""What freezing a person does to what was made of their conversations, and what thawing makes
again; and what freezing or an objection does to the scores of an agent."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from kaizo.core.tenancy import Purpose
from privacy.api import (
    after_thaw,
    barred_subjects,
    before_freeze,
    frozen_subjects,
    when_allowed,
    when_barred,
)
from tickets import scans
from tickets.ingest.service import CHECK_CHUNK
from tickets.models import Agent, Ticket, TicketSearch


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


def leave_tables(_organisation_id: int, subject_ids: Collection[UUID]) -> None:
    """Nobody else sees a score of these agents any more. What they did still counts for their
    teams and for the organisation."""
    Agent.objects.filter(subject__in=list(subject_ids)).update(is_left_out=True)


def return_to_tables(_organisation_id: int, subject_ids: Collection[UUID]) -> None:
    """Whoever is still frozen, or objects to being judged, stays out."""
    free = set(subject_ids) - frozen_subjects(subject_ids)
    free -= barred_subjects(Purpose.QUALITY_EVALUATION, free)
    Agent.objects.filter(subject__in=free).update(is_left_out=False)


def register() -> None:
    before_freeze(leave_search)
    before_freeze(leave_tables)
    after_thaw(read_again)
    after_thaw(return_to_tables)
    when_barred(Purpose.QUALITY_EVALUATION, leave_tables)
    when_allowed(Purpose.QUALITY_EVALUATION, return_to_tables)

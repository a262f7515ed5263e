"""A row in a table in which a plain ingest leaves none."""

from __future__ import annotations

from django.db import connection

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from scoring.quality.models import Evidence, Review
from tests.scoring.quality.factories import draft_review
from tickets.correcting.models import CorrectedValue
from tickets.models import Mention, Message, Tag, Ticket, TicketTag

_WORDS = """
INSERT INTO tickets_ticketsearch (organisation_id, ticket_id, words, active_at)
VALUES (%s, %s, to_tsvector('parcel'), now())
"""


def fill(organisation: Organisation, table: str) -> None:
    review = draft_review(organisation) if table == "scoring_evidence" else None
    with tenant_scope(organisation.pk):
        ticket = Ticket.objects.order_by("pk")[0]
        if table == "tickets_ticketsearch":
            with connection.cursor() as cursor:
                cursor.execute(_WORDS, [organisation.pk, ticket.pk])
        elif table == "tickets_tickettag":
            tag = Tag.objects.create(organisation=organisation, name="late")
            TicketTag.objects.create(organisation=organisation, tag=tag, ticket=ticket)
        elif table == "tickets_mention":
            Mention.objects.create(organisation=organisation, ticket=ticket, trait_index=b"x" * 32)
        elif table == "tickets_correctedvalue":
            CorrectedValue.objects.create(
                organisation=organisation,
                subject_id=ticket.subject_id,
                field=CorrectedValue.Field.ASSIGNEE,
                ticket=ticket,
            )
        elif review is not None:
            _quote(review)


def _quote(review: Review) -> None:
    assert review.ticket is not None
    Evidence.objects.create(
        organisation_id=review.organisation_id,
        review=review,
        message=Message.objects.filter(ticket=review.ticket)[0],
        subject_id=review.ticket.subject_id,
        quote=b"sealed",
    )

"""Removes tickets for good."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction

from privacy import api as privacy
from tickets.ingest.copying import delete_where
from tickets.models import Customer, Message, Ticket

# Children first: the composite keys do not cascade.
_CHILDREN = (
    "tickets_ticketsearch",
    "tickets_tickettag",
    "tickets_csatresponse",
    "tickets_ticketevent",
)


def erase_tickets(organisation_id: int, ticket_ids: Sequence[int]) -> int:
    """Delete tickets with everything on them; returns the number of messages erased.

    A requester with nothing left here goes too, and their key is destroyed once the rows are gone.
    Idempotent.
    """
    if not ticket_ids:
        return 0
    requesters = set(
        Ticket.objects.filter(pk__in=ticket_ids).values_list("requester_id", flat=True)
    )
    messages = delete_where("tickets_message", "ticket_id", organisation_id, ticket_ids)
    # What else hangs on a ticket goes by the database's own cascade.
    delete_where("tickets_ticket", "id", organisation_id, ticket_ids)
    _erase_customers_without_trace(organisation_id, requesters)
    return messages


def _erase_customers_without_trace(organisation_id: int, customer_ids: set[int]) -> None:
    present = set(
        Ticket.objects.filter(requester_id__in=customer_ids).values_list("requester_id", flat=True)
    ) | set(
        Message.objects.filter(other_customer_id__in=customer_ids).values_list(
            "other_customer_id", flat=True
        )
    )
    gone = Customer.objects.filter(pk__in=customer_ids - present)
    subjects = list(gone.values_list("subject_id", flat=True))
    delete_where("tickets_customer", "id", organisation_id, list(customer_ids - present))
    # After the commit: a rolled-back deletion must not leave rows that nobody can read.
    for subject_id in subjects:
        transaction.on_commit(partial(privacy.destroy_key, organisation_id, subject_id))

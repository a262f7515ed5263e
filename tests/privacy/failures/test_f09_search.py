"""F09: a search index that keeps what was erased, or brings it back when it is made anew."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections

from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from privacy.rights.models import RequestStatus
from tests import factories
from tests.database import owner_connection
from tests.privacy import places
from tests.privacy.rights import erasures
from tickets import search
from tickets.contracts import TicketRecord
from tickets.models import TicketSearch

pytestmark = pytest.mark.django_db(transaction=True)
OWN, OTHERS = "marzipan", "lighthouse"  # a word of the person's ticket, one of another's


@pytest.fixture
def own(organisation: Organisation) -> TicketRecord:
    """A ticket of the person, and another's in which the person is mentioned, both searchable."""
    when = clock.now() - timedelta(days=3)
    [own] = erasures.records(1, created_at=when)
    [other] = erasures.records(1, customer=2, created_at=when)
    own = erasures.saying(own, f"The {OWN} did not arrive.")
    other = erasures.saying(other, f"Ask dora1@post.example about the {OTHERS}, please.")
    erasures.ingest(organisation, own, other)
    factories.check_texts(organisation)
    assert found(organisation, OWN) == found(organisation, OTHERS) == 1
    return own


def found(organisation: Organisation, words: str) -> int:
    with tenant_scope(organisation.pk):
        return len(search.matching_tickets(organisation_id=organisation.pk, query=words))


def crash() -> None:
    """What is left of an unlogged table when the server has crashed."""
    name = str(connections["default"].settings_dict["NAME"])
    with owner_connection("default", name) as owner, owner.cursor() as cursor:
        cursor.execute("TRUNCATE tickets_ticketsearch")


def test_f09_what_was_erased_is_in_no_index_and_not_in_one_that_is_made_anew(
    organisation: Organisation, own: TicketRecord
) -> None:
    subject_id = erasures.customer_of(organisation, own).subject_id
    done = erasures.erase(organisation, [subject_id])
    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert OWN.encode() not in places.search_words(organisation)
    assert found(organisation, OWN) == 0

    factories.check_texts(organisation)  # the other's text has changed: it is read anew
    crash()
    assert found(organisation, OTHERS) == 0
    with tenant_scope(organisation.pk):
        search.tidy(organisation_id=organisation.pk)
        assert TicketSearch.objects.count() == 1

    assert found(organisation, OTHERS) == 1
    words = places.search_words(organisation)
    assert OWN.encode() not in words
    assert b"dora" not in words


def test_f09_an_index_row_cannot_be_written_once_the_key_is_gone(
    organisation: Organisation, own: TicketRecord
) -> None:
    """A worker that still has the ticket's number in its hand."""
    from privacy import api
    from tickets.models import Ticket

    with tenant_scope(organisation.pk):
        ids = list(Ticket.objects.values_list("pk", flat=True))
    api.destroy_key(organisation.pk, erasures.customer_of(organisation, own).subject_id)
    crash()
    with tenant_scope(organisation.pk):
        search.index(organisation_id=organisation.pk, ticket_ids=ids)
    assert OWN.encode() not in places.search_words(organisation)
    assert OTHERS.encode() in places.search_words(organisation)

"""An erased person in other people's tickets."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.rights.models import RequestStatus
from tests import factories
from tests.privacy.rights import erasures
from tickets.contracts import AuthorRecord, AuthorType
from tickets.conversations import read_conversation
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def words(organisation: Organisation) -> str:
    """Everything that can still be read."""
    with tenant_scope(organisation.pk):
        conversations = [
            read_conversation(organisation.pk, ticket, revealed=True)
            for ticket in Ticket.objects.order_by("pk")
        ]
    return " ".join(turn.text or "" for each in conversations for turn in each.turns)


def test_a_person_is_taken_out_of_the_tickets_of_others(organisation: Organisation) -> None:
    [own] = erasures.records(1)
    [other] = erasures.records(1, customer=2)
    other = replace(
        other, requester=replace(other.requester, name="Omar Onder", email="omar@mail.example")
    )
    mentioning = erasures.saying(
        other, "My neighbour Dora Dobbs has it, write to dora1@post.example. My door is blue."
    )
    erasures.ingest(organisation, own, mentioning)
    factories.check_texts(organisation)
    assert "dora1@post.example" in words(organisation)

    done = erasures.erase(organisation, [erasures.customer_of(organisation, own).subject_id])

    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert erasures.steps(organisation, done)["store mentions"] == ("done", 1, 1)
    left = words(organisation)
    assert "My door is blue." in left
    assert "[erased]" in left
    assert "Dobbs" not in left
    assert "dora1" not in left


def test_what_a_person_wrote_in_another_s_ticket_goes_with_them(
    organisation: Organisation,
) -> None:
    [own] = erasures.records(1)
    [other] = erasures.records(1, customer=2)
    question, *rest = other.messages
    guest = AuthorRecord(type=AuthorType.CUSTOMER, id=own.requester.id)
    joined = replace(
        rest[0], id="m9", author=guest, text="I am the neighbour and I have the parcel."
    )
    erasures.ingest(organisation, own, replace(other, messages=(question, *rest, joined)))
    assert "the neighbour" in words(organisation)

    done = erasures.erase(organisation, [erasures.customer_of(organisation, own).subject_id])

    assert done.request.status == RequestStatus.VERIFIED_DONE
    left = words(organisation)
    assert "Where is my parcel?" in left
    assert "the neighbour" not in left
    assert "[erased]" in left


def test_a_person_who_takes_part_is_taken_out_of_what_others_say_there(
    organisation: Organisation,
) -> None:
    """The ticket knows them, so they are no stranger whom the index of mentions would name."""
    [own] = erasures.records(1)
    [other] = erasures.records(1, customer=2)
    omar = replace(other.requester, name="Omar Onder", email="omar@mail.example")
    question, answer, *rest = other.messages
    question = replace(question, text="Ask Dora Dobbs, dora1@post.example. My door is blue.")
    guest = AuthorRecord(type=AuthorType.CUSTOMER, id=own.requester.id)
    joined = replace(answer, id="m9", author=guest, text="That is me.")
    other = replace(other, requester=omar, messages=(question, answer, *rest, joined))
    erasures.ingest(organisation, own, other)
    factories.check_texts(organisation)
    assert "Dobbs" in words(organisation)

    done = erasures.erase(organisation, [erasures.customer_of(organisation, own).subject_id])

    assert done.request.status == RequestStatus.VERIFIED_DONE
    left = words(organisation)
    assert "My door is blue." in left
    assert "Dobbs" not in left
    assert "dora1" not in left

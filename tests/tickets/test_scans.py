"""Texts are read for personal data behind ingest, and hidden until they are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy import api as privacy
from privacy import scanning
from privacy.detection import model
from tests.factories import check_texts, ticket_record
from tickets import scanner
from tickets.contracts import Status
from tickets.conversations import read_conversation
from tickets.ingest.service import ingest_tickets
from tickets.models import Agent, Mention, TextScan, Ticket, TicketSearch
from tickets.selectors import unchecked_count
from tickets.tasks import check_pending
from tickets.tasks import check_texts as read_by_rules

pytestmark = pytest.mark.django_db

TEXT = "Yesterday I spoke with Marjolein Hoekstra about it, she has marjolein.h@post.example"
HIDDEN = "Not checked for personal data yet."
ENTER = Callable[[User], Client]
MEMBER = Callable[[Role], Membership]


def ingest(organisation: Organisation, text: str = TEXT, number: int = 7) -> Ticket:
    record = ticket_record(number)
    first = msgspec.structs.replace(record.messages[0], text=text)
    record = msgspec.structs.replace(record, messages=(first, record.messages[1]))
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[record])
    with tenant_scope(organisation.pk):
        ticket: Ticket = Ticket.objects.get(external_id=f"t{number}")
    return ticket


def page_of(client: Client, organisation: Organisation, ticket: Ticket) -> str:
    where = {"organisation": organisation.slug, "ticket_id": ticket.pk}
    return client.get(reverse("tickets:ticket_detail", kwargs=where)).content.decode()


def test_until_the_model_has_read_it_only_the_handler_sees_a_text(
    organisation: Organisation, member: MEMBER, sign_in: ENTER
) -> None:
    ticket = ingest(organisation)
    reviewer, agent = member(Role.REVIEWER), member(Role.AGENT)
    with tenant_scope(organisation.pk):
        Agent.objects.update(membership=agent)
        assert unchecked_count() == 1

    others = page_of(sign_in(reviewer.user), organisation, ticket)
    assert HIDDEN in others
    assert "Not checked yet" in others
    assert "Yesterday" not in others
    own = page_of(sign_in(agent.user), organisation, ticket)
    assert "Yesterday" in own
    assert "marjolein.h@post.example" not in own

    check_texts(organisation)
    others = page_of(sign_in(reviewer.user), organisation, ticket)
    assert HIDDEN not in others
    assert "Yesterday I spoke with " in others
    assert "Hoekstra" not in others
    with tenant_scope(organisation.pk):
        assert unchecked_count() == 0


def test_a_text_is_in_no_search_before_the_model_has_read_it(organisation: Organisation) -> None:
    ticket = ingest(organisation)
    with tenant_scope(organisation.pk):
        read_by_rules(organisation_id=organisation.pk, ticket_ids=[ticket.pk])
        assert not TicketSearch.objects.exists()
    check_texts(organisation)
    with tenant_scope(organisation.pk):
        assert TicketSearch.objects.get().ticket_id == ticket.pk


def test_what_a_text_says_anew_is_hidden_again_and_the_rest_is_not(
    organisation: Organisation,
) -> None:
    ingest(organisation)
    check_texts(organisation)
    ticket = ingest(organisation, "Anna Klein will fetch it")
    with tenant_scope(organisation.pk):
        conversation = read_conversation(organisation.pk, ticket)
    assert [turn.text for turn in conversation.turns] == [HIDDEN, "It is on its way."]
    assert [turn.is_checked for turn in conversation.turns] == [False, True]
    assert not conversation.is_checked

    check_texts(organisation)
    with tenant_scope(organisation.pk):
        conversation = read_conversation(organisation.pk, ticket)
    assert conversation.is_checked
    assert "Klein" not in str(conversation.turns)


def test_texts_that_were_read_before_are_complete_at_once(organisation: Organisation) -> None:
    ingest(organisation)
    check_texts(organisation)
    other = ingest(organisation, number=8)
    with tenant_scope(organisation.pk):
        read_by_rules(organisation_id=organisation.pk, ticket_ids=[other.pk])
        conversation = read_conversation(organisation.pk, other)
    assert "Yesterday" in str(conversation.turns)


def test_a_person_has_one_number_in_all_texts_of_a_conversation(
    organisation: Organisation,
) -> None:
    record = ticket_record(7)
    texts = ["Hello, my neighbour Peter Klein has it.", "Is Peter Klein at home? Carla asks."]
    messages = tuple(
        msgspec.structs.replace(message, text=text)
        for message, text in zip(record.messages, texts, strict=True)
    )
    record = msgspec.structs.replace(record, messages=messages)
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[record])
    check_texts(organisation)
    with tenant_scope(organisation.pk):
        turns = read_conversation(organisation.pk, Ticket.objects.get()).turns
    assert [turn.text for turn in turns] == [
        "Hello, my neighbour [person 3] has it.",
        "Is [person 3] at home? [person 1] asks.",
    ]


def test_without_the_model_checking_is_refused_in_words_and_the_text_stays_hidden(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> model.Model:
        raise model.ModelMissing("gone")

    ticket = ingest(organisation)
    monkeypatch.setattr(scanning, "_loaded", missing)
    with pytest.raises(privacy.DetectionUnavailable, match=r"requirements/model\.txt"):
        check_pending(organisation_id=organisation.pk)
    with tenant_scope(organisation.pk):
        conversation = read_conversation(organisation.pk, ticket)
        assert unchecked_count() == 1
    assert conversation.turns[0].text == HIDDEN
    assert not TicketSearch.all_objects.exists()

    monkeypatch.undo()
    check_pending(organisation_id=organisation.pk)
    with tenant_scope(organisation.pk):
        assert unchecked_count() == 0


def test_the_organisations_own_rules_are_followed_and_everything_is_read_anew(
    organisation: Organisation,
) -> None:
    ticket = ingest(organisation, "Parcel KX12 with Harper, said Marjolein Hoekstra")
    check_texts(organisation)
    organisation.order_number_forms, organisation.brand_names = ["AA99"], ["Harper"]
    organisation.save(update_fields=["order_number_forms", "brand_names"])
    with tenant_scope(organisation.pk):
        assert scanner.ask_again(organisation_id=organisation.pk) == 1
        assert scanner.ask_again(organisation_id=organisation.pk) == 0
    check_texts(organisation)
    with tenant_scope(organisation.pk):
        text = read_conversation(organisation.pk, ticket).turns[0].text
    assert text is not None
    assert text.startswith("Parcel [order] with Harper, said [person ")


def test_what_changes_while_the_model_reads_is_not_taken_for_read(
    organisation: Organisation,
) -> None:
    ticket = ingest(organisation)
    with tenant_scope(organisation.pk):
        slow = scanner._Desk(organisation.pk, [ticket.pk])
    ingest(organisation, "Anna Klein will fetch it")
    with tenant_scope(organisation.pk):
        slow.read(privacy.guess_and_remember(organisation.pk, slow.waiting()))
        assert TextScan.objects.get().version == 0


def test_mentions_are_found_in_others_tickets_and_erased_with_them(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    ticket = ingest(organisation)
    ingest(other_organisation)
    for each in (organisation, other_organisation):
        check_texts(each)

    def found(**who: list[str]) -> dict[int, bool]:
        with tenant_scope(organisation.pk):
            mentions = privacy.find_mentions(organisation_id=organisation.pk, **who)
        return {mention.object_id: mention.is_certain for mention in mentions}

    assert found(names=["Hoekstra, Marjolein"]) == {ticket.pk: True}
    assert found(emails=["Marjolein.H@post.example"]) == {ticket.pk: True}
    assert found(names=["Joris Hoekstra"]) == {ticket.pk: False}
    assert found(names=["Carla Customer7"], emails=["carla7@post.example"]) == {}
    assert found() == {}

    gone = ticket_record(7, status=Status.DELETED)
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[gone])
    with tenant_scope(organisation.pk):
        assert not Mention.objects.exists()
        assert not TextScan.objects.exists()
    assert found(names=["Marjolein Hoekstra"]) == {}


def test_a_lost_scan_is_asked_for_again(
    organisation: Organisation,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    ingest(organisation)
    with tenant_scope(organisation.pk):
        TextScan.objects.all().delete()
        scanner.ask_again(organisation_id=organisation.pk)
        assert unchecked_count() == 1


def test_a_ticket_whose_key_is_destroyed_does_not_wait_for_ever(
    organisation: Organisation,
) -> None:
    ticket = ingest(organisation)
    privacy.destroy_key(organisation.pk, ticket.subject_id)
    check_texts(organisation)
    with tenant_scope(organisation.pk):
        assert unchecked_count() == 0
        assert read_conversation(organisation.pk, ticket).is_erased

"""A page of tickets: created, updated, unchanged, erased, in any order and any number of times."""

from __future__ import annotations

from dataclasses import astuple
from datetime import timedelta

import msgspec
import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy import api as privacy
from tests.factories import MONDAY, ticket_record
from tickets.contracts import (
    AgentRecord,
    AuthorRecord,
    AuthorType,
    MessageRecord,
    PersonRecord,
    Status,
    TicketRecord,
)
from tickets.ingest.page import IngestReport
from tickets.ingest.service import ingest_tickets
from tickets.models import Agent, Customer, Message, TeamMembership, Ticket, TicketEvent

pytestmark = pytest.mark.django_db


def ingest(organisation: Organisation, *records: TicketRecord) -> IngestReport:
    return ingest_tickets(organisation_id=organisation.pk, source="file", records=records)


def later(record: TicketRecord, **changes: object) -> TicketRecord:
    updated = record.updated_at + timedelta(minutes=1)
    return msgspec.structs.replace(record, updated_at=updated, **changes)


def test_a_new_ticket_is_stored_with_all_that_hangs_on_it(organisation: Organisation) -> None:
    report = ingest(organisation, ticket_record(1))

    assert astuple(report.tickets) == (1, 0, 0, 0)
    assert report.messages.created == 2
    with tenant_scope(organisation.pk):
        ticket = Ticket.objects.get()
        assert (ticket.channel, ticket.status, ticket.message_count) == ("email", "solved", 2)
        assert ticket.messages.count() == 2
        assert ticket.events.get().actor_agent == ticket.assignee
        assert ticket.csat_responses.get().is_good
        assert [row.tag.name for row in ticket.ticket_tags.all()] == ["parcel"]


def test_the_same_page_again_changes_nothing(organisation: Organisation) -> None:
    records = [ticket_record(n) for n in range(3)]
    ingest(organisation, *records)
    with tenant_scope(organisation.pk):
        before = list(Message.objects.order_by("pk").values_list("pk", "body"))

    report = ingest(organisation, *records)

    assert astuple(report.tickets) == (0, 0, 3, 0)
    assert astuple(report.messages) == (0, 0, 0, 0)
    with tenant_scope(organisation.pk):
        after = list(Message.objects.order_by("pk").values_list("pk", "body"))
    assert [(pk, bytes(body)) for pk, body in after] == [(pk, bytes(body)) for pk, body in before]


def test_only_the_messages_that_differ_are_rewritten(organisation: Organisation) -> None:
    record = ticket_record(1)
    ingest(organisation, record)
    edited = msgspec.structs.replace(record.messages[1], text="It arrives tomorrow.")
    extra = msgspec.structs.replace(record.messages[0], id="m3", text="Thank you!")

    report = ingest(organisation, later(record, messages=(record.messages[0], edited, extra)))

    assert astuple(report.tickets) == (0, 1, 0, 0)
    assert (report.messages.created, report.messages.updated, report.messages.unchanged) == (
        1,
        1,
        1,
    )


def test_a_message_gone_from_a_newer_snapshot_is_erased(organisation: Organisation) -> None:
    record = ticket_record(1)
    ingest(organisation, record)

    report = ingest(organisation, later(record, messages=record.messages[:1]))

    assert report.messages.erased == 1
    with tenant_scope(organisation.pk):
        assert Message.objects.get().external_id == "m1"


def test_an_older_snapshot_never_overwrites_a_newer_one(organisation: Organisation) -> None:
    record = ticket_record(1)
    ingest(organisation, later(record, status=Status.CLOSED))

    report = ingest(organisation, record)

    assert astuple(report.tickets) == (0, 0, 1, 0)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.get().status == "closed"


def test_content_scrubbed_without_a_newer_clock_is_taken_over(organisation: Organisation) -> None:
    record = ticket_record(1)
    ingest(organisation, record)

    report = ingest(organisation, msgspec.structs.replace(record, subject="SCRUBBED"))

    assert report.tickets.updated == 1


def test_a_ticket_deleted_at_the_source_is_erased_and_stays_away(
    organisation: Organisation,
) -> None:
    record, other = ticket_record(1), ticket_record(2)
    ingest(organisation, record, other)

    report = ingest(organisation, later(record, status=Status.DELETED))
    again = ingest(organisation, later(record, subject="I am back"))

    assert (report.tickets.erased, report.messages.erased) == (1, 2)
    assert again.suppressed == 1
    with tenant_scope(organisation.pk):
        assert [t.external_id for t in Ticket.objects.all()] == [other.id]
        assert Customer.objects.count() == 1


def test_one_page_may_hold_several_snapshots_of_a_ticket(organisation: Organisation) -> None:
    record = ticket_record(1)
    newest = later(record, subject="Newest")

    report = ingest(organisation, newest, record, record)

    assert astuple(report.tickets) == (1, 0, 2, 0)
    assert ingest(organisation, newest).tickets.unchanged == 1


def test_credit_goes_to_the_author_not_the_assignee(organisation: Organisation) -> None:
    record = ticket_record(1)
    author = AuthorRecord(type=AuthorType.AGENT, id="a2", name="Bo Helper")
    reply = msgspec.structs.replace(record.messages[1], author=author)
    ingest(organisation, msgspec.structs.replace(record, messages=(record.messages[0], reply)))

    with tenant_scope(organisation.pk):
        ticket = Ticket.objects.get()
        assert ticket.messages.get(author_type="agent").agent != ticket.assignee
        assert Agent.objects.count() == 2


def test_a_changed_requester_brings_the_words_under_the_new_key(
    organisation: Organisation,
) -> None:
    record = ticket_record(1)
    ingest(organisation, record)
    merged = PersonRecord(id="c9", name="Carla Merged", email="merged@post.example")

    ingest(organisation, later(record, requester=merged))

    with tenant_scope(organisation.pk):
        ticket = Ticket.objects.get()
        assert ticket.subject_id == ticket.requester.subject_id
        assert Message.objects.filter(other_customer__isnull=False).count() == 1


def test_an_agents_move_keeps_the_team_of_the_day(organisation: Organisation) -> None:
    first = ticket_record(1)
    second = ticket_record(
        2,
        created_at=MONDAY + timedelta(days=7),
        assignee=AgentRecord(id="a1", name="Ada Agent", team="Lyon"),
    )
    ingest(organisation, first)
    ingest(organisation, second)
    ingest(organisation, later(first, subject="Late news of an older day"))

    with tenant_scope(organisation.pk):
        spans = TeamMembership.objects.values_list("team__name", "valid_from", "valid_to")
        day = (MONDAY + timedelta(days=7)).date()
        assert [(name, until) for name, _, until in spans] == [("Berlin", day), ("Lyon", None)]


def test_events_that_name_automations_create_no_agents(organisation: Organisation) -> None:
    record = ticket_record(1)
    event = msgspec.structs.replace(record.events[0], actor="system")
    ingest(organisation, msgspec.structs.replace(record, events=(event,)))

    with tenant_scope(organisation.pk):
        assert TicketEvent.objects.get().actor_agent is None
        assert Agent.objects.count() == 1


def test_texts_that_copy_would_misread_survive(organisation: Organisation) -> None:
    odd = "tab\there\nnew line \\N \\. back\\slash — ünï 🙂 مرحبا"
    record = ticket_record(1)
    message = MessageRecord(
        id="m\\1\t", author=record.messages[0].author, sent_at=MONDAY, public=True, text=odd
    )
    ingest(organisation, msgspec.structs.replace(record, messages=(message,), tags=(odd,)))

    report = ingest(organisation, later(record, messages=(message,), tags=(odd,)))

    assert report.messages.unchanged == 1
    with tenant_scope(organisation.pk):
        assert Message.objects.get().external_id == "m\\1\t"


def test_a_page_has_an_end(organisation: Organisation) -> None:
    with pytest.raises(ValueError, match="at most"):
        ingest(organisation, *[ticket_record(1)] * 1001)


def test_organisations_do_not_meet(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    ingest(organisation, ticket_record(1))
    report = ingest(other_organisation, ticket_record(1))

    assert report.tickets.created == 1
    with tenant_scope(other_organisation.pk):
        assert Ticket.objects.count() == 1


def test_people_whose_key_is_destroyed_do_not_come_back(organisation: Organisation) -> None:
    record, other = ticket_record(1), ticket_record(2)
    ingest(organisation, record, other)
    with tenant_scope(organisation.pk):
        customer = Ticket.objects.get(external_id=record.id).subject_id
        agent = Agent.objects.get().subject_id
    privacy.destroy_key(organisation.pk, customer)
    privacy.destroy_key(organisation.pk, agent)

    report = ingest(
        organisation, later(record, subject="Again"), later(other, subject="Still here")
    )

    assert (report.suppressed, report.tickets.updated) == (1, 1)

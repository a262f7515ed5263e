"""Correcting what is held (GDPR Art. 16): by two persons, by what owns the data, and for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from msgspec.structs import replace

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.rights.correction import services
from privacy.rights.correction.models import Correction, CorrectionNotice
from privacy.rights.models import RequestStatus, RightsRequest
from privacy.rights.portal.services import people_of
from privacy.rights.requests import SamePerson
from scoring.metrics.models import AgentDay
from tests.privacy.rights import corrections, erasures
from tickets.contracts import PersonRecord, TicketRecord
from tickets.correcting.correctors import ProfilePart
from tickets.correcting.models import CorrectedValue
from tickets.models import Agent, Customer, Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def records() -> list[TicketRecord]:
    """One of Dora's answered by each of two agents."""
    first, second = erasures.records(2, customer=1)
    return [erasures.by_agent(first, 1), erasures.by_agent(second, 2)]


@pytest.fixture
def dora(organisation: Organisation, records: list[TicketRecord]) -> Customer:
    erasures.ingest(organisation, *records)
    return erasures.customer_of(organisation, records[0])


def part_of(organisation: Organisation, name: str, row: int) -> str:
    kind, field = name.split(".")
    with tenant_scope(organisation.pk):
        part = ProfilePart(kind, CorrectedValue.Field(field), "")
        return part.read(organisation.pk, row)


def agent_named(organisation: Organisation, name: str) -> Agent:
    from tickets.conversations import agent_names

    with tenant_scope(organisation.pk):
        names = {said: key for key, said in agent_names(organisation.pk).items()}
        return Agent.objects.get(pk=names[name])


def later(record: TicketRecord, person: PersonRecord | None = None) -> TicketRecord:
    """The same ticket as the source tells it an hour after."""
    changed = {"requester": person} if person else {}
    return replace(record, updated_at=record.updated_at + timedelta(hours=1), **changed)


def test_a_corrected_name_survives_what_the_source_goes_on_saying(
    organisation: Organisation, dora: Customer, records: list[TicketRecord]
) -> None:
    request = corrections.asked(organisation, dora)
    made = corrections.propose(
        organisation, request, "tickets.customer.name", dora.pk, " Dora Dobbin "
    )
    assert part_of(organisation, "customer.name", dora.pk) == "Dora Dobbs"
    corrections.carry_out(organisation, made)
    assert part_of(organisation, "customer.name", dora.pk) == "Dora Dobbin"

    told = PersonRecord(id="dora1", name="Dora Dobbs", email="other@post.example")
    erasures.ingest(organisation, later(records[0], told))
    assert part_of(organisation, "customer.name", dora.pk) == "Dora Dobbin"
    assert part_of(organisation, "customer.email", dora.pk) == "other@post.example"


def test_a_corrected_address_is_found_from_then_on(
    organisation: Organisation, dora: Customer
) -> None:
    request = corrections.asked(organisation, dora)
    with tenant_scope(organisation.pk), pytest.raises(DomainError, match="no e-mail"):
        services.propose(
            request,
            corrector="tickets.customer.email",
            target_id=dora.pk,
            value="nowhere",
            actor_user_id=1,
        )
    made = corrections.propose(
        organisation, request, "tickets.customer.email", dora.pk, "right@post.example"
    )
    corrections.carry_out(organisation, made)
    asked = erasures.receive(organisation, verified=False, kind="access")
    with tenant_scope(organisation.pk):
        assert people_of(asked) == []
        from privacy.vault.keys import blind_index

        asked.contact_index = blind_index(organisation.pk).email("right@post.example")
        assert people_of(asked) == [dora.subject_id]


def test_who_wrote_a_message_moves_the_figures_and_stays_moved(
    organisation: Organisation, dora: Customer, records: list[TicketRecord]
) -> None:
    one, two = (agent_named(organisation, f"Ada {number}") for number in (1, 2))

    def replies(agent: Agent) -> int:
        with tenant_scope(organisation.pk):
            rows = AgentDay.objects.filter(agent=agent, channel="")
            return sum(rows.values_list("public_replies", flat=True))

    before = replies(one), replies(two)
    assert before == (1, 1)
    with tenant_scope(organisation.pk):
        message = Message.objects.get(agent=one, ticket__external_id=records[0].id)
    request = corrections.asked(organisation, dora)
    made = corrections.propose(organisation, request, "tickets.message.author", message.pk, "ada 2")
    corrections.carry_out(organisation, made)
    assert (replies(one), replies(two)) == (0, 2)
    erasures.ingest(organisation, later(records[0]))
    assert (replies(one), replies(two)) == (0, 2)
    with tenant_scope(organisation.pk):
        assert Message.objects.get(pk=message.pk).agent_id == two.pk


def test_who_handled_a_conversation_stays_as_corrected(
    organisation: Organisation, dora: Customer, records: list[TicketRecord]
) -> None:
    two = agent_named(organisation, "Ada 2")
    with tenant_scope(organisation.pk):
        ticket = Ticket.objects.get(external_id=records[0].id)
    request = corrections.asked(organisation, dora)
    made = corrections.propose(
        organisation, request, "tickets.ticket.assignee", ticket.pk, str(two.pk)
    )
    corrections.carry_out(organisation, made)
    erasures.ingest(organisation, later(records[0]))
    with tenant_scope(organisation.pk):
        assert Ticket.objects.get(pk=ticket.pk).assignee_id == two.pk


def test_an_agent_s_name_survives_the_next_page(
    organisation: Organisation, dora: Customer, records: list[TicketRecord]
) -> None:
    agent = agent_named(organisation, "Ada 1")
    request = erasures.receive(organisation, agent.subject_id, kind="rectification")
    made = corrections.propose(organisation, request, "tickets.agent.name", agent.pk, "Ada Anders")
    corrections.carry_out(organisation, made)
    erasures.ingest(organisation, later(records[0]))
    assert part_of(organisation, "agent.name", agent.pk) == "Ada Anders"
    assert dora.pk


def test_nobody_corrects_what_is_not_the_person_s(
    organisation: Organisation, dora: Customer
) -> None:
    erasures.ingest(organisation, *erasures.records(1, customer=2))
    with tenant_scope(organisation.pk):
        other = Customer.objects.exclude(pk=dora.pk).get()
    request = corrections.asked(organisation, dora)
    with pytest.raises(services.NotTheirs):
        corrections.propose(organisation, request, "tickets.customer.name", other.pk, "X")
    with pytest.raises(services.NotTheirs):
        corrections.propose(organisation, request, "tickets.nothing", dora.pk, "X")


def test_a_second_person_carries_it_out(organisation: Organisation) -> None:
    made = corrections.proposed(organisation)
    with pytest.raises(SamePerson):
        corrections.carry_out(organisation, made, by=corrections.WRITER)
    with (
        pytest.raises(IntegrityError, match="correction_applied_by_another"),
        tenant_scope(organisation.pk),
    ):
        Correction.objects.update(applied_by_id=corrections.WRITER)
    corrections.carry_out(organisation, made)
    with tenant_scope(organisation.pk):
        assert RightsRequest.objects.get().status == RequestStatus.RUNNING


def test_officers_correct_on_the_page_and_recipients_come_before_the_answer(
    organisation: Organisation,
    dora: Customer,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> None:
    request = corrections.asked(organisation, dora)

    def url(name: str, key: object = request.public_id) -> str:
        return reverse(f"privacy:{name}", args=[organisation.slug, key])

    first = sign_in(member(Role.PRIVACY_OFFICER).user)
    page = first.get(url("request_detail")).content.decode()
    assert "name of the customer: Dora Dobbs" in page
    wrong = {"what": "tickets.message.author", "value": "Ada 1"}
    assert "Name the conversation" in first.post(url("propose_correction"), wrong).content.decode()
    given = {"what": f"tickets.customer.name:{dora.pk}", "value": "Dora Dobbin"}
    assert first.post(url("propose_correction"), given).status_code == 302
    with tenant_scope(organisation.pk):
        made = Correction.objects.get()
        notice = CorrectionNotice.objects.create(
            organisation=organisation, request=request, recipient="helpdesk", reference="1"
        )
    assert first.post(url("settle_correction", made.public_id)).status_code == 422

    second = sign_in(member(Role.OWNER).user)
    assert second.post(url("settle_correction", made.public_id)).status_code == 302
    answer = {"decision": "granted", "answer": "Your name is right now."}
    assert second.post(url("answer"), answer).status_code == 422
    told = url("settle_correction_notice", notice.public_id)
    assert second.post(told).status_code == 302
    assert second.post(url("answer"), answer).status_code == 302
    with tenant_scope(organisation.pk):
        assert RightsRequest.objects.get().status == RequestStatus.CLOSED

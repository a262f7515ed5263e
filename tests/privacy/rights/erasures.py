"""An erasure's way in tests, step by step or in one go."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.rights import executor, plans, requests
from privacy.rights.models import Plan, RightsRequest
from tests import factories
from tickets.contracts import AgentRecord, AuthorRecord, AuthorType, PersonRecord, TicketRecord
from tickets.models import Agent, Customer
from tickets.services import ingest_tickets

PLANNER, APPROVER = 901, 902  # two members, by number


def ingest(organisation: Organisation, *records: TicketRecord, source: str = "file") -> None:
    ingest_tickets(organisation_id=organisation.pk, source=source, records=records)


def customer_of(organisation: Organisation, record: TicketRecord, source: str = "file") -> Customer:
    """The record's requester as stored."""
    from privacy import api

    digest = api.blind_index(organisation.pk).external(source, record.requester.id)
    with tenant_scope(organisation.pk):
        return Customer.objects.select_related("subject").get(source=source, external_index=digest)


def agent(organisation: Organisation) -> Agent:
    with tenant_scope(organisation.pk):
        return Agent.objects.select_related("subject").order_by("pk")[0]


def customer(organisation: Organisation) -> Customer:
    """Any one."""
    with tenant_scope(organisation.pk):
        return Customer.objects.select_related("subject").order_by("pk")[0]


def receive(
    organisation: Organisation, *subject_ids: UUID, verified: bool = True, kind: str = "erasure"
) -> RightsRequest:
    with tenant_scope(organisation.pk):
        request = requests.receive_request(
            kind=kind, channel="mail", contact="dora@post.example", message="Please erase me."
        )
        if verified:
            requests.verify_request(request, how="staff", subject_ids=subject_ids)
    return request


def plan(organisation: Organisation, request: RightsRequest) -> Plan:
    with tenant_scope(organisation.pk):
        return plans.make_plan(request, made_by_id=PLANNER)


def approve(organisation: Organisation, made: Plan) -> Plan:
    with tenant_scope(organisation.pk):
        return plans.approve_plan(made, digest=made.digest, actor_user_id=APPROVER)


def run(organisation: Organisation, made: Plan, seconds: float = 60.0) -> Plan:
    executor.run_erasure(organisation_id=organisation.pk, plan_id=made.pk, seconds=seconds)
    return again(organisation, made)


def again(organisation: Organisation, made: Plan) -> Plan:
    with tenant_scope(organisation.pk):
        return Plan.objects.select_related("request").get(pk=made.pk)


def erase(organisation: Organisation, subject_ids: Sequence[UUID]) -> Plan:
    """From the request to the check."""
    made = plan(organisation, receive(organisation, *subject_ids))
    return run(organisation, approve(organisation, made))


def steps(organisation: Organisation, made: Plan) -> dict[str, tuple[str, int, int]]:
    """State, planned and changed rows by "action label"."""
    with tenant_scope(organisation.pk):
        return {
            f"{step.action} {step.label}": (step.state, step.planned, step.changed)
            for step in made.steps.order_by("position")
        }


def records(count: int, customer: int = 1, **fields: object) -> list[TicketRecord]:
    """Tickets of one customer, who wrote every first message."""
    person = PersonRecord(
        id=f"dora{customer}", name="Dora Dobbs", email=f"dora{customer}@post.example"
    )
    return [_of(person, factories.ticket_record(**fields)) for _ in range(count)]


def _of(person: PersonRecord, record: TicketRecord) -> TicketRecord:
    question, *rest = record.messages
    author = AuthorRecord(type=AuthorType.CUSTOMER, id=person.id)
    return replace(record, requester=person, messages=(replace(question, author=author), *rest))


def by_agent(record: TicketRecord, number: int) -> TicketRecord:
    """The record with everything that an agent did in it done by another one."""
    agent_id = f"agent{number}"
    return replace(
        record,
        assignee=AgentRecord(id=agent_id, name=f"Ada {number}", team="Berlin"),
        messages=tuple(
            replace(message, author=AuthorRecord(type=AuthorType.AGENT, id=agent_id))
            if message.author.type is AuthorType.AGENT
            else message
            for message in record.messages
        ),
        events=tuple(replace(event, actor=agent_id) for event in record.events),
    )


def saying(record: TicketRecord, words: str) -> TicketRecord:
    """The record with these words as its first message."""
    first, *rest = record.messages
    return replace(record, messages=(replace(first, text=words), *rest))


def numbered(record: TicketRecord, number: str) -> TicketRecord:
    """The record under another number at its source."""
    return replace(record, id=number)

"""Small builders. Names and addresses end in `.example`."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tickets import scanner
from tickets.contracts import (
    AgentRecord,
    AuthorRecord,
    AuthorType,
    Channel,
    CsatRecord,
    CsatScale,
    EventRecord,
    EventType,
    MessageRecord,
    PersonRecord,
    Status,
    TicketRecord,
)

_count = itertools.count(1)
PASSWORD = "correct horse battery staple"
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def organisation(**fields: Any) -> Organisation:
    number = next(_count)
    values = {"name": f"Harbour {number}", "slug": f"harbour-{number}", "is_demo": True}
    return Organisation.objects.create(**(values | fields))


def today(in_organisation: Organisation) -> date:
    """The day it is where the organisation is: pages go by it, and it begins before UTC's."""
    return timezone.localdate(timezone=ZoneInfo(in_organisation.time_zone))


def user(**fields: Any) -> User:
    number = next(_count)
    values = {"email": f"person{number}@harbour.example", "name": f"Person {number}"}
    return User.objects.create_user(password=PASSWORD, **(values | fields))


def membership(
    in_organisation: Organisation, role: Role, who: User | None = None, **fields: Any
) -> Membership:
    with tenant_scope(in_organisation.pk):
        return Membership.objects.create(
            organisation=in_organisation, user=who or user(), role=role, **fields
        )


def check_texts(in_organisation: Organisation) -> None:
    """Let the detector read what was ingested, as workers do behind it: before that, nobody but
    their handlers sees texts, and no search finds them."""
    while scanner.check_pending(organisation_id=in_organisation.pk, seconds=5):
        pass


def ticket_record(number: int | None = None, **fields: Any) -> TicketRecord:
    """A solved ticket with a customer's question, an agent's answer and a good rating."""
    number = next(_count) if number is None else number
    start = fields.get("created_at", MONDAY)
    customer = AuthorRecord(type=AuthorType.CUSTOMER, id=f"c{number}")
    agent = AuthorRecord(type=AuthorType.AGENT, id="a1", name="Ada Agent")
    values: dict[str, Any] = {
        "id": f"t{number}",
        "channel": Channel.EMAIL,
        "status": Status.SOLVED,
        "subject": f"Question {number}",
        "created_at": start,
        "updated_at": start + timedelta(hours=3),
        "solved_at": start + timedelta(hours=2),
        "requester": PersonRecord(
            id=f"c{number}", name=f"Carla Customer{number}", email=f"carla{number}@post.example"
        ),
        "assignee": AgentRecord(
            id="a1", name="Ada Agent", email="ada@support.example", team="Berlin"
        ),
        "messages": (
            MessageRecord(
                id="m1", author=customer, sent_at=start, public=True, text="Where is my parcel?"
            ),
            MessageRecord(
                id="m2",
                author=agent,
                sent_at=start + timedelta(minutes=30),
                public=True,
                text="It is on its way.",
            ),
        ),
        "events": (
            EventRecord(
                type=EventType.STATUS,
                at=start + timedelta(hours=2),
                source="open",
                target="solved",
                actor="a1",
            ),
        ),
        "csat": (CsatRecord(score=5, scale=CsatScale.ONE_TO_FIVE, at=start + timedelta(hours=3)),),
        "tags": ("parcel",),
    }
    return TicketRecord(**(values | fields))

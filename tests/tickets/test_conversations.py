"""Conversations: redacted by default, revealed for a reason, gone when the person is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, TeamLead, User
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy import api as privacy
from privacy.models import AuditEvent
from tests.factories import check_texts, ticket_record
from tickets import events
from tickets.contracts import EventRecord, EventType
from tickets.ingest.service import ingest_tickets
from tickets.models import Agent, TeamMembership, Ticket
from tickets.readings import Reading

pytestmark = pytest.mark.django_db

SECRET = "You can reach me, Carla Customer7, at carla7@post.example or on +31 6 12345678."
ENTER = Callable[[User], Client]
MEMBER = Callable[[Role], Membership]


@pytest.fixture
def ticket(organisation: Organisation) -> Ticket:
    record = ticket_record(7)
    first = msgspec.structs.replace(record.messages[0], text=SECRET)
    record = msgspec.structs.replace(record, messages=(first, record.messages[1]))
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[record])
    check_texts(organisation)
    with tenant_scope(organisation.pk):
        return Ticket.objects.get()


def url(organisation: Organisation, name: str, ticket: Ticket) -> str:
    return reverse(
        f"tickets:{name}", kwargs={"organisation": organisation.slug, "ticket_id": ticket.pk}
    )


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def trail(organisation: Organisation, actor: Membership) -> list[tuple[str, dict[str, object]]]:
    with tenant_scope(organisation.pk):
        done = AuditEvent.objects.filter(actor_user_id=actor.user_id).order_by("pk")
        return list(done.values_list("action", "detail"))


def viewed(*, revealed: bool) -> tuple[str, dict[str, Any]]:
    """What a reviewer's look at a conversation says: about its customer and its agent."""
    detail = {"revealed": revealed, "role": "reviewer", "channel": "page", "people": 2}
    return Reading.CONVERSATION.value, detail


def test_a_conversation_is_shown_redacted_and_the_reading_recorded(
    organisation: Organisation, member: MEMBER, sign_in: ENTER, ticket: Ticket
) -> None:
    reviewer = member(Role.REVIEWER)
    page = text_of(sign_in(reviewer.user), url(organisation, "ticket_detail", ticket))

    assert "You can reach me" in page
    for hidden in ("Customer7", "carla7@post.example", "12345678"):
        assert hidden not in page
    assert "Ada Agent" in page
    assert trail(organisation, reviewer) == [viewed(revealed=False)]


def test_the_history_says_in_words_what_became_of_the_ticket(
    organisation: Organisation, member: MEMBER, sign_in: ENTER
) -> None:
    given = ticket_record(7)
    urgent = EventRecord(
        type=EventType.PRIORITY, at=given.created_at, source="normal", target="urgent", actor="a1"
    )
    record = msgspec.structs.replace(given, events=(urgent, *given.events))
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[record])
    with tenant_scope(organisation.pk):
        ticket = Ticket.objects.get()
    page = text_of(sign_in(member(Role.REVIEWER).user), url(organisation, "ticket_detail", ticket))
    history = " ".join(re.sub(r"<[^>]+>", " ", page[page.index('class="history"') :]).split())
    assert "Priority Normal → becomes Urgent" in history
    assert "Status Open → becomes Solved" in history


def test_revealing_asks_for_a_reason_is_recorded_and_ends(
    organisation: Organisation, member: MEMBER, sign_in: ENTER, ticket: Ticket
) -> None:
    reviewer = member(Role.REVIEWER)
    client = sign_in(reviewer.user)
    reveal = url(organisation, "ticket_reveal", ticket)

    assert client.post(reveal, {}).status_code == 422
    assert client.post(reveal, {"reason": "curiosity"}).status_code == 422
    client.post(reveal, {"reason": "quality_review"})
    assert SECRET in text_of(client, url(organisation, "ticket_detail", ticket))

    client.post(url(organisation, "ticket_hide", ticket))
    assert SECRET not in text_of(client, url(organisation, "ticket_detail", ticket))
    assert trail(organisation, reviewer)[:2] == [
        (events.CONVERSATION_REVEALED, {"reason": "quality_review"}),
        viewed(revealed=True),
    ]


def test_a_reveal_is_for_one_session_and_a_quarter_of_an_hour(
    organisation: Organisation,
    member: MEMBER,
    sign_in: ENTER,
    ticket: Ticket,
    time_machine: object,
) -> None:
    client = sign_in(member(Role.REVIEWER).user)
    client.post(url(organisation, "ticket_reveal", ticket), {"reason": "security"})
    other = Client()
    other.force_login(
        member(Role.REVIEWER).user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    detail = url(organisation, "ticket_detail", ticket)
    assert SECRET in text_of(client, detail)
    assert SECRET not in text_of(other, detail)

    time_machine.move_to(clock.now() + timedelta(minutes=16))  # type: ignore[attr-defined]
    assert SECRET not in text_of(client, detail)


def test_an_agent_sees_own_tickets_only_and_cannot_reveal(
    organisation: Organisation, member: MEMBER, sign_in: ENTER, ticket: Ticket
) -> None:
    agent = member(Role.AGENT)
    client = sign_in(agent.user)
    detail = url(organisation, "ticket_detail", ticket)
    assert client.get(detail).status_code == 404

    with tenant_scope(organisation.pk):
        Agent.objects.update(membership=agent)
    assert client.get(detail).status_code == 200
    reveal = url(organisation, "ticket_reveal", ticket)
    assert client.post(reveal, {"reason": "security"}).status_code == 403


def test_a_lead_sees_the_tickets_of_a_team_of_the_days_they_led_it(
    organisation: Organisation, member: MEMBER, sign_in: ENTER, ticket: Ticket
) -> None:
    lead = member(Role.TEAM_LEAD)
    client = sign_in(lead.user)
    detail = url(organisation, "ticket_detail", ticket)
    assert client.get(detail).status_code == 404

    day = ticket.created_at.date()
    with tenant_scope(organisation.pk):
        team = TeamMembership.objects.get().team
        led = TeamLead.objects.create(
            organisation=organisation, team=team, membership=lead, valid_from=day
        )
    assert client.get(detail).status_code == 200
    with tenant_scope(organisation.pk):
        TeamLead.objects.filter(pk=led.pk).update(valid_from="2020-01-01", valid_to=day)
    assert client.get(detail).status_code == 404


def test_a_conversation_whose_key_is_destroyed_says_so(
    organisation: Organisation, member: MEMBER, sign_in: ENTER, ticket: Ticket
) -> None:
    client = sign_in(member(Role.REVIEWER).user)
    privacy.destroy_key(organisation.pk, ticket.subject_id)

    page = text_of(client, url(organisation, "ticket_detail", ticket))
    assert "Permanently erased" in page
    assert "You can reach me" not in page
    listing = reverse("tickets:ticket_list", kwargs={"organisation": organisation.slug})
    assert "Permanently erased" in text_of(client, listing)


def test_internal_notes_are_marked(
    organisation: Organisation, member: MEMBER, sign_in: ENTER
) -> None:
    record = ticket_record(8)
    note = msgspec.structs.replace(record.messages[1], public=False)
    record = msgspec.structs.replace(record, messages=(record.messages[0], note))
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[record])
    with tenant_scope(organisation.pk):
        stored = Ticket.objects.get()
    client = sign_in(member(Role.REVIEWER).user)
    assert "Internal note" in text_of(client, url(organisation, "ticket_detail", stored))

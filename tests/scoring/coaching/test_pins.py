"""Conversations kept for a talk: who keeps them, who reads the note, and what stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from kaizo.accounts import services as accounts
from kaizo.accounts.models import Membership, Organisation, Team, User
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.api import destroy_key
from privacy.models import AuditEvent
from scoring.coaching.models import Pin
from scoring.coaching.selectors import pins_of
from scoring.coaching.services import pin_conversation
from tests.scoring.quality.assignments.world import conversation, fill
from tickets.models import Agent, Message, Ticket

pytestmark = pytest.mark.django_db

Member = Callable[[Role], Membership]
SignIn = Callable[[User], Client]
NOTE = "Praise the calm tone, then ask about the second parcel."


@pytest.fixture
def talked(organisation: Organisation) -> Organisation:
    """Agent 1 of Berlin and agent 2 of Utrecht, one conversation each."""
    fill(organisation, [conversation(1, 1), conversation(2, 2)])
    return organisation


def agent_of(organisation: Organisation, ticket: str) -> Agent:
    with tenant_scope(organisation.pk):
        return Agent.objects.get(assigned_tickets__external_id=ticket)


def ticket_of(organisation: Organisation, number: str) -> Ticket:
    with tenant_scope(organisation.pk):
        return Ticket.objects.get(external_id=number)


def pin(organisation: Organisation, actor: Membership, number: str = "t1") -> Pin:
    with tenant_scope(organisation.pk):
        return pin_conversation(
            ticket=ticket_of(organisation, number),
            agent=agent_of(organisation, number),
            actor=actor,
            note=NOTE,
        )


def become(organisation: Organisation, number: str, who: Membership) -> None:
    with tenant_scope(organisation.pk):
        Agent.objects.filter(pk=agent_of(organisation, number).pk).update(membership=who)


def page(client: Client, organisation: Organisation, **query: object) -> str:
    url = reverse("scoring:coaching", kwargs={"organisation": organisation.slug})
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_reviewer_keeps_a_message_and_the_agent_reads_the_note(
    talked: Organisation, member: Member, sign_in: SignIn
) -> None:
    agent_member = member(Role.AGENT)
    become(talked, "t1", agent_member)
    ticket = ticket_of(talked, "t1")
    with tenant_scope(talked.pk):
        said = Message.objects.get(ticket=ticket, agent__isnull=False)
    client = sign_in(member(Role.REVIEWER).user)
    url = reverse("scoring:pin_new", kwargs={"organisation": talked.slug, "ticket_id": ticket.pk})
    assert (
        f'<option value="{said.pk}" selected'
        in client.get(f"{url}?message={said.pk}").content.decode()
    )
    sent = {"agent": agent_of(talked, "t1").pk, "message": said.pk, "note": NOTE}
    assert client.post(url, sent).status_code == 302
    shown = page(sign_in(agent_member.user), talked)
    assert NOTE in shown
    assert f"#message-{said.pk}" in shown
    assert "Delete" not in shown


def test_the_note_is_stored_unreadable_and_gone_with_the_agents_key(
    talked: Organisation, member: Member
) -> None:
    lead = member(Role.OWNER)
    kept = pin(talked, lead)
    with tenant_scope(talked.pk), connection.cursor() as cursor:
        cursor.execute("SELECT note FROM scoring_pin WHERE id = %s", [kept.pk])
        assert NOTE.encode() not in bytes(cursor.fetchone()[0])
        assert [row.note for row in pins_of(lead, kept.agent_id)] == [NOTE]
    destroy_key(talked.pk, kept.subject_id)
    with tenant_scope(talked.pk):
        assert [row.note for row in pins_of(lead, kept.agent_id)] == [None]


def test_each_role_sees_the_notes_that_concern_it(
    talked: Organisation, member: Member, sign_in: SignIn
) -> None:
    author, other, lead, agent = (
        member(role) for role in (Role.REVIEWER, Role.REVIEWER, Role.TEAM_LEAD, Role.AGENT)
    )
    with tenant_scope(talked.pk):
        team = Team.objects.get(name="Berlin")
    accounts.appoint_lead(team=team, member=lead, valid_from=date.min, actor=None)
    become(talked, "t2", agent)
    about = {number: pin(talked, author, number).agent_id for number in ("t1", "t2")}
    seen = {
        "author": (author, {"t1", "t2"}),
        "other reviewer": (other, set()),
        "lead of Berlin": (lead, {"t1"}),
        "agent": (agent, {"t2"}),
        "owner": (member(Role.OWNER), {"t1", "t2"}),
    }
    for name, (who, expected) in seen.items():
        client = sign_in(who.user)
        for number, agent_id in about.items():
            url = reverse("scoring:coaching", kwargs={"organisation": talked.slug})
            answer = client.get(url, {"agent": agent_id})
            assert answer.status_code == (200 if number in expected else 404), (name, number)


def test_opening_somebodys_notes_is_recorded_and_reading_ones_own_is_not(
    talked: Organisation, member: Member, sign_in: SignIn
) -> None:
    agent, owner = member(Role.AGENT), member(Role.OWNER)
    become(talked, "t1", agent)
    kept = pin(talked, owner)
    page(sign_in(agent.user), talked)
    page(sign_in(owner.user), talked)
    page(sign_in(owner.user), talked, agent=kept.agent_id)
    with tenant_scope(talked.pk):
        views = AuditEvent.objects.filter(action="scoring.pin.viewed")
        assert [(event.actor_user_id, event.affected_user_id) for event in views] == [
            (owner.user_id, agent.user_id)
        ]


def test_what_was_talked_about_is_marked_and_can_be_deleted(
    talked: Organisation, member: Member, sign_in: SignIn
) -> None:
    author, stranger = member(Role.REVIEWER), member(Role.REVIEWER)
    kept = pin(talked, author)
    keys = {"organisation": talked.slug, "pin_id": kept.pk}
    done, gone = (
        reverse("scoring:pin_discussed", kwargs=keys),
        reverse("scoring:pin_delete", kwargs=keys),
    )
    assert sign_in(stranger.user).post(gone).status_code == 404
    client = sign_in(author.user)
    assert client.post(done).status_code == 302
    assert "Talked about" in page(client, talked, agent=kept.agent_id)
    assert client.post(gone).status_code == 302
    assert "Nothing is kept" in page(client, talked)


def test_only_who_took_part_can_be_talked_with(talked: Organisation, member: Member) -> None:
    author = member(Role.REVIEWER)
    with tenant_scope(talked.pk), pytest.raises(DomainError, match="took no part"):
        pin_conversation(ticket=ticket_of(talked, "t1"), agent=agent_of(talked, "t2"), actor=author)

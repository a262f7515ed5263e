"""Who looked at my data: others, with dates, purposes and roles, and without names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests.factories import check_texts, ticket_record, today
from tickets.ingest.service import ingest_tickets
from tickets.looks import selectors
from tickets.models import Agent, Ticket

pytestmark = pytest.mark.django_db

Enter = Callable[[User], Client]
Member = Callable[[Role], Membership]


@pytest.fixture
def agent(organisation: Organisation, member: Member) -> Membership:
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[ticket_record(7)])
    check_texts(organisation)
    me = member(Role.AGENT)
    with tenant_scope(organisation.pk):
        Agent.objects.update(membership=me)
    return me


@pytest.fixture
def conversation(organisation: Organisation, agent: Membership) -> str:
    with tenant_scope(organisation.pk):
        return reverse("tickets:ticket_detail", args=[organisation.slug, Ticket.objects.get().pk])


def page(organisation: Organisation, client: Client, **asked: object) -> str:
    answer = client.get(reverse("tickets:looks", args=[organisation.slug]), asked)
    return answer.content.decode()


def test_a_look_shows_with_purpose_and_role_and_without_a_name(
    organisation: Organisation,
    agent: Membership,
    conversation: str,
    member: Member,
    sign_in: Enter,
) -> None:
    mine = sign_in(agent.user)
    mine.get(conversation)
    assert "Nobody has looked" in page(organisation, mine)

    reviewer = member(Role.REVIEWER)
    sign_in(reviewer.user).get(conversation)
    shown = page(organisation, sign_in(agent.user))
    for words in ("A conversation", "To evaluate quality", "Reviewer"):
        assert words in shown
    assert reviewer.user.name not in shown
    assert reviewer.user.public_number not in shown
    assert "Nobody has looked" in page(organisation, sign_in(reviewer.user))


def test_looks_are_narrowed_and_go_on_by_key(
    organisation: Organisation,
    agent: Membership,
    conversation: str,
    member: Member,
    sign_in: Enter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selectors, "PER_PAGE", 2)
    reader = sign_in(member(Role.REVIEWER).user)
    for _ in range(3):
        reader.get(conversation)
    mine, day = sign_in(agent.user), today(organisation)
    first = page(organisation, mine)
    assert first.count("<tr>") == 3
    before = first.partition("before=")[2].partition('"')[0]
    assert page(organisation, mine, before=before).count("<tr>") == 2
    assert page(organisation, mine, purpose="quality_evaluation", since=day).count("<tr>") == 3
    assert "No look matches" in page(organisation, mine, purpose="coaching")
    assert "No look matches" in page(organisation, mine, until=day - timedelta(days=1))
    assert "No look matches" in page(organisation, mine, what="tickets.list.viewed")


def test_the_page_costs_the_same_however_often_somebody_looked(
    organisation: Organisation,
    agent: Membership,
    conversation: str,
    member: Member,
    sign_in: Enter,
) -> None:
    reader, mine = sign_in(member(Role.REVIEWER).user), Client()
    counts = []
    for _ in range(2):
        for _look in range(3):
            reader.get(conversation)
        mine = sign_in(agent.user)
        page(organisation, mine)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(organisation, mine)
        counts.append(len(asked))
    assert counts[0] == counts[1]

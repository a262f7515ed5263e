"""Finding mentions of a person: all of them, recorded, and without a word of what was typed."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.models import AuditEvent
from tests.factories import check_texts, ticket_record
from tickets.ingest.service import ingest_tickets
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

Enter = Callable[[User], Client]
TEXT = "My neighbour Dora Dobbs has it. Write to dora@post.example, please."


@pytest.fixture
def officer(
    organisation: Organisation, member: Callable[[Role], Membership], sign_in: Enter
) -> Client:
    record = ticket_record(7)
    first = msgspec.structs.replace(record.messages[0], text=TEXT)
    record = msgspec.structs.replace(record, messages=(first, *record.messages[1:]))
    ingest_tickets(
        organisation_id=organisation.pk, source="file", records=[record, ticket_record(8)]
    )
    return sign_in(member(Role.PRIVACY_OFFICER).user)


def page_of(organisation: Organisation) -> str:
    return reverse("accountability:mentions", args=[organisation.slug])


def events(organisation: Organisation) -> list[AuditEvent]:
    with tenant_scope(organisation.pk):
        return list(AuditEvent.objects.filter(action="privacy.mentions.searched").order_by("pk"))


def test_a_mention_in_somebody_else_s_conversation_is_found_and_shown_without_its_words(
    organisation: Organisation, officer: Client
) -> None:
    check_texts(organisation)
    with tenant_scope(organisation.pk):
        ticket = Ticket.objects.get(external_id="t7")
    page = officer.post(page_of(organisation), {"emails": "Dora@post.example"}).content.decode()
    link = reverse("tickets:ticket_detail", args=[organisation.slug, ticket.pk])
    assert f'href="{link}"' in page
    assert page.count("/tickets/") - page.count('/tickets/"') == 1
    assert "1 certain, 0 by a part of the name only" in page
    assert "neighbour" not in page
    assert "not been read yet" not in page
    [event] = events(organisation)
    assert event.detail == {
        "by_names": 0, "by_emails": 1, "by_phones": 0, "by_numbers": 0, "certain": 1, "hints": 0,
    }  # fmt: skip
    assert "dora" not in json.dumps(event.detail).casefold()


def test_what_is_the_person_s_own_is_named_apart(
    organisation: Organisation, officer: Client
) -> None:
    check_texts(organisation)
    page = officer.post(page_of(organisation), {"emails": "carla7@post.example"}).content.decode()
    assert "No mention found" in page
    assert "Carla Customer7, carla7@post.example, customer (file), 1 conversation" in page


def test_what_was_not_read_yet_is_said(organisation: Organisation, officer: Client) -> None:
    page = officer.post(page_of(organisation), {"emails": "nobody@post.example"}).content.decode()
    assert "2 conversations have not been read yet" in page
    assert "No mention found" in page


def test_nothing_to_look_for_is_refused_and_not_recorded(
    organisation: Organisation, officer: Client
) -> None:
    answer = officer.post(page_of(organisation), {"emails": " ", "names": ""})
    assert answer.status_code == 422
    assert "Type at least one of them" in answer.content.decode()
    assert events(organisation) == []


def test_what_stands_in_an_address_is_not_searched_for(
    organisation: Organisation, officer: Client
) -> None:
    page = officer.get(page_of(organisation), {"emails": "dora@post.example"}).content.decode()
    assert "dora@post.example" not in page
    assert events(organisation) == []

"""Helpdesks are told of an erasure, as far as the organisation instructs them."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from msgspec.structs import replace

from integrations import recipients
from integrations.base import HelpdeskError, Problem
from integrations.connections import disconnect, instruct
from integrations.events import Event
from integrations.models import Connection
from integrations.source_erasure import SourceErasure, Words, redact_at_source
from integrations.sync import sync_connection
from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.models import AuditEvent
from privacy.rights import holds, notices
from privacy.rights.models import Plan, RecipientNotice, RequestStatus
from tests import factories
from tests.integrations.fakes import FakeHelpdesk, again, connected, install
from tests.permissions.samples import World, _connection
from tests.privacy.rights import erasures
from tickets.contracts import AuthorRecord, AuthorType

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(organisation: Organisation) -> Connection:
    actor = factories.membership(organisation, Role.ADMIN)
    public_id = _connection(World(organisation, actor), {})
    with tenant_scope(organisation.pk):
        return Connection.objects.get(public_id=public_id)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What the helpdesk is asked; it fails once, then erases."""
    asked: list[dict[str, object]] = []

    def erase(**order: object) -> SourceErasure:
        asked.append(order)
        if len(asked) == 1:
            raise HelpdeskError(Problem.UNREACHABLE)
        return SourceErasure.DONE

    monkeypatch.setattr(recipients, "erase_at_source", erase)
    return asked


def test_a_helpdesk_that_is_down_keeps_the_request_waiting_until_it_has_erased(
    organisation: Organisation, connection: Connection, told: list[dict[str, object]]
) -> None:
    records = erasures.records(2)
    erasures.ingest(organisation, *records, source=connection.source)
    subject_id = erasures.customer(organisation).subject_id

    done = erasures.erase(organisation, [subject_id])

    assert (done.request.status, done.request.waiting_for) == (RequestStatus.WAITING, ["source"])
    assert sorted(told[0]["ticket_ids"]) == sorted(record.id for record in records)
    assert told[0]["user_ids"] == ["dora1"]
    with tenant_scope(organisation.pk):
        notice = RecipientNotice.objects.get()
        assert b"dora1" not in bytes(notice.payload)
        assert notices.requests_due() == []
        RecipientNotice.objects.update(next_at=notice.plan.made_at)
        [due] = notices.requests_due()
        holds.wake_request(due, "recipient_due")
    done = erasures.run(organisation, done)

    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert done.certificate["told"] == [{"recipient": "helpdesk", "state": "done"}]
    with tenant_scope(organisation.pk):
        notice = RecipientNotice.objects.get()
    assert (notice.payload, len(notice.receipt)) == (None, 64)
    assert "dora1" not in json.dumps(done.data)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> FakeHelpdesk:
    [own] = erasures.records(1)
    [other] = erasures.records(1, customer=2)
    omar = replace(other.requester, name="Omar Onder", email="omar@mail.example")
    question, answer, *rest = other.messages
    question = replace(question, text="Dora Dobbs has it: dora1@post.example. My door is blue.")
    guest = AuthorRecord(type=AuthorType.CUSTOMER, id=own.requester.id)
    answer = replace(answer, author=guest, text="I am Dora and live at number 7.")
    other = replace(other, requester=omar, messages=(question, answer, *rest))
    return install(monkeypatch, FakeHelpdesk(records=[own, other], page_size=10))


@pytest.fixture
def desk(organisation: Organisation, there: FakeHelpdesk) -> Connection:
    made = connected(organisation)
    sync_connection(organisation_id=organisation.pk, connection_id=made.pk)
    factories.check_texts(organisation)
    instruct(connection=made, instruction="always", actor=None)
    return again(made)


def erase_dora(organisation: Organisation, there: FakeHelpdesk, connection: Connection) -> Plan:
    dora = erasures.customer_of(organisation, there.records[0], connection.source)
    return erasures.erase(organisation, [dora.subject_id])


def test_who_is_named_in_others_tickets_is_redacted_there(
    organisation: Organisation, there: FakeHelpdesk, desk: Connection
) -> None:
    done = erase_dora(organisation, there, desk)
    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert done.certificate["told"] == [{"recipient": "helpdesk", "state": "done"}] * 2
    assert there.erased == [there.records[0].id, "dora1"]
    said = " ".join(message.text for message in there.records[1].messages)
    assert "My door is blue." in said
    assert not {"Dobbs", "dora1", "number 7"} & set(re.findall(r"number 7|\w+", said))
    with tenant_scope(organisation.pk):
        [event] = AuditEvent.objects.filter(action=Event.REDACTED_AT_SOURCE.value)
    assert event.detail == {"passages": 3}


def test_redacting_again_asks_for_nothing_twice(
    organisation: Organisation, there: FakeHelpdesk, desk: Connection
) -> None:
    other = there.records[1]
    first, second = (message.id for message in other.messages[:2])
    words = [Words(other.id, first, "Dora Dobbs"), Words(other.id, second, "")]
    for _time in range(2):
        assert redact_at_source(connection=desk, words=words) is SourceErasure.DONE
    assert [text for _ticket, _message, text in there.redacted] == [
        "Dora Dobbs", "I am Dora and live at number 7."
    ]  # fmt: skip


def test_a_helpdesk_that_cannot_redact_leaves_it_to_people(
    organisation: Organisation,
    there: FakeHelpdesk,
    desk: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there.VENDOR = dataclasses.replace(there.VENDOR, can_redact_at_source=False)
    done = erase_dora(organisation, there, desk)
    assert done.request.status == RequestStatus.WAITING
    with tenant_scope(organisation.pk):
        states = RecipientNotice.objects.order_by("pk").values_list("state", flat=True)
        assert list(states) == [RecipientNotice.State.DONE, RecipientNotice.State.BY_HAND]
    assert there.redacted == []


def test_an_account_that_was_connected_anew_is_told_once(
    organisation: Organisation, there: FakeHelpdesk, desk: Connection
) -> None:
    disconnect(connection=desk, actor=None)
    anew = connected(organisation)
    instruct(connection=anew, instruction="always", actor=None)
    erase_dora(organisation, there, anew)
    with tenant_scope(organisation.pk):
        references = set(RecipientNotice.objects.values_list("reference", flat=True))
    assert references == {str(anew.public_id), f"{anew.public_id}:redaction"}


def test_without_an_instruction_the_helpdesk_s_copy_is_not_touched(
    organisation: Organisation, connection: Connection
) -> None:
    with tenant_scope(organisation.pk):
        Connection.objects.update(erase_instruction=Connection.Erase.NEVER)
    erasures.ingest(organisation, *erasures.records(1), source=connection.source)

    done = erasures.erase(organisation, [erasures.customer(organisation).subject_id])

    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert done.certificate["told"] == [{"recipient": "helpdesk", "state": "not_instructed"}]


def test_when_the_organisation_wants_to_be_asked_the_request_waits_for_its_word(
    organisation: Organisation, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant_scope(organisation.pk):
        Connection.objects.update(erase_instruction=Connection.Erase.ASK)
    erasures.ingest(organisation, *erasures.records(1), source=connection.source)
    done = erasures.erase(organisation, [erasures.customer(organisation).subject_id])
    assert done.request.status == RequestStatus.WAITING

    monkeypatch.setattr(recipients, "erase_at_source", lambda **_order: SourceErasure.DONE)
    with tenant_scope(organisation.pk):
        notice = RecipientNotice.objects.get()
        assert notice.state == RecipientNotice.State.CONFIRM
        notices.confirm_notice(notice, actor_user_id=erasures.APPROVER)
        holds.wake_request(done.request, "recipient_settled")
    assert erasures.run(organisation, done).request.status == RequestStatus.VERIFIED_DONE


def test_what_the_organisation_is_asked_about_can_be_seen_to_by_hand(
    organisation: Organisation,
    connection: Connection,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> None:
    with tenant_scope(organisation.pk):
        Connection.objects.update(erase_instruction=Connection.Erase.ASK)
    erasures.ingest(organisation, *erasures.records(1), source=connection.source)
    done = erasures.erase(organisation, [erasures.customer(organisation).subject_id])
    client = sign_in(member(Role.OWNER).user)
    detail = reverse("privacy:request_detail", args=[organisation.slug, done.request.public_id])
    page = client.get(detail).content.decode()
    assert "Erase there, too" in page
    assert "Done by hand" in page
    with tenant_scope(organisation.pk):
        key = RecipientNotice.objects.get().public_id
    settle = reverse("privacy:settle_notice", args=[organisation.slug, key])
    assert client.post(settle, {"how": "by_hand"}).status_code == 302
    with tenant_scope(organisation.pk):
        assert RecipientNotice.objects.get().state == RecipientNotice.State.DONE

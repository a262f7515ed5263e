"""Freezing somebody's data (GDPR Art. 18): what the database lets through, what pages say, what
comes in meanwhile, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, connection
from django.test import Client
from django.urls import reverse
from msgspec.structs import replace

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import ALLOWED_WHEN_FROZEN, Purpose, tenant_scope
from privacy.models import Subject, SubjectState
from privacy.rights.models import RequestStatus, RightsRequest
from privacy.rights.replay import replay
from privacy.rights.requests import NotVerified
from privacy.rights.restriction import mirror, services
from privacy.rights.restriction.models import Restriction
from privacy.rights.restriction.services import NotToldYet
from scoring.metrics.models import AgentDay, TicketActs
from tests.privacy.rights import erasures, filling, freezes
from tickets.models import Customer, Message, Ticket
from tickets.search import matching_tickets
from tickets.tasks import check_texts
from tickets.timelines import timelines_of

pytestmark = pytest.mark.django_db

Enter = Callable[[User], Client]
FORBIDDEN = sorted(set(Purpose) - ALLOWED_WHEN_FROZEN)


@pytest.fixture
def dora(organisation: Organisation) -> Customer:
    """A customer with three tickets, beside another one with two."""
    theirs = erasures.records(3, customer=1)
    erasures.ingest(organisation, *theirs, *erasures.records(2, customer=2))
    return erasures.customer_of(organisation, theirs[0])


def changed(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}" WHERE restricted')
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("table", mirror.frozen_tables())
def test_frozen_rows_exist_for_the_allowed_purposes_alone(
    organisation: Organisation, table: str
) -> None:
    """Whatever the table: a row of it that is marked as frozen is there for storage and gone for
    every other use, a forgotten one as well."""
    erasures.ingest(organisation, *erasures.records(1))
    filling.fill(organisation, table)
    with tenant_scope(organisation.pk, purpose=Purpose.STORAGE):
        assert changed(f'UPDATE "{table}" SET restricted = true') > 0
    for allowed in ALLOWED_WHEN_FROZEN:
        with tenant_scope(organisation.pk, purpose=allowed):
            assert rows(table) > 0
    for purpose in ["", *FORBIDDEN]:
        with tenant_scope(organisation.pk), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.purpose', %s, true)", [purpose])
            assert rows(table) == 0
            assert changed(f'UPDATE "{table}" SET restricted = false') == 0
            assert changed(f'DELETE FROM "{table}"') == 0


def test_a_freeze_takes_the_person_out_of_figures_and_search_and_leaves_others(
    organisation: Organisation, dora: Customer
) -> None:
    with tenant_scope(organisation.pk):
        ids = list(Ticket.objects.values_list("pk", flat=True))
        before = TicketActs.objects.count()
    check_texts(organisation_id=organisation.pk, ticket_ids=ids)
    request = freezes.frozen(organisation, dora)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 2
        assert not Customer.objects.filter(pk=dora.pk).exists()
        left = TicketActs.objects.count()
        assert 0 < left < before
        assert request.status == RequestStatus.CLOSED
        assert request.decision == "granted"
    with tenant_scope(organisation.pk, purpose=Purpose.STORAGE):
        assert Ticket.objects.filter(restricted=True).count() == 3
        assert not TicketActs.objects.filter(ticket__subject=dora.subject_id).exists()
        state = Subject.objects.values_list("state", flat=True).get(pk=dora.subject_id)
    assert state == SubjectState.RESTRICTED
    freezes.announce(organisation, request)
    _told(organisation)
    freezes.lift(organisation, request)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 5
        assert TicketActs.objects.count() == before


def _told(organisation: Organisation) -> None:
    with tenant_scope(organisation.pk):
        from privacy.rights.correspondence.models import RequestMessage

        RequestMessage.objects.update(told_at=clock.now())


def test_figures_are_the_same_after_a_freeze_as_before(
    organisation: Organisation, dora: Customer
) -> None:
    """What the metrics make of stored rows is what they made of the records."""
    columns = ("day", "channel", "agent_id", "acts", "first_replies", "solved", "csat_good",
               "first_reply_seconds", "requester_wait_seconds", "reopens")  # fmt: skip

    def days() -> list[tuple[object, ...]]:
        with tenant_scope(organisation.pk):
            return sorted(AgentDay.objects.values_list(*columns), key=str)

    before = days()
    request = freezes.frozen(organisation, dora)
    assert days() != before
    freezes.announce(organisation, request)
    _told(organisation)
    freezes.lift(organisation, request)
    assert days() == before
    with tenant_scope(organisation.pk):
        assert len(timelines_of(list(Ticket.objects.values_list("pk", flat=True)))) == 5


def test_what_comes_in_meanwhile_is_kept_and_frozen(
    organisation: Organisation, dora: Customer
) -> None:
    theirs = erasures.records(1, customer=1)[0]
    freezes.frozen(organisation, dora)
    changed = replace(theirs, updated_at=theirs.updated_at + timedelta(hours=1))
    erasures.ingest(organisation, theirs)
    erasures.ingest(organisation, changed)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 2
        assert not matching_tickets(organisation_id=organisation.pk, query="parcel")
    with tenant_scope(organisation.pk, purpose=Purpose.STORAGE):
        assert Ticket.objects.filter(restricted=True).count() == 4
        assert not Message.objects.filter(ticket__restricted=True, restricted=False).exists()
        assert not TicketActs.objects.filter(ticket__restricted=True).exists()


def test_nobody_is_thawed_before_they_were_told(organisation: Organisation, dora: Customer) -> None:
    request = freezes.frozen(organisation, dora)
    with pytest.raises(NotToldYet):
        freezes.lift(organisation, request)
    freezes.announce(organisation, request)
    with pytest.raises(NotToldYet):
        freezes.lift(organisation, request)
    with (
        pytest.raises(IntegrityError, match="restriction_lifted_after_notice"),
        tenant_scope(organisation.pk),
    ):
        Restriction.objects.update(lifted_at=clock.now())
    _told(organisation)
    freezes.lift(organisation, request)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_the_notice_goes_by_mail_and_says_nothing_of_it(
    organisation: Organisation, dora: Customer
) -> None:
    request = freezes.frozen(organisation, dora)
    freezes.announce(organisation, request)
    sent = mail.outbox[-1]
    assert sent.to == ["dora@post.example"]
    assert "about to end" not in sent.body
    freezes.lift(organisation, request)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 5


def test_somebody_unverified_is_not_frozen(organisation: Organisation, dora: Customer) -> None:
    request = erasures.receive(organisation, verified=False, kind="restriction")
    with tenant_scope(organisation.pk), pytest.raises(NotVerified):
        services.freeze_person(request, ground="art_18_1_a", actor_user_id=freezes.OFFICER)
    assert dora.pk


def test_two_freezes_of_one_person_end_with_the_second(
    organisation: Organisation, dora: Customer
) -> None:
    first, second = (freezes.frozen(organisation, dora) for _ in range(2))
    for request in (first, second):
        freezes.announce(organisation, request)
    _told(organisation)
    freezes.lift(organisation, first)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 2
    freezes.lift(organisation, second)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 5


def test_a_restored_database_is_frozen_again(organisation: Organisation, dora: Customer) -> None:
    """As from before the freeze: not known to the ledger's marks, nothing marked."""
    request = freezes.frozen(organisation, dora)
    _undo(organisation, dora)
    replay(since=None)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 2
    freezes.announce(organisation, request)
    _told(organisation)
    freezes.lift(organisation, request)
    _undo(organisation, dora)
    replay(since=None)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 5


def _undo(organisation: Organisation, customer: Customer) -> None:
    from privacy.rights.marks import LedgerMark

    with tenant_scope(organisation.pk, purpose=Purpose.STORAGE):
        mirror.thaw(organisation.pk, [customer.subject_id])
        LedgerMark.objects.all().delete()
        Restriction.objects.filter(lifted_at__isnull=True).delete()


def test_an_erasure_reaches_what_is_frozen(organisation: Organisation, dora: Customer) -> None:
    freezes.frozen(organisation, dora)
    made = erasures.erase(organisation, [dora.subject_id])
    with tenant_scope(organisation.pk, purpose=Purpose.STORAGE):
        assert made.request.status == RequestStatus.VERIFIED_DONE
        assert Ticket.objects.count() == 2
        assert not Customer.objects.filter(pk=dora.pk).exists()


def test_pages_say_that_a_conversation_is_frozen_and_nothing_of_it(
    organisation: Organisation,
    dora: Customer,
    member: Callable[[Role], Membership],
    sign_in: Enter,
) -> None:
    with tenant_scope(organisation.pk):
        ticket = Ticket.objects.filter(subject=dora.subject_id).order_by("pk")[0]
    client = sign_in(member(Role.OWNER).user)
    listed = reverse("tickets:ticket_list", args=[organisation.slug])
    detail = reverse("tickets:ticket_detail", args=[organisation.slug, ticket.pk])
    assert "Frozen" not in client.get(listed).content.decode()
    freezes.frozen(organisation, dora)

    page = client.get(listed).content.decode()
    assert page.count("The person had their data frozen") == 3
    assert ticket.external_id in page
    filtered = client.get(listed, {"channel": ticket.channel}).content.decode()
    assert "The person had their data frozen" not in filtered
    shown = client.get(detail)
    assert shown.status_code == 200
    assert "had their data frozen" in shown.content.decode()
    assert 'class="thread"' not in shown.content.decode()
    agent = sign_in(member(Role.AGENT).user)
    assert agent.get(detail).status_code == 404


def test_an_officer_freezes_announces_and_lifts(
    organisation: Organisation,
    dora: Customer,
    member: Callable[[Role], Membership],
    sign_in: Enter,
) -> None:
    request = erasures.receive(organisation, dora.subject_id, kind="restriction")
    client = sign_in(member(Role.PRIVACY_OFFICER).user)

    def url(name: str, *arguments: object) -> str:
        return reverse(f"privacy:{name}", args=[organisation.slug, *arguments])

    key = request.public_id
    assert client.post(url("freeze", key), {"ground": "because"}).status_code == 422
    assert client.post(url("freeze", key), {"ground": "art_18_1_c"}).status_code == 302
    assert "legal claims" in client.get(url("frozen_list")).content.decode()
    assert client.post(url("lift_freeze", key)).status_code == 422
    words = {"reason": "asked", "words": "As you wished."}
    assert client.post(url("announce_lifting", key), words).status_code == 302
    page = client.get(url("request_detail", key)).content.decode()
    assert "once the letter below has gone out" in page
    _told(organisation)
    assert "End the freeze" in client.get(url("request_detail", key)).content.decode()
    assert client.post(url("lift_freeze", key)).status_code == 302
    assert "A freeze begins on the page" in client.get(url("frozen_list")).content.decode()
    with tenant_scope(organisation.pk):
        assert RightsRequest.objects.get().status == RequestStatus.CLOSED


def test_the_database_refuses_to_freeze_for_another_purpose(
    organisation: Organisation, dora: Customer
) -> None:
    with tenant_scope(organisation.pk), pytest.raises(DatabaseError, match="row-level security"):
        Ticket.objects.filter(subject=dora.subject_id).update(restricted=True)

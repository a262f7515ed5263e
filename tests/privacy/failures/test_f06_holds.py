"""F06: a hold that keeps everything, or is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from privacy import api
from privacy.models import Subject
from privacy.rights import holds
from privacy.rights.models import LegalHold, RequestStatus
from privacy.rights.requests import SamePerson
from privacy.rights.tasks import look_after_requests_of
from tests.privacy.rights import erasures
from tickets.models import Customer, Message, Ticket

pytestmark = pytest.mark.django_db
OPENER, SECOND = 911, 912


def open_hold(organisation: Organisation, *rows: tuple[str, int]) -> LegalHold:
    with tenant_scope(organisation.pk):
        return holds.open_hold(
            reason="litigation",
            matter="Dobbs against the harbour",
            rows=rows,
            review_at=clock.now() + timedelta(days=30),
            expires_at=clock.now() + timedelta(days=90),
            opened_by_id=OPENER,
        )


def approve(organisation: Organisation, hold: LegalHold) -> LegalHold:
    with tenant_scope(organisation.pk):
        return holds.approve_hold(hold, actor_user_id=SECOND)


@pytest.fixture
def tickets(organisation: Organisation) -> list[int]:
    erasures.ingest(organisation, *erasures.records(3))
    with tenant_scope(organisation.pk):
        return list(Ticket.objects.order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def hold(organisation: Organisation, tickets: list[int]) -> LegalHold:
    return approve(organisation, open_hold(organisation, ("tickets.Ticket", tickets[0])))


@pytest.mark.promise("KF-03-04")
def left(organisation: Organisation) -> tuple[int, int, int]:
    with tenant_scope(organisation.pk):
        return Ticket.objects.count(), Message.objects.count(), Customer.objects.count()


def test_f06_what_is_not_held_goes_at_once_and_the_rest_when_the_hold_is_released(
    organisation: Organisation, hold: LegalHold
) -> None:
    subject_id = erasures.customer(organisation).subject_id

    done = erasures.erase(organisation, [subject_id])

    assert (done.request.status, done.request.waiting_for) == (RequestStatus.WAITING, ["hold"])
    assert left(organisation) == (1, 2, 1)
    assert not api.ciphers_for(organisation.pk, [subject_id], create=False)[subject_id].erased
    assert done.certificate["held"][0]["until"] == hold.expires_at.date().isoformat()
    assert not done.certificate["key_destroyed"]

    with tenant_scope(organisation.pk):
        [woken] = holds.release_hold(hold, actor_user_id=SECOND)
    assert woken.status == RequestStatus.RUNNING
    done = erasures.run(organisation, done)

    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert left(organisation) == (0, 0, 0)
    assert api.ciphers_for(organisation.pk, [subject_id], create=False)[subject_id].erased
    assert done.certificate["key_destroyed"]


def test_f06_a_hold_over_one_message_keeps_its_ticket_and_no_other(
    organisation: Organisation, tickets: list[int]
) -> None:
    with tenant_scope(organisation.pk):
        message = Message.objects.filter(ticket_id=tickets[1]).order_by("pk")[0]
    approve(organisation, open_hold(organisation, ("tickets.Message", message.pk)))

    erasures.erase(organisation, [erasures.customer(organisation).subject_id])

    assert left(organisation) == (1, 2, 1)


def test_f06_a_held_ticket_keeps_its_agent_and_lets_go_of_the_others(
    organisation: Organisation, hold: LegalHold, tickets: list[int]
) -> None:
    agent = erasures.agent(organisation)

    done = erasures.erase(organisation, [agent.subject_id])

    assert done.request.status == RequestStatus.WAITING
    with tenant_scope(organisation.pk):
        assigned = Ticket.objects.filter(assignee=agent).values_list("pk", flat=True)
        assert list(assigned) == tickets[:1]
        assert Subject.objects.get(pk=agent.subject_id).state == api.SubjectState.ERASING


def test_f06_a_hold_ends_by_itself_and_the_erasure_goes_on(
    organisation: Organisation, hold: LegalHold
) -> None:
    done = erasures.erase(organisation, [erasures.customer(organisation).subject_id])
    with time_machine.travel(hold.expires_at + timedelta(minutes=1), tick=False):
        look_after_requests_of(organisation_id=organisation.pk)
        done = erasures.run(organisation, done)
    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert left(organisation) == (0, 0, 0)


def test_f06_one_person_alone_holds_nothing(organisation: Organisation, tickets: list[int]) -> None:
    hold = open_hold(organisation, ("tickets.Ticket", tickets[0]))
    with pytest.raises(SamePerson), tenant_scope(organisation.pk):
        holds.approve_hold(hold, actor_user_id=OPENER)

    done = erasures.erase(organisation, [erasures.customer(organisation).subject_id])

    assert done.request.status == RequestStatus.VERIFIED_DONE


@pytest.mark.promise("KF-03-04")
@pytest.mark.parametrize(
    ("review", "end"), [(1, 0), (-1, 30), (40, 30)], ids=["ended", "review past", "review late"]
)
def test_f06_a_hold_without_an_end_is_refused(
    organisation: Organisation, tickets: list[int], review: int, end: int
) -> None:
    with pytest.raises(holds.HoldRefused), tenant_scope(organisation.pk):
        holds.open_hold(
            reason="litigation",
            matter="",
            rows=[("tickets.Ticket", tickets[0])],
            review_at=clock.now() + timedelta(days=review),
            expires_at=clock.now() + timedelta(days=end),
            opened_by_id=OPENER,
        )


def test_f06_the_matter_is_kept_encrypted(organisation: Organisation, hold: LegalHold) -> None:
    with tenant_scope(organisation.pk):
        stored = LegalHold.objects.get()
    assert b"Dobbs" not in bytes(stored.matter)
    assert holds.matter_of(stored) == "Dobbs against the harbour"

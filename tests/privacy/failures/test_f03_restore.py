"""F03: a restored backup that brings people back. Also what `./dev restore-drill` runs."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client

from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from privacy import api
from privacy.models import Subject
from privacy.rights import executor, ledger
from privacy.rights.models import RequestStatus
from tests.privacy import places
from tests.privacy.canary import Marker, found
from tests.privacy.dumps import dump
from tests.privacy.restores import restored
from tests.privacy.rights import erasures
from tickets.models import Customer, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

# One that lies open (the source's number of a ticket), one under the person's key.
OPEN = Marker("tickets.Ticket.external_id", "zq3f81c0aa97d2", sensitive=False)
WORDS = Marker("tickets.Message.body", "Zé&<5d2c7710be43aa", sensitive=True)


@pytest.fixture
def subject(organisation: Organisation) -> Subject:
    own, other = erasures.records(2), erasures.records(1, customer=2)
    own = [erasures.saying(own[0], WORDS.text), erasures.numbered(own[1], OPEN.text)]
    erasures.ingest(organisation, *own, *other)
    return erasures.customer_of(organisation, own[0]).subject


def people(organisation: Organisation) -> int:
    with tenant_scope(organisation.pk):
        return Customer.objects.count()


def replay(*words: str) -> str:
    out = StringIO()
    call_command("privacy_replay", *words, stdout=out)
    return out.getvalue()


@pytest.mark.promise("KF-06-01")
def readable(organisation: Organisation) -> list[str]:
    return found([OPEN, WORDS], places.everywhere(organisation))


def test_f03_a_backup_from_before_is_refused_until_the_ledger_is_replayed(
    organisation: Organisation, subject: Subject, client: Client
) -> None:
    backup, made_at = dump("default"), clock.now()
    done = erasures.erase(organisation, [subject.pk])
    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert readable(organisation) == []
    api.refuse_unreplayed()

    with restored("default", backup):
        assert people(organisation) == 2
        assert readable(organisation)
        with pytest.raises(ImproperlyConfigured, match="privacy_replay"):
            api.refuse_unreplayed()
        assert client.get("/readyz").json()["erasures"] == "failing"

        said = replay("--since", made_at.isoformat())

        assert said.startswith("1 entries carried out again")
        api.refuse_unreplayed()
        assert client.get("/readyz").json()["erasures"] == "ok"
        assert people(organisation) == 1
        assert readable(organisation) == []
        with tenant_scope(organisation.pk):
            assert Ticket.objects.count() == 1
            assert Subject.objects.get(pk=subject.pk).state == api.SubjectState.ERASED
        assert replay().startswith("0 entries")


def test_f03_a_backup_from_the_middle_is_finished_by_the_erasure_s_own_task(
    organisation: Organisation, subject: Subject, by_hand: None
) -> None:
    plan = erasures.approve(
        organisation, erasures.plan(organisation, erasures.receive(organisation, subject.pk))
    )
    executor.run_erasure(organisation_id=organisation.pk, plan_id=plan.pk, seconds=-1)
    backup = dump("default")
    erasures.run(organisation, plan)

    with restored("default", backup):
        api.refuse_unreplayed()
        assert people(organisation) == 2
        done = erasures.run(organisation, plan)
        assert done.request.status == RequestStatus.VERIFIED_DONE
        assert readable(organisation) == []


def test_f03_a_restored_vault_loses_the_key_again(
    organisation: Organisation, subject: Subject
) -> None:
    backup = dump("vault")
    erasures.erase(organisation, [subject.pk])

    with restored("vault", backup):
        with pytest.raises(ImproperlyConfigured):
            api.refuse_unreplayed()
        said = replay("--since", (clock.now() - timedelta(hours=1)).isoformat())

        assert "1 keys destroyed again, 1 entries written back" in said
        api.refuse_unreplayed()
        ciphers = api.ciphers_for(organisation.pk, [subject.pk], create=True)
        assert ciphers[subject.pk].erased


def test_f03_an_entry_that_was_written_just_before_a_crash_keeps_nobody_out(
    organisation: Organisation, subject: Subject, by_hand: None
) -> None:
    plan = erasures.approve(
        organisation, erasures.plan(organisation, erasures.receive(organisation, subject.pk))
    )
    ledger.write_entry(
        organisation_id=organisation.pk,
        entry_id=plan.public_id,
        action="erase",
        subject_ids=[subject.pk],
    )
    api.refuse_unreplayed()
    assert erasures.run(organisation, plan).request.status == RequestStatus.VERIFIED_DONE
    assert ledger.epochs_agree()

"""Destroying a person's key: here, in every process, and in an older dump of the database."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from io import StringIO

import msgspec
import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import CrossTenantScope, tenant_scope
from privacy import api
from privacy.models import AuditEvent, Subject
from privacy.vault.keys import destroy_keys
from privacy.vault.models import SubjectKey
from privacy.vault.scope import vault_scope
from tests import factories
from tests.privacy.dumps import dump
from tickets.models import Customer
from tickets.services import ingest_tickets

SECRET = "Dora Dobbs lives at 3 Quay Street"
HEX = re.compile(r"\\\\x([0-9a-f]+)")


@pytest.fixture
def subject(organisation: Organisation) -> Subject:
    subject_id = uuid.uuid4()
    with tenant_scope(organisation.pk):
        api.create_subjects(organisation.pk, api.SubjectKind.CUSTOMER, [subject_id])
        return Subject.objects.get(pk=subject_id)


def shred(organisation: Organisation, subject_id: object, *words: str) -> str:
    out = StringIO()
    call_command(
        "privacy_shred", str(subject_id), "--organisation", organisation.slug, *words, stdout=out
    )
    return out.getvalue()


def blobs(text: str) -> list[bytes]:
    return [bytes.fromhex(found) for found in HEX.findall(text)]


@pytest.mark.django_db
def test_shredding_marks_the_person_and_is_recorded(
    organisation: Organisation, subject: Subject
) -> None:
    assert shred(organisation, subject.pk, "--yes") == "The key is destroyed.\n"

    with tenant_scope(organisation.pk):
        subject.refresh_from_db()
        event = AuditEvent.objects.get()
    assert subject.state == api.SubjectState.ERASED
    assert (event.action, event.subject_id) == ("privacy.subject.shredded", subject.pk)


@pytest.mark.django_db
def test_shredding_twice_says_so(organisation: Organisation, subject: Subject) -> None:
    shred(organisation, subject.pk, "--yes")
    assert shred(organisation, subject.pk, "--yes") == "The key had been destroyed before.\n"


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "yes"])
def test_without_the_id_typed_nothing_is_destroyed(
    organisation: Organisation, subject: Subject, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: typed)

    with pytest.raises(CommandError, match="Nothing was changed"):
        shred(organisation, subject.pk)

    cipher = api.ciphers_for(organisation.pk, [subject.pk], create=True)[subject.pk]
    assert not cipher.erased


@pytest.mark.django_db
def test_the_id_typed_confirms(
    organisation: Organisation, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: f" {subject.pk} ")
    assert "The key is destroyed." in shred(organisation, subject.pk)


@pytest.mark.django_db
def test_strangers_and_nonsense_are_refused(
    organisation: Organisation, other_organisation: Organisation, subject: Subject
) -> None:
    with pytest.raises(CommandError, match="holds nothing about such a person"):
        shred(other_organisation, subject.pk, "--yes")
    with pytest.raises(CommandError, match="SUBJECT must be an id"):
        shred(organisation, "dora", "--yes")
    with pytest.raises(CommandError, match="no such organisation"):
        call_command("privacy_shred", str(subject.pk), "--organisation", "nowhere", "--yes")


@pytest.mark.django_db
def test_the_next_import_neither_brings_a_shredded_customer_back_nor_stumbles(
    organisation: Organisation,
) -> None:
    erased, other = factories.ticket_record(), factories.ticket_record()
    with tenant_scope(organisation.pk):
        ingest_tickets(organisation_id=organisation.pk, source="file", records=[erased])
        subject_id = Customer.objects.get().subject_id
    shred(organisation, subject_id, "--yes")

    later = msgspec.structs.replace(
        erased, subject="Me again", updated_at=erased.updated_at + timedelta(hours=1)
    )
    with tenant_scope(organisation.pk):
        report = ingest_tickets(
            organisation_id=organisation.pk, source="file", records=[later, other]
        )
        customers = Customer.objects.filter(subject__state=api.SubjectState.ACTIVE).count()

    assert (report.tickets.created, report.tickets.updated, customers) == (1, 0, 1)


@pytest.mark.django_db(transaction=True)
def test_an_older_dump_of_the_main_database_is_unreadable_from_then_on(
    organisation: Organisation, subject: Subject
) -> None:
    aad = api.aad(organisation.pk, "tickets.Customer.profile", 1, subject.pk)
    stored = store_profile(organisation, subject, aad)
    with vault_scope(organisation.pk):
        wrapped_key = bytes(SubjectKey.objects.get(pk=subject.pk).wrapped_key or b"")
    older = dump("default")
    assert SECRET not in older
    assert stored in blobs(older)
    assert wrapped_key in blobs(dump("vault"))
    assert read(organisation, subject, stored, aad) == SECRET

    shred(organisation, subject.pk, "--yes")

    with pytest.raises(api.Erased):
        read(organisation, subject, stored, aad)
    assert wrapped_key not in blobs(dump("vault"))


def store_profile(organisation: Organisation, subject: Subject, aad: bytes) -> bytes:
    cipher = api.ciphers_for(organisation.pk, [subject.pk], create=True)[subject.pk]
    stored = cipher.encrypt(SECRET, aad)
    with tenant_scope(organisation.pk):
        Customer.objects.create(
            organisation=organisation,
            subject=subject,
            source="file",
            external_index=b"i",
            profile=stored,
            profile_digest=b"d",
        )
    return stored


def read(organisation: Organisation, subject: Subject, stored: bytes, aad: bytes) -> str:
    ciphers = api.ciphers_for(organisation.pk, [subject.pk], create=True)
    return ciphers[subject.pk].decrypt(stored, aad)


@pytest.mark.django_db(transaction=True)
def test_several_keys_go_in_one_round_trip_all_or_none(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    people = [uuid.uuid4() for _ in range(3)]
    for each in (organisation, other_organisation):
        api.ciphers_for(each.pk, people[:2], create=True)

    with CaptureQueriesContext(connections["vault"]) as queries:
        destroyed = destroy_keys(organisation.pk, people)
    assert (destroyed, len(queries)) == (3, 1)
    assert destroy_keys(organisation.pk, people) == 0

    ciphers = api.ciphers_for(organisation.pk, people, create=True)
    assert all(cipher.erased for cipher in ciphers.values())
    others = api.ciphers_for(other_organisation.pk, people[:2], create=False)
    assert not any(cipher.erased for cipher in others.values())
    with tenant_scope(other_organisation.pk), pytest.raises(CrossTenantScope):
        destroy_keys(organisation.pk, people)


@pytest.mark.django_db(transaction=True)
def test_keys_stay_when_the_transaction_around_does_not(organisation: Organisation) -> None:
    people = [uuid.uuid4()]
    api.ciphers_for(organisation.pk, people, create=True)
    with vault_scope(organisation.pk):
        destroy_keys(organisation.pk, people)
        transaction.set_rollback(True, using="vault")
    assert not api.ciphers_for(organisation.pk, people, create=False)[people[0]].erased

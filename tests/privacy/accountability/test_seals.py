"""Events are sealed, and whatever is done to them afterwards shows."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import psycopg2.errors
import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from kaizo.accounts.models import Notice, NoticeKind
from kaizo.core.permissions import Role
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.accountability.access_log import record_reading, register_readings
from privacy.accountability.checking import check_seals
from privacy.accountability.seals import seal_events, settled_up_to, verify
from privacy.accountability.tasks import check_all_seals, seal_all
from privacy.api import record_event, register_actions
from privacy.models import AuditEvent, AuditSeal, EventSubject
from tests import factories
from tests.database import owner_connection

register_actions({"tests.thing.done": {"n": int}})
register_readings({"tests.thing.viewed": "A thing"})


@pytest.fixture(autouse=True)
def _witness(settings, tmp_path):
    settings.AUDIT_WITNESS = str(tmp_path / "witness.jsonl")


def happen(organisation, *numbers):
    for number in numbers:
        record_event(
            organisation_id=organisation.pk, action="tests.thing.done", detail={"n": number}
        )


def look(organisation, *people):
    reader = factories.membership(organisation, Role.TEAM_LEAD)
    with tenant_scope(organisation.pk):
        record_reading("tests.thing.viewed", reader=reader, people=people, purpose=Purpose.COACHING)


TABLES = ("privacy_auditevent", "privacy_auditseal", "privacy_eventsubject")


def as_owner(statement, *values, guards_off=True):
    """What only somebody with the owner's password can do."""
    name = connection.settings_dict["NAME"]
    with owner_connection("default", name) as owner, owner.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            if guards_off:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_changes")
        try:
            cursor.execute(statement, values)
        finally:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER refuse_changes")


@pytest.mark.django_db(transaction=True)
def test_sealed_events_verify_and_tampering_shows(organisation, other_organisation):
    happen(organisation, 1, 2)
    seal_all()
    happen(organisation, 3)
    happen(other_organisation, 4)
    seal_all()
    found = verify(organisation.pk)
    assert (found.is_intact, found.seals, found.events, found.unsealed) == (True, 2, 3, 0)
    with tenant_scope(organisation.pk):
        second = AuditEvent.objects.get(detail__n=2).pk
    where = "WHERE organisation_id = %s AND id = %s"

    as_owner(f"UPDATE privacy_auditevent SET outcome = 'refused' {where}", organisation.pk, second)
    assert verify(organisation.pk).problems == ("seal 1: an event was changed",)
    as_owner(f"UPDATE privacy_auditevent SET outcome = 'done' {where}", organisation.pk, second)
    assert verify(organisation.pk).is_intact

    as_owner(f"DELETE FROM privacy_auditevent {where}", organisation.pk, second)
    assert verify(organisation.pk).problems == ("seal 1: holds 1 events, 2 were sealed",)
    assert verify(other_organisation.pk).is_intact
    with pytest.raises(CommandError):
        call_command("audit_verify")

    as_owner("DELETE FROM privacy_auditseal WHERE organisation_id = %s", organisation.pk)
    problems = verify(organisation.pk).problems
    assert problems == (
        "seal 1: the witness saw another one",
        "seal 2: the witness saw another one",
    )


@pytest.mark.django_db(transaction=True)
def test_owners_and_privacy_officers_are_told_of_a_broken_chain_once(
    organisation, other_organisation, member, sign_in
):
    owner, officer = member(Role.OWNER), member(Role.PRIVACY_OFFICER)
    member(Role.TEAM_LEAD)
    factories.membership(other_organisation, Role.OWNER)
    happen(organisation, 1, 2)
    happen(organisation, 3)
    seal_all()
    check_seals(organisation.pk)
    assert told_of_a_broken_chain(organisation) == []

    change = "UPDATE privacy_auditevent SET outcome = 'refused' WHERE id = %s"
    with tenant_scope(organisation.pk):
        first = AuditEvent.objects.get(detail__n=1).pk
    as_owner(change, first)
    mail.outbox.clear()
    with pytest.raises(CommandError):
        call_command("audit_verify")
    check_all_seals()
    assert told_of_a_broken_chain(organisation) == sorted([owner.pk, officer.pk])
    assert {address for sent in mail.outbox for address in sent.to} == {
        owner.user.email,
        officer.user.email,
    }
    with tenant_scope(organisation.pk):
        notice = Notice.objects.get(recipient=officer)
    opened = reverse("accounts:notice_open", args=[organisation.slug, notice.pk])
    page = sign_in(officer.user).get(opened, follow=True)
    assert page.status_code == 200
    assert "privacy.audit.checked" in page.request["QUERY_STRING"]

    as_owner("UPDATE privacy_auditevent SET outcome = 'done' WHERE id = %s", first)
    check_seals(organisation.pk)
    as_owner(change, first)
    check_seals(organisation.pk)
    assert len(told_of_a_broken_chain(organisation)) == 4


def told_of_a_broken_chain(organisation):
    with tenant_scope(organisation.pk):
        notices = Notice.objects.filter(kind=NoticeKind.BROKEN_CHAIN)
        return sorted(notices.values_list("recipient_id", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE {} SET organisation_id = 0", "DELETE FROM {}"])
def test_not_even_the_owner_changes_a_row_while_the_trigger_stands(organisation, table, change):
    look(organisation, uuid.uuid4(), uuid.uuid4())
    seal_all()
    with pytest.raises(psycopg2.errors.RestrictViolation):
        as_owner(change.format(table), guards_off=False)


@pytest.mark.django_db(transaction=True)
def test_whom_a_list_showed_is_sealed_with_its_event(organisation):
    look(organisation, uuid.uuid4(), uuid.uuid4(), uuid.uuid4())
    seal_all()
    assert verify(organisation.pk).is_intact
    with tenant_scope(organisation.pk):
        one = EventSubject.objects.first()
    as_owner("DELETE FROM privacy_eventsubject WHERE id = %s", one.pk)
    assert verify(organisation.pk).problems == ("seal 1: an event was changed",)


@pytest.mark.django_db
def test_a_seal_covers_each_event_once_and_only_its_own_organisations(
    organisation, other_organisation, tmp_path
):
    happen(organisation, 1, 2)
    happen(other_organisation, 3)
    up_to = settled_up_to()
    assert seal_events(organisation.pk, up_to) == 2
    assert seal_events(organisation.pk, up_to) == 0
    happen(organisation, 4)
    assert seal_events(organisation.pk, settled_up_to()) == 1
    with tenant_scope(organisation.pk):
        first, second = AuditSeal.objects.order_by("number")
    assert (bytes(second.previous_root), second.after_id) == (bytes(first.root), first.up_to_id)


@pytest.mark.django_db(transaction=True)
def test_every_seal_is_told_to_the_witness(organisation, settings):
    happen(organisation, 1)
    seal_all()
    with Path(settings.AUDIT_WITNESS).open() as witness:
        [line] = [json.loads(line) for line in witness]
    with tenant_scope(organisation.pk):
        seal = AuditSeal.objects.get()
    assert line["root"] == bytes(seal.root).hex()


@pytest.mark.django_db
def test_a_seal_of_an_unknown_key_is_refused(organisation, settings):
    happen(organisation, 1)
    seal_events(organisation.pk, settled_up_to())
    settings.ROOT_KEY = b"another root key, thirty-two byte"[:32]
    settings.ROOT_KEY_PREVIOUS = None
    assert verify(organisation.pk).problems == (
        "seal 1: signed with a key that this installation does not know",
    )

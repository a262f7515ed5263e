"""F17 to F19: copies that stay readable: key caches and backups, table files, the search table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.db import connection, connections

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy import api
from privacy.rights import vacuum
from privacy.vault.cache import KEYS
from privacy.vault.models import SubjectKey
from privacy.vault.scope import vault_scope
from tests.database import owner_settings
from tests.privacy.dumps import dump
from tests.privacy.rights import erasures
from tickets.ingest.rows import BODY
from tickets.models import Customer, Message

pytestmark = pytest.mark.django_db(transaction=True)
BLOB = re.compile(r"\\\\x([0-9a-f]+)")
WORDS = "Where is the parcel of Dora Dobbs?"


@pytest.fixture
def customer(organisation: Organisation) -> Customer:
    [record] = erasures.records(1)
    erasures.ingest(organisation, erasures.saying(record, WORDS))
    return erasures.customer(organisation)


def blobs(text: str) -> set[bytes]:
    return {bytes.fromhex(found) for found in BLOB.findall(text)}


def test_f17_no_cached_key_and_no_older_dump_reads_an_erased_person_s_words(
    organisation: Organisation, customer: Customer
) -> None:
    subject_id = customer.subject_id
    with tenant_scope(organisation.pk):
        message = Message.objects.order_by("pk")[0]
    aad = api.aad(organisation.pk, BODY, message.pk, subject_id)
    stored, older = bytes(message.body), dump("default")
    with vault_scope(organisation.pk):
        wrapped = bytes(SubjectKey.objects.get(pk=subject_id).wrapped_key or b"")
    cipher = api.ciphers_for(organisation.pk, [subject_id], create=False)[subject_id]
    assert stored in blobs(older)
    assert cipher.decrypt(stored, aad) == WORDS
    assert wrapped in blobs(dump("vault"))
    held = dict(KEYS._kept), dict(KEYS._generations)

    erasures.erase(organisation, [subject_id])

    KEYS._kept.update(held[0])  # as in a process that did not do it
    KEYS._generations.update(held[1])
    later = api.ciphers_for(organisation.pk, [subject_id], create=True)[subject_id]
    with pytest.raises(api.Erased):
        later.decrypt(stored, aad)
    assert wrapped not in blobs(dump("vault"))


@pytest.fixture
def superuser() -> Iterator[Any]:
    options = owner_settings("default")
    found = psycopg2.connect(
        host=options["HOST"] or None,
        port=options["PORT"] or None,
        user="postgres",
        dbname=connections["default"].settings_dict["NAME"],
    )
    found.autocommit = True
    with found.cursor() as cursor:
        yield cursor
    found.close()


def file_of(superuser: Any, table: str) -> bytes:
    superuser.execute("CHECKPOINT")
    superuser.execute("SELECT pg_read_binary_file(pg_relation_filepath(%s), 0, 1 << 26)", [table])
    return bytes(superuser.fetchone()[0])


def test_f18_what_was_deleted_is_taken_out_of_the_table_s_file(
    organisation: Organisation, superuser: Any
) -> None:
    """Pages that hold nothing else are given back. Where others' rows stand on the page, PostgreSQL
    reuses the bytes later: that is why words and identities are encrypted."""
    marker = "zq77aa01bd29c4"
    own = erasures.numbered(erasures.records(1)[0], marker)
    erasures.ingest(organisation, own)
    erasures.erase(organisation, [erasures.customer_of(organisation, own).subject_id])
    assert marker.encode() in file_of(superuser, "tickets_ticket")

    done = vacuum.vacuum(vacuum.touched_tables())

    assert {"tickets_ticket", "tickets_message", "tickets_customer"} <= set(done)
    assert marker.encode() not in file_of(superuser, "tickets_ticket")


def test_f19_the_search_s_words_are_in_no_dump(
    organisation: Organisation, customer: Customer
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relpersistence FROM pg_class WHERE oid = 'tickets_ticketsearch'::regclass"
        )
        assert cursor.fetchone() == ("u",)
    with tenant_scope(organisation.pk), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_ticketsearch (organisation_id, ticket_id, words, active_at)"
            " SELECT organisation_id, id, 'zq0441ffcd2a'::tsvector, now() FROM tickets_ticket"
            " ON CONFLICT (organisation_id, ticket_id) DO UPDATE SET words = excluded.words"
        )
    assert "zq0441ffcd2a" not in dump("default")

    erasures.erase(organisation, [customer.subject_id])
    with tenant_scope(organisation.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tickets_ticketsearch")
        assert cursor.fetchone() == (0,)

"""Keys per person: what they encrypt, who can read it, and that a destroyed one is gone."""

from __future__ import annotations

import pickle
import uuid

import pytest
from django.db import DatabaseError, connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import CrossTenantScope, tenant_scope
from privacy import api
from privacy.vault.cache import KEYS
from privacy.vault.cipher import Cipher
from privacy.vault.models import SubjectKey
from privacy.vault.scope import vault_scope

FIELD = "tickets.Message.body"
BYTES_AROUND = 29


@pytest.fixture
def subject_id() -> uuid.UUID:
    return uuid.uuid4()


def cipher_of(organisation: Organisation, subject_id: uuid.UUID) -> Cipher:
    return api.ciphers_for(organisation.pk, [subject_id], create=True)[subject_id]


@given(text=st.text(st.characters(exclude_categories=["Cs"])), aad=st.binary(max_size=80))
def test_text_comes_back_and_costs_a_fixed_number_of_bytes(text: str, aad: bytes) -> None:
    cipher = Cipher(b"k" * 32)

    stored = cipher.encrypt(text, aad)

    assert cipher.decrypt(memoryview(stored), aad) == text
    assert len(stored) == len(text.encode()) + BYTES_AROUND


def test_the_same_text_is_never_stored_alike_twice() -> None:
    cipher = Cipher(b"k" * 32)
    assert cipher.encrypt("hello", b"") != cipher.encrypt("hello", b"")


def test_half_a_surrogate_does_not_stop_an_import() -> None:
    cipher = Cipher(b"k" * 32)
    assert cipher.decrypt(cipher.encrypt("a\ud800b", b""), b"") == "a?b"


@pytest.mark.parametrize(
    "moved",
    [
        (2, FIELD, 5, "s"),
        (1, "tickets.Ticket.title", 5, "s"),
        (1, FIELD, 6, "s"),
        (1, FIELD, 5, "t"),
    ],
)
def test_a_value_moved_elsewhere_is_unreadable(moved: tuple[int, str, int, str]) -> None:
    cipher = Cipher(b"k" * 32)
    stored = cipher.encrypt("hello", api.aad(1, FIELD, 5, "s"))

    with pytest.raises(api.Unreadable):
        cipher.decrypt(stored, api.aad(*moved))


@pytest.mark.parametrize("stored", [b"", b"\x01short", b"\x02" + b"x" * 60, b"\x01" + b"x" * 60])
def test_what_is_no_ciphertext_is_unreadable(stored: bytes) -> None:
    with pytest.raises(api.Unreadable):
        Cipher(b"k" * 32).decrypt(stored, b"")


def test_a_cipher_cannot_leave_its_process() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Cipher(b"k" * 32))


@pytest.mark.django_db
def test_one_person_cannot_be_read_with_the_key_of_another(organisation: Organisation) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    ciphers = api.ciphers_for(organisation.pk, [first, second], create=True)
    stored = ciphers[first].encrypt("hello", b"")

    with pytest.raises(api.Unreadable):
        ciphers[second].decrypt(stored, b"")


@pytest.mark.django_db
def test_people_without_a_key_are_missing_unless_one_is_made(
    organisation: Organisation, subject_id: uuid.UUID
) -> None:
    assert api.ciphers_for(organisation.pk, [subject_id], create=False) == {}
    assert subject_id in api.ciphers_for(organisation.pk, [subject_id], create=True)


@pytest.mark.django_db
def test_a_page_of_people_costs_one_query_to_fetch_and_one_to_insert(
    organisation: Organisation, django_assert_num_queries
) -> None:
    known = [uuid.uuid4() for _ in range(50)]
    api.ciphers_for(organisation.pk, known, create=True)
    new = [uuid.uuid4() for _ in range(50)]

    # Savepoint, scope, organisation keys, fetch, insert, end of savepoint, scope put back.
    with django_assert_num_queries(7, connection=connections["vault"]):
        ciphers = api.ciphers_for(organisation.pk, known + new, create=True)

    assert len(ciphers) == 100


@pytest.mark.django_db
def test_a_key_that_another_process_made_first_is_the_one_that_counts(
    organisation: Organisation, subject_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from privacy.vault import keys

    stored = cipher_of(organisation, subject_id).encrypt("hello", b"")
    fetch, calls = keys._fetch, []

    def misses_once(*args: object) -> dict[uuid.UUID, Cipher]:
        calls.append(args)
        return {} if len(calls) == 1 else fetch(*args)

    monkeypatch.setattr(keys, "_fetch", misses_once)

    assert cipher_of(organisation, subject_id).decrypt(stored, b"") == "hello"


@pytest.mark.django_db
def test_a_destroyed_key_reads_and_writes_nothing_and_is_never_made_anew(
    organisation: Organisation, subject_id: uuid.UUID
) -> None:
    stored = cipher_of(organisation, subject_id).encrypt("hello", b"")

    assert api.destroy_key(organisation.pk, subject_id) is True
    assert api.destroy_key(organisation.pk, subject_id) is False

    cipher = cipher_of(organisation, subject_id)
    assert cipher.erased
    with pytest.raises(api.Erased, match="permanently erased"):
        cipher.decrypt(stored, b"")
    with pytest.raises(api.Erased):
        cipher.encrypt("hello again", b"")


@pytest.mark.django_db
def test_somebody_without_a_key_can_be_erased_ahead(
    organisation: Organisation, subject_id: uuid.UUID
) -> None:
    api.destroy_key(organisation.pk, subject_id)
    assert cipher_of(organisation, subject_id).erased


@pytest.mark.django_db
def test_keys_of_another_organisation_do_not_exist(
    organisation: Organisation, other_organisation: Organisation, subject_id: uuid.UUID
) -> None:
    cipher_of(organisation, subject_id)

    assert api.ciphers_for(other_organisation.pk, [subject_id], create=False) == {}
    with vault_scope(other_organisation.pk):
        assert not SubjectKey.objects.filter(pk=subject_id).exists()


@pytest.mark.django_db
def test_the_vault_shows_and_takes_nothing_outside_a_scope(
    organisation: Organisation, subject_id: uuid.UUID
) -> None:
    cipher_of(organisation, subject_id)

    assert SubjectKey.objects.count() == 0
    with pytest.raises(DatabaseError), transaction.atomic(using="vault"):
        SubjectKey.objects.create(
            organisation_id=organisation.pk, wrapped_key=b"x", organisation_key_version=1
        )


@pytest.mark.django_db
def test_the_vault_of_another_organisation_cannot_be_opened_on_the_way(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    with (
        tenant_scope(organisation.pk),
        pytest.raises(CrossTenantScope),
        vault_scope(other_organisation.pk),
    ):
        pass


@pytest.mark.django_db
def test_the_organisations_own_secrets_have_a_key_of_their_own(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    stored = api.organisation_cipher(organisation.pk).encrypt("token", b"")

    assert api.organisation_cipher(organisation.pk).decrypt(stored, b"") == "token"
    with pytest.raises(api.Unreadable):
        api.organisation_cipher(other_organisation.pk).decrypt(stored, b"")


@pytest.mark.django_db(transaction=True)
def test_this_process_remembers_a_key_until_anybody_destroys_it(
    organisation: Organisation, subject_id: uuid.UUID, django_assert_num_queries
) -> None:
    cipher_of(organisation, subject_id)
    with django_assert_num_queries(0, connection=connections["vault"]):
        assert not cipher_of(organisation, subject_id).erased
    held = dict(KEYS._kept)

    api.destroy_key(organisation.pk, subject_id)
    KEYS._kept.update(held)  # as in another process, which only sees the mark change

    assert cipher_of(organisation, subject_id).erased


@pytest.mark.django_db(transaction=True)
def test_a_key_that_was_rolled_back_is_not_remembered(
    organisation: Organisation, subject_id: uuid.UUID
) -> None:
    with vault_scope(organisation.pk):
        cipher_of(organisation, subject_id)
        transaction.set_rollback(True, using="vault")

    assert api.ciphers_for(organisation.pk, [subject_id], create=False) == {}

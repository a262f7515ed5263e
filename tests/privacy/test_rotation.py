"""New keys for old ones, without touching what they encrypt."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from pytest_django import Settings

from kaizo.accounts.models import Organisation
from kaizo.accounts.sealing import seal, unseal
from kaizo.core import clock
from privacy import api
from privacy.vault import rotation
from privacy.vault.cache import KEYS
from privacy.vault.models import OrganisationKey, SubjectKey
from privacy.vault.scope import vault_scope
from tests import factories

PEOPLE = [uuid.UUID(int=number) for number in range(1, 6)]

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(organisation: Organisation) -> dict[uuid.UUID, bytes]:
    ciphers = api.ciphers_for(organisation.pk, PEOPLE, create=True)
    return {person: ciphers[person].encrypt(str(person), b"") for person in PEOPLE}


def rotate(*words: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *words, stdout=out)
    return out.getvalue()


def readable(organisation: Organisation, stored: dict[uuid.UUID, bytes]) -> set[uuid.UUID]:
    KEYS.drop(organisation.pk)
    ciphers = api.ciphers_for(organisation.pk, stored, create=False)
    return {
        person
        for person, blob in stored.items()
        if ciphers[person].decrypt(blob, b"") == str(person)
    }


def versions(organisation: Organisation) -> set[int | None]:
    with vault_scope(organisation.pk):
        rows = SubjectKey.objects.values_list("organisation_key_version", flat=True)
        return set(rows)


def test_a_new_root_key_opens_everything_and_the_old_one_can_go(
    organisation: Organisation, stored: dict[uuid.UUID, bytes], settings: Settings
) -> None:
    settings.ROOT_KEY, settings.ROOT_KEY_PREVIOUS = b"n" * 32, settings.ROOT_KEY
    index = api.blind_index(organisation.pk).email("jan@shop.example")

    assert "1 organisation keys" in rotate()

    settings.ROOT_KEY_PREVIOUS = None
    assert readable(organisation, stored) == set(PEOPLE)
    assert api.blind_index(organisation.pk).email("jan@shop.example") == index


def test_without_the_old_root_key_nothing_is_readable_and_nothing_is_replaced(
    organisation: Organisation, stored: dict[uuid.UUID, bytes], settings: Settings
) -> None:
    old = settings.ROOT_KEY
    settings.ROOT_KEY = b"n" * 32
    KEYS.drop(organisation.pk)

    with pytest.raises(api.Unreadable):
        api.ciphers_for(organisation.pk, PEOPLE, create=True)

    settings.ROOT_KEY = old
    assert readable(organisation, stored) == set(PEOPLE)


def test_renewing_moves_everybody_under_a_new_organisation_key(
    organisation: Organisation, stored: dict[uuid.UUID, bytes]
) -> None:
    api.destroy_key(organisation.pk, PEOPLE[0])

    assert "4 people's keys" in rotate("--renew", "--organisation", organisation.slug)

    assert versions(organisation) == {2, None}
    assert readable(organisation, dict(list(stored.items())[1:])) == set(PEOPLE[1:])


def test_without_renewing_a_second_run_does_nothing(
    organisation: Organisation, stored: dict[uuid.UUID, bytes]
) -> None:
    rotate("--renew")
    assert "0 organisation keys, 0 index keys and 0 people's keys" in rotate()
    assert readable(organisation, stored) == set(PEOPLE)


def test_a_stopped_renewal_is_finished_and_not_begun_again(
    organisation: Organisation,
    stored: dict[uuid.UUID, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotation, "CHUNK", 2)
    run = rotation.rotate_organisation(organisation.pk, renew=True)
    next(run)
    next(run)
    run.close()
    assert versions(organisation) == {1, 2}
    assert readable(organisation, stored) == set(PEOPLE)

    rotate("--renew")

    assert versions(organisation) == {2}
    assert readable(organisation, stored) == set(PEOPLE)


def test_an_old_organisation_key_goes_once_no_process_can_hold_it(
    organisation: Organisation, stored: dict[uuid.UUID, bytes]
) -> None:
    rotate("--renew")
    assert "0 old keys removed" in rotate()
    with vault_scope(organisation.pk):
        OrganisationKey.objects.filter(version=2).update(
            created_at=clock.now() - rotation.SETTLED - timedelta(seconds=1)
        )

    assert "1 old keys removed" in rotate()
    assert readable(organisation, stored) == set(PEOPLE)


def test_second_factors_are_sealed_with_the_new_root_key_as_well(settings: Settings) -> None:
    factor = Authenticator.objects.create(
        user=factories.user(), type="totp", data={"secret": seal("swordfish")}
    )
    settings.ROOT_KEY, settings.ROOT_KEY_PREVIOUS = b"n" * 32, settings.ROOT_KEY

    assert "Second factors: 1 sealed anew" in rotate()

    settings.ROOT_KEY_PREVIOUS = None
    factor.refresh_from_db()
    assert unseal(factor.data["secret"]) == "swordfish"
    assert "Second factors: 0 sealed anew" in rotate()


def test_an_unknown_organisation_is_refused() -> None:
    with pytest.raises(CommandError, match="no such organisation"):
        rotate("--organisation", "nowhere")

"""Markers in every declared field: what a dump, the cache or a log shows, and what nobody can
read after the keys are destroyed."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import models

from kaizo.accounts.models import Organisation
from privacy import api
from privacy.registry import registry
from privacy.shredding import shred_subject
from tests.privacy import places
from tests.privacy.canary import (
    VAULT,
    CannotFill,
    Marker,
    Planted,
    disguises,
    filler,
    found,
    plant,
)

MARKER = Marker("some.Model.field", "Zé&<0123456789abcdef", sensitive=True)


in_the_databases = pytest.mark.django_db(transaction=True)


@pytest.fixture
def media(tmp_path: Path, settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def planted(organisation: Organisation, media: Path) -> Planted:
    return plant(organisation)


@in_the_databases
def test_every_declared_field_is_filled(planted: Planted) -> None:
    wanted = {
        f"{declaration.label}.{name}"
        for declaration in registry.declarations()
        if declaration.model._meta.app_label != VAULT and declaration.label != "privacy.Subject"
        for name, _personal in declaration.personal_fields()
    }
    filled = {marker.label for marker in planted.markers} | planted.unmarked.keys()
    assert wanted - filled == set()


@in_the_databases
def test_only_numbers_dates_and_choices_go_without_a_marker(planted: Planted) -> None:
    texts = {
        label
        for label, kind in planted.unmarked.items()
        if kind in {"TextField", "JSONField", "EncryptedField", "BinaryField", "EmailField"}
    }
    assert texts == set()


@pytest.mark.promise("KU-11-01")
@in_the_databases
def test_sensitive_markers_are_nowhere_and_plain_ones_prove_that_the_search_sees(
    organisation: Organisation, planted: Planted
) -> None:
    looked_through = places.everywhere(organisation)

    assert planted.sensitive
    assert found(planted.sensitive, looked_through) == []
    seen = found(planted.plain, looked_through)
    unseen = [m.label for m in planted.plain if not any(m.label in line for line in seen)]
    assert unseen == []


@in_the_databases
def test_the_search_tables_words_are_in_no_dump(
    organisation: Organisation, planted: Planted
) -> None:
    words = [marker for marker in planted.markers if marker.label == "tickets.TicketSearch.words"]
    where = {line.split(":")[0] for line in found(words, places.everywhere(organisation))}
    assert where == {"search"}


@in_the_databases
def test_after_the_keys_are_destroyed_nothing_decrypts_and_no_log_line_tells(
    organisation: Organisation, planted: Planted
) -> None:
    ciphers = api.ciphers_for(organisation.pk, planted.subjects.values(), create=False)
    readable = {ciphers[who].decrypt(blob, aad) for blob, aad, who in planted.encrypted.values()}
    unread = [m.label for m in planted.sensitive if not any(m.text in text for text in readable)]
    assert unread == []

    with places.logs() as lines:
        for subject_id in planted.subjects.values():
            shred_subject(organisation_id=organisation.pk, subject_id=subject_id)

    ciphers = api.ciphers_for(organisation.pk, planted.subjects.values(), create=True)
    for blob, aad, who in planted.encrypted.values():
        with pytest.raises(api.Erased):
            ciphers[who].decrypt(blob, aad)
    assert found(planted.markers, {"log": "\n".join(lines).encode()}) == []
    assert found(planted.sensitive, places.everywhere(organisation)) == []


def test_a_field_of_an_unknown_kind_fails_the_planting() -> None:
    class Strange(models.Field):
        """Nobody has said how to mark it."""

    with pytest.raises(CannotFill):
        filler(Strange(name="strange"), None)


@pytest.mark.parametrize(("name", "form"), list(disguises(MARKER.text)))
def test_every_disguise_is_seen_through(name: str, form: bytes) -> None:
    seen = found([MARKER], {"somewhere": b"before" + form + b"after"})
    assert any(name in line for line in seen)


def test_base64_is_seen_through_wherever_the_marker_stands() -> None:
    import base64

    for lead in range(6):
        data = base64.b64encode(b"x" * lead + MARKER.text.encode() + b"and more")
        assert found([MARKER], {"somewhere": data})


def test_nothing_is_seen_where_nothing_is() -> None:
    assert found([MARKER], {"somewhere": b"Z&amp; 0123456789"}) == []


@pytest.mark.django_db
def test_cache_media_and_logs_are_looked_through(media: Path) -> None:
    cache.set("some-key", {"value": MARKER.text})
    (media / "note.txt").write_text(MARKER.text, encoding="utf-8")
    with places.logs() as lines:
        import logging

        logging.getLogger("kaizo.test").warning("leaks %s", MARKER.text)

    assert found([MARKER], {"cache": places.valkey()})
    assert found([MARKER], {"media": places.media()})
    assert found([MARKER], {"log": "\n".join(lines).encode()})

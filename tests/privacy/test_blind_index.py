"""Exact look-ups in encrypted columns."""

from __future__ import annotations

import pytest

from kaizo.accounts.models import Organisation
from privacy import api
from privacy.vault.blind_index import BlindIndex

INDEX = BlindIndex(1, b"k" * 32)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jan@Shop.example", " jan@shop.EXAMPLE "),
        ("jan@bücher.example", "jan@xn--bcher-kva.example"),
        ("jose\u0301@shop.example", "jos\u00e9@shop.example"),
    ],
)
def test_one_address_in_two_spellings_is_one_person(one: str, other: str) -> None:
    assert INDEX.email(one) == INDEX.email(other)


@pytest.mark.parametrize("value", ["", "@", "jan@-ü-.example", "no address"])
def test_what_is_no_address_still_has_an_index(value: str) -> None:
    assert len(INDEX.email(value)) == 32


def test_one_number_in_two_spellings_is_one_person() -> None:
    assert INDEX.phone("020 794 1234", "NL") == INDEX.phone("+31 (0)20-7941234")
    assert INDEX.phone("020 794 1234", "NL") != INDEX.phone("020 794 1234", "DE")
    assert INDEX.phone("ext. 12") == INDEX.phone("12")


def test_kinds_and_sources_do_not_meet() -> None:
    hashes = {
        INDEX.email("12"),
        INDEX.phone("12"),
        INDEX.external("file", "12"),
        INDEX.external("desk", "12"),
        INDEX.digest(b"12"),
    }
    assert len(hashes) == 5


@pytest.mark.django_db
def test_each_organisation_has_an_index_of_its_own_that_stays(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    first = api.blind_index(organisation.pk).email("jan@shop.example")

    assert api.blind_index(organisation.pk).email("jan@shop.example") == first
    assert api.blind_index(other_organisation.pk).email("jan@shop.example") != first
